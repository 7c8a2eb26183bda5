// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENTS_EVENTS_CORE_HPP
#define LIBVIRT_ASIO_EVENTS_EVENTS_CORE_HPP

#include "asio/context_member.hpp"
#include "connection/connection_core.hpp"
#include "events/event_source.hpp"
#include "events/events_machine.hpp"

#include <libvirt-asio/detail/events_service.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace libvirt_asio::detail {

/// What an object owns that events come to, from one subscription to its end.
/**
 * Does what `events_machine` decides: that is decided under the mutex, and done without it.
 */
class events_core final : public events_service,
                          public cancellable,
                          public connection_user,
                          public event_subscriber,
                          public context_member,
                          public std::enable_shared_from_this<events_core> {
 public:
  events_core(asio::any_io_executor executor, std::shared_ptr<connection_core> connection);
  ~events_core() override;

  /// Lets the context and the connection find it.
  void enlist();

  void subscribe(operation_ptr<error_code> operation, subscription wanted) override;
  void next(operation_ptr<error_code, event_value> operation) override;
  [[nodiscard]] event_value try_next(error_code& error) override;
  void cancel_all() override;
  void unsubscribe() noexcept override;
  [[nodiscard]] std::uint64_t lost() const override;
  [[nodiscard]] bool has_ended() const override;

  void cancel(operation_id id, asio::cancellation_type type) override;
  void connection_lost() override;
  void connection_closes() override;
  void joined(error_code error, error_info const& info) override;
  void event(event_value&& event) override;
  void context_destroyed() noexcept override;

 private:
  using sources = std::vector<std::shared_ptr<event_source>>;

  /// What has been decided, and what it takes to do it.
  struct work {
    events_machine::actions to_do;
    operation_ptr<error_code> subscribe;
    operation_ptr<error_code, event_value> next;
    sources left;
  };

  template <class Decision>
  void perform(Decision decision);
  void take(work& taken);
  void leave(sources const& left);

  std::shared_ptr<connection_core> const connection_;

  mutable std::mutex mutex_;
  events_machine machine_;
  sources sources_;
  operation_ptr<error_code> subscribe_;
  operation_ptr<error_code, event_value> next_;
};

}  // namespace libvirt_asio::detail

#endif
