// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_WHOLE_STREAM_HPP
#define LIBVIRT_ASIO_DETAIL_WHOLE_STREAM_HPP

#include <libvirt-asio/detail/spawned_operation.hpp>
#include <libvirt-asio/stream.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace libvirt_asio::detail {

// The most that a daemon sends at a time.
constexpr std::size_t receive_buffer_size = 262'144;

// The most that one write takes.
constexpr std::size_t send_buffer_size = 1'048'576;

/// The result of a user's function, which may be a coroutine.
template <class Result>
struct awaited {
  using type = Result;
  static constexpr bool is_coroutine = false;
};

template <class Value, class Executor>
struct awaited<asio::awaitable<Value, Executor>> {
  using type = Value;
  static constexpr bool is_coroutine = true;
};

template <class Function, class... Args>
using awaited_result = awaited<std::invoke_result_t<Function&, Args...>>;

/// Calls a user's function, which fails by throwing.
template <class Function, class... Args>
asio::awaitable<typename awaited_result<Function, Args...>::type> call_user(Function& function, Args... args) {
  if constexpr (awaited_result<Function, Args...>::is_coroutine)
    co_return co_await function(args...);
  else
    co_return function(args...);
}

/// What a user's source says it has put into a buffer.
inline std::size_t checked_size(std::size_t size, std::size_t room) {
  if (size > room) throw system_error(asio::error::invalid_argument);
  return size;
}

inline constexpr auto no_holes = [](std::uint64_t) {};

/// Runs the transfer of a whole stream; an error or exception that ends it early aborts the stream, as it does in
/// libvirt's functions.
template <class Stream, class Transfer>
asio::awaitable<outcome<std::uint64_t>> whole_stream(Stream& stream, Transfer transfer) {
  outcome<std::uint64_t> ended;
  try {
    co_await asio::this_coro::throw_if_cancelled(true);
    co_await transfer(ended.value);
    co_return ended;
  } catch (system_error const& error) {
    ended.error = error.code();
  } catch (...) {
    stream.async_abort(asio::detached);
    throw;
  }
  stream.async_abort(asio::detached);
  co_return ended;
}

/// The next part of the stream, `received.length` being 0 at its end.
template <class Stream>
asio::awaitable<section> next_section(Stream& stream, asio::mutable_buffer buffer, bool sparse) {
  section received;
  error_code error;
  if (sparse) {
    std::tie(error, received) = co_await stream.async_receive(buffer, asio::as_tuple(asio::use_awaitable));
  } else {
    std::size_t bytes = 0;
    std::tie(error, bytes) = co_await stream.async_read_some(buffer, asio::as_tuple(asio::use_awaitable));
    received.length = bytes;
  }
  if (error == asio::error::eof) co_return section{};
  if (error) throw system_error(error);
  co_return received;
}

/// Writes all of a buffer. Asio's `async_write` passes on 64 KiB at a time, a sixteenth of what a write
/// takes.
template <class Stream>
asio::awaitable<void> write_all(Stream& stream, asio::const_buffer buffer) {
  while (buffer.size() != 0) buffer += co_await stream.async_write_some(buffer, asio::use_awaitable);
}

/// libvirt's `virStreamRecvAll`; with a hole sink `virStreamSparseRecvAll`.
template <class Stream, class Sink, class HoleSink>
asio::awaitable<void> recv_all(Stream& stream, Sink& sink, HoleSink& hole_sink, bool sparse,
                               std::uint64_t& moved) {
  std::vector<std::byte> buffer(receive_buffer_size);
  for (;;) {
    auto const received = co_await next_section(stream, asio::buffer(buffer), sparse);
    if (received.length == 0) co_return;
    if (received.hole)
      co_await call_user(hole_sink, received.length);
    else
      co_await call_user(sink, asio::const_buffer(buffer.data(), static_cast<std::size_t>(received.length)));
    moved += received.length;
  }
}

/// libvirt's `virStreamSendAll`.
template <class Stream, class Source>
asio::awaitable<void> send_all(Stream& stream, Source& source, std::uint64_t& moved) {
  std::vector<std::byte> buffer(send_buffer_size);
  for (;;) {
    std::size_t const bytes = co_await call_user(source, asio::mutable_buffer(asio::buffer(buffer)));
    if (bytes == 0) co_return;
    co_await write_all(stream, asio::buffer(buffer, checked_size(bytes, buffer.size())));
    moved += bytes;
  }
}

/// libvirt's `virStreamSparseSendAll`.
template <class Stream, class Source, class Sections, class Skip>
asio::awaitable<void> sparse_send_all(Stream& stream, Source& source, Sections& sections, Skip& skip,
                                      std::uint64_t& moved) {
  std::vector<std::byte> buffer(send_buffer_size);
  std::uint64_t data_left = 0;
  for (;;) {
    if (data_left == 0) {
      section const next = co_await call_user(sections);
      if (next.hole && next.length != 0) {
        co_await stream.async_send_hole(next.length, asio::use_awaitable);
        co_await call_user(skip, next.length);
        moved += next.length;
        continue;
      }
      data_left = next.hole ? 0 : next.length;
      if (data_left == 0) co_return;
    }
    auto const want = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), data_left));
    std::size_t const bytes = co_await call_user(source, asio::mutable_buffer(buffer.data(), want));
    if (bytes == 0) co_return;
    co_await write_all(stream, asio::buffer(buffer, checked_size(bytes, want)));
    moved += bytes;
    data_left -= bytes;
  }
}

}  // namespace libvirt_asio::detail

#endif
