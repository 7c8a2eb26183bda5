// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_BENCHMARK_DEFAULT_LOOP_STREAM_HPP
#define LIBVIRT_ASIO_TEST_BENCHMARK_DEFAULT_LOOP_STREAM_HPP

#include "libvirt_handles.hpp"

#include <exception>

namespace benchmark {

/// A non-blocking stream whose events are served on libvirt's own event loop, by this thread.
class default_loop_stream {
 public:
  explicit default_loop_stream(virConnectPtr connection)
      : stream_(new_stream(connection, VIR_STREAM_NONBLOCK)) {}
  virtual ~default_loop_stream() = default;

  default_loop_stream(default_loop_stream const&) = delete;
  default_loop_stream& operator=(default_loop_stream const&) = delete;

  /// Runs the event loop until the stream is finished.
  void run(virStreamEventType events) {
    checked(::virStreamEventAddCallback(stream_.get(), events, serve, this, nullptr),
            "cannot add a callback");
    while (!finished_ && !failure_) ::virEventRunDefaultImpl();
    if (failure_) std::rethrow_exception(failure_);
  }

 protected:
  [[nodiscard]] virStreamPtr native() const { return stream_.get(); }

  /// What is done for each event.
  virtual void on_event() = 0;

  void wait_for(int events) {
    checked(::virStreamEventUpdateCallback(native(), events), "cannot update the callback");
  }

  void finish() {
    checked(::virStreamEventRemoveCallback(native()), "cannot remove the callback");
    checked(::virStreamFinish(native()), "cannot finish");
    finished_ = true;
  }

 private:
  static void serve(virStreamPtr, int, void* opaque) {
    auto& self = *static_cast<default_loop_stream*>(opaque);
    // No exception may pass through libvirt.
    try {
      if (!self.finished_ && !self.failure_) self.on_event();
    } catch (...) {
      self.failure_ = std::current_exception();
    }
  }

  stream_handle stream_;
  bool finished_ = false;
  std::exception_ptr failure_;
};

}  // namespace benchmark

#endif
