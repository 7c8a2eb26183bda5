// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_STREAM_ENDING_MACHINE_HPP
#define LIBVIRT_ASIO_STREAM_ENDING_MACHINE_HPP

#include "stream/stream_actions.hpp"

#include <libvirt-asio/detail/operation.hpp>

namespace libvirt_asio::detail {

/// The finish or abort of a stream, which waits for its turn.
class ending_machine {
 public:
  enum class ending { none, finish, abort };

  [[nodiscard]] bool is_outstanding() const { return awaited_; }
  [[nodiscard]] bool is(operation_id id) const { return awaited_ && id_ == id; }

  /// A finish may turn into an abort: if libvirt is finishing by then, there is only to wait for that.
  void start(operation_id id, ending kind);

  /// libvirt is not in the middle of another call for the stream.
  void begin_if_due(stream_condition& stream, stream_actions& to_do);

  /// libvirt has finished or aborted the stream.
  void ended(error_code error, stream_condition& stream, stream_actions& to_do);

  /// The stream has failed: false if it was being finished by libvirt already, which will say so itself.
  [[nodiscard]] bool give_up_finish(error_code error, stream_actions& to_do);

  void end(error_code error, stream_actions& to_do);

 private:
  ending kind_ = ending::none;
  operation_id id_ = 0;
  bool begun_ = false;
  bool awaited_ = false;
};

}  // namespace libvirt_asio::detail

#endif
