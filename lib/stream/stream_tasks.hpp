// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_STREAM_TASKS_HPP
#define LIBVIRT_ASIO_STREAM_STREAM_TASKS_HPP

#include "libvirt/update_observers.hpp"
#include "stream/stream_core.hpp"

#include <libvirt-asio/detail/libvirt_call.hpp>

#include <memory>
#include <optional>

// What worker threads do for a stream, and how it learns of that.

namespace libvirt_asio::detail {

/// Opens a stream of libvirt's, the first one or another for what is left of one.
class stream_core::open_task final : public task {
 public:
  open_task(std::weak_ptr<stream_core> core, std::uintptr_t identity,
            std::shared_ptr<native_connection> connection, std::shared_ptr<stream_opener> opener,
            std::optional<stream_part> part = {})
      : core_(std::move(core)),
        identity_(identity),
        connection_(std::move(connection)),
        opener_(std::move(opener)),
        part_(part) {}

  void run() noexcept override;

 private:
  [[nodiscard]] bool is_awaited() const;
  [[nodiscard]] std::shared_ptr<native_stream> open(error_code& error, error_info& info) const;

  std::weak_ptr<stream_core> const core_;
  std::uintptr_t const identity_;
  std::shared_ptr<native_connection> const connection_;
  // Goes with the task, without a permit: there is a function of the user's in it.
  std::shared_ptr<stream_opener> const opener_;
  std::optional<stream_part> const part_;
};

/// Reads from a file's stream, which blocks.
class stream_core::receive_task final : public task {
 public:
  receive_task(std::shared_ptr<stream_core> core, std::shared_ptr<native_stream> native)
      : core_(std::move(core)), native_(std::move(native)) {}
  void run() noexcept override { core_->receive_on_worker(*native_); }

 private:
  std::shared_ptr<stream_core> const core_;
  std::shared_ptr<native_stream> const native_;
};

/// Sends the next packet. A part of the stream, so that it need not be allocated each time.
class stream_core::send_task final : public task {
 public:
  explicit send_task(stream_core& core) : core_(core) {}
  void run() noexcept override { core_.send_on_worker(); }

 private:
  stream_core& core_;
};

/// Learns, from inside libvirt, that it has copied what it sends.
class stream_core::copy_observer final : public handle_observer {
 public:
  explicit copy_observer(stream_core& core) : core_(core) {}
  void handle_switched_off() noexcept override { core_.data_copied(); }

 private:
  stream_core& core_;
  libvirt_call const call_{{.on_handle_switched_off = this}};
};

/// Learns how finishing or aborting went.
class stream_core::end_listener final : public native_stream::end_listener {
 public:
  explicit end_listener(std::weak_ptr<stream_core> core) : core_(std::move(core)) {}
  void ended(error_code error, error_info const& info) override {
    if (auto const core = core_.lock()) core->ended(error, info);
  }

 private:
  std::weak_ptr<stream_core> const core_;
};

}  // namespace libvirt_asio::detail

#endif
