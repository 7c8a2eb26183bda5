#include "ready_socket.hpp"

#include "process.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace test_support {

ready_socket::ready_socket(std::filesystem::path const& address)
    : address_{address}, socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  address.native().copy(name.sun_path, sizeof(name.sun_path) - 1);
  if (::bind(socket_, reinterpret_cast<sockaddr*>(&name), sizeof(name)) != 0 ||
      ::chmod(name.sun_path, 0666) != 0) {
    std::error_code error{errno, std::generic_category()};
    ::close(socket_);
    throw std::system_error{error, "cannot make the socket " + address.string()};
  }
}

ready_socket::~ready_socket() {
  ::close(socket_);
  ::unlink(address_.c_str());
}

bool ready_socket::wait(process const& daemon, std::chrono::milliseconds patience) const {
  // libvirtd sends nothing but READY=1, so the first message is the one.
  pollfd descriptors[] = {{socket_, POLLIN, 0}, {daemon.end_descriptor(), POLLIN, 0}};
  int result;
  do result = ::poll(descriptors, 2, static_cast<int>(patience.count()));
  while (result < 0 && errno == EINTR);
  return result > 0 && descriptors[0].revents != 0;
}

}  // namespace test_support
