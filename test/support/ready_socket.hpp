#ifndef LIBVIRT_ASIO_TEST_SUPPORT_READY_SOCKET_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_READY_SOCKET_HPP

#include <chrono>
#include <filesystem>

namespace test_support {

class process;

/// The socket on which a daemon says that it is ready, as `$NOTIFY_SOCKET` of sd_notify(3).
class ready_socket {
 public:
  explicit ready_socket(std::filesystem::path const& address);
  ~ready_socket();

  ready_socket(ready_socket const&) = delete;
  ready_socket& operator=(ready_socket const&) = delete;

  /// Whether the daemon got ready, which it has not when it ended or ran out of `patience`.
  bool wait(process const& daemon, std::chrono::milliseconds patience) const;

 private:
  std::filesystem::path address_;
  int socket_;
};

}  // namespace test_support

#endif
