#include "loopback_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace test_support {

loopback_port::loopback_port() : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  int const on = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  if (::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      ::bind(socket_, generic, size) != 0 || ::getsockname(socket_, generic, &size) != 0) {
    std::error_code error{errno, std::generic_category()};
    ::close(socket_);
    throw std::system_error{error, "cannot find a free port"};
  }
  number_ = ntohs(address.sin_port);
}

loopback_port::~loopback_port() {
  ::close(socket_);
}

}  // namespace test_support
