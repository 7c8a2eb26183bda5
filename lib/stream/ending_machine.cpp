// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "stream/ending_machine.hpp"

#include <utility>

namespace libvirt_asio::detail {

void ending_machine::start(operation_id id, ending kind) {
  id_ = id;
  kind_ = kind;
  awaited_ = true;
}

void ending_machine::begin_if_due(stream_condition& stream, stream_actions& to_do) {
  if (kind_ == ending::none || begun_) return;
  begun_ = true;
  // Of one that is suspended there is no stream of libvirt's to end.
  if (stream.native == stream_condition::presence::suspended) return ended({}, stream, to_do);
  (kind_ == ending::finish ? to_do.finish : to_do.abort) = true;
}

void ending_machine::ended(error_code error, stream_condition& stream, stream_actions& to_do) {
  if (kind_ == ending::finish && stream.state == stream_state::finishing) {
    stream.state = error ? stream_state::failed : stream_state::finished;
    stream.error = error;
  }
  kind_ = ending::none;
  begun_ = false;
  end(error, to_do);
}

bool ending_machine::give_up_finish(error_code error, stream_actions& to_do) {
  if (begun_) return false;
  kind_ = ending::none;
  end(error, to_do);
  return true;
}

void ending_machine::end(error_code error, stream_actions& to_do) {
  if (std::exchange(awaited_, false)) to_do.complete_end = error;
}

}  // namespace libvirt_asio::detail
