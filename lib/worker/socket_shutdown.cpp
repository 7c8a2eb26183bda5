// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "worker/socket_shutdown.hpp"

#include "worker/worker_threads.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/system/system_error.hpp>

#include <cerrno>
#include <chrono>
#include <utility>

namespace libvirt_asio::detail {

namespace {
constexpr auto patience = std::chrono::seconds(2);
}

class socket_shutdown::waiting final : public task {
 public:
  explicit waiting(std::shared_ptr<socket_shutdown> socket) : socket_(std::move(socket)) {}

  void run() noexcept override { socket_->wait(); }

 private:
  std::shared_ptr<socket_shutdown> const socket_;
};

socket_shutdown::socket_shutdown(int descriptor)
    : descriptor_(descriptor < 0 ? -1 : ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0)) {
  if (descriptor >= 0 && descriptor_ < 0)
    throw boost::system::system_error(errno, boost::system::system_category(), "fcntl");
}

socket_shutdown::~socket_shutdown() {
  closed();
}

void socket_shutdown::now() noexcept {
  std::lock_guard const lock(mutex_);
  shut_down();
}

void socket_shutdown::later() noexcept {
  {
    std::lock_guard const lock(mutex_);
    if (descriptor_ < 0 || std::exchange(is_waited_for_, true)) return;
    is_expected_ = true;
  }
  try {
    worker_threads::instance().run(std::make_shared<waiting>(shared_from_this()));
  } catch (...) {
    // Nobody can wait.
    now();
  }
}

void socket_shutdown::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [this] { return descriptor_ < 0; });
  shut_down();
}

// First it is said, so that whoever learns of the socket's end knows why.
void socket_shutdown::shut_down() {
  if (descriptor_ < 0) return;
  is_expected_ = true;
  has_happened_ = true;
  ::shutdown(descriptor_, SHUT_RDWR);
}

void socket_shutdown::closed() noexcept {
  std::lock_guard const lock(mutex_);
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  changed_.notify_all();
}

}  // namespace libvirt_asio::detail
