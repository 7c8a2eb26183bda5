#ifndef LIBVIRT_ASIO_TEST_SUPPORT_LOOPBACK_PORT_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_LOOPBACK_PORT_HPP

#include <cstdint>

namespace test_support {

/// A free TCP port of the loopback interface, kept from others as long as the object lives; a server
/// that sets SO_REUSEADDR, as libvirtd does, may take it meanwhile.
class loopback_port {
 public:
  loopback_port();
  ~loopback_port();

  loopback_port(loopback_port const&) = delete;
  loopback_port& operator=(loopback_port const&) = delete;

  std::uint16_t number() const noexcept { return number_; }

 private:
  int socket_;
  std::uint16_t number_ = 0;
};

}  // namespace test_support

#endif
