// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_INTEREST_MACHINE_HPP
#define LIBVIRT_ASIO_STREAM_INTEREST_MACHINE_HPP

#include "stream/stream_actions.hpp"

#include <libvirt-asio/detail/operation.hpp>

#include <optional>

namespace libvirt_asio::detail {

/// Which events a stream asks libvirt for, and the wait for some of them that is outstanding.
/**
 * One update is made at a time: what is wanted meanwhile is asked for when it is done. Events that are on are
 * left on as long as they do not spin.
 */
class interest_machine {
 public:
  /// What the other machines wait for.
  struct demand {
    bool data = false;
    bool room = false;
  };

  [[nodiscard]] bool is_outstanding() const { return awaited_ != stream_events::none; }
  [[nodiscard]] bool is(operation_id id) const { return is_outstanding() && id_ == id; }
  [[nodiscard]] bool awaits(stream_events events) const { return includes(awaited_, events); }
  [[nodiscard]] bool asks_for(stream_events events) const { return includes(asked_for_, events); }
  [[nodiscard]] bool is_updating() const { return updating_; }

  /// What a wait is to be completed with at once, if it is not to be started.
  [[nodiscard]] std::optional<stream_actions::waited> answer(stream_events events,
                                                             stream_condition const& stream,
                                                             bool takes_data) const;
  void start_wait(operation_id id, stream_events events);

  /// Completes the wait if it is for any of these.
  void tell(stream_events events, stream_actions& to_do);
  /// Completes the wait, whatever it is for.
  void tell_all(stream_actions& to_do) { complete(to_do, {}, awaited_); }
  void end(error_code error, stream_actions& to_do) { complete(to_do, error, stream_events::none); }

  /// Asks for what is needed, beside what is asked for.
  void ask_for_more(stream_condition const& stream, demand wanted, stream_actions& to_do);
  /// Asks for the same again.
  void ask_again(stream_condition const& stream, stream_actions& to_do);
  /// Asks for what is needed, and nothing else.
  void ask_for_no_more(stream_condition const& stream, demand wanted, stream_actions& to_do);
  void updated(stream_condition const& stream, demand wanted, stream_actions& to_do);

  /// The events were reported, and nobody wanted them.
  void reported_in_vain(stream_events events, stream_condition const& stream, demand wanted,
                        stream_actions& to_do);

  /// libvirt's stream has gone, with what was asked of it.
  void forget() { asked_for_ = stream_events::none; }

 private:
  [[nodiscard]] stream_events needed(stream_condition const& stream, demand wanted) const;
  void update(stream_actions& to_do, stream_events events);
  void complete(stream_actions& to_do, error_code error, stream_events events);

  stream_events awaited_ = stream_events::none;
  operation_id id_ = 0;
  stream_events asked_for_ = stream_events::none;
  bool updating_ = false;
  bool ask_again_ = false;
};

}  // namespace libvirt_asio::detail

#endif
