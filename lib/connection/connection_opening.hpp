// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_CONNECTION_CONNECTION_OPENING_HPP
#define LIBVIRT_ASIO_CONNECTION_CONNECTION_OPENING_HPP

#include "connection/connection_core.hpp"
#include "event_loop/current_event_loop.hpp"
#include "libvirt/callback_registry.hpp"
#include "libvirt/registration.hpp"
#include "worker/worker_threads.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace libvirt_asio::detail {

/// One opening of a connection, and what came of it. libvirt's close callback finds it, by its identity.
class connection_core::opening {
 public:
  [[nodiscard]] static std::shared_ptr<opening> make(std::weak_ptr<connection_core> owner,
                                                     connection_machine::opening_number number,
                                                     std::shared_ptr<event_loop_core> loop, std::string uri,
                                                     connect_options options);
  ~opening();
  opening(opening const&) = delete;
  opening& operator=(opening const&) = delete;

  [[nodiscard]] std::weak_ptr<connection_core> const& owner() const { return owner_; }
  [[nodiscard]] connection_machine::opening_number number() const { return number_; }
  [[nodiscard]] connect_options const& options() const { return options_; }

  /// Opens the connection, and has its loss told of. Blocks.
  [[nodiscard]] std::shared_ptr<native_connection> open(error_code& error, error_info& info,
                                                        error_code& close_callback_error);
  [[nodiscard]] error_code register_close_callback(native_connection& native) const;

  /// Has the call that opens the connection fail, by shutting down its socket, be it there or still to come.
  void cut_off();

 private:
  opening(std::weak_ptr<connection_core> owner, connection_machine::opening_number number,
          std::shared_ptr<event_loop_core> loop, std::string uri, connect_options options);

  std::weak_ptr<connection_core> const owner_;
  connection_machine::opening_number const number_;
  std::shared_ptr<event_loop_core> const loop_;
  std::string const uri_;
  connect_options options_;
  registration socket_;
  std::uintptr_t identity_ = 0;
};

class connection_core::open_task final : public task {
 public:
  explicit open_task(std::shared_ptr<opening> attempt) : attempt_(std::move(attempt)) {}
  void run() noexcept override;

 private:
  std::shared_ptr<opening> const attempt_;
};

/// Registers the close callback of a connection that is adopted.
class connection_core::adopt_task final : public task {
 public:
  adopt_task(std::shared_ptr<opening> attempt, std::shared_ptr<native_connection> native)
      : attempt_(std::move(attempt)), native_(std::move(native)) {}
  void run() noexcept override;

 private:
  std::shared_ptr<opening> const attempt_;
  std::shared_ptr<native_connection> const native_;
};

}  // namespace libvirt_asio::detail

#endif
