// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_IMAGE_READING_HPP
#define LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_IMAGE_READING_HPP

#include "digest.hpp"
#include "image_request.hpp"
#include "range_header.hpp"

#include <boost/asio/post.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace image_server {

/// Answers a request that reads an image, or its checksum.
template <class Stream>
class image_reading {
 public:
  explicit image_reading(image_request<Stream>& of) : of_(of) {}

  /// `what` is what stands behind the ticket.
  asio::awaitable<void> run(std::string what) {
    auto& uses = of_.store->uses;
    auto const before = uses.ended_writings();
    auto found = co_await of_.find_image();
    if (auto const* const why = uses.refuses_reading(found.key)) {
      co_await of_.refuse(http::status::conflict, why);
      co_return;
    }
    auto const kept = uses.read(found.key);
    // It may have been written while libvirt was asked.
    if (uses.ended_writings() != before) found = co_await of_.find_image();
    if (what.empty())
      co_await send(found);
    else if (what == "/checksum")
      co_await send_checksum(found);
    else
      co_await of_.refuse(http::status::not_found, "there is nothing of this name");
  }

 private:
  asio::awaitable<void> send(image const& found) {
    using enum wanted_part::kind;
    auto const [what, part] = part_of(found);
    auto const size = std::to_string(found.size);
    response answer(what == whole ? http::status::ok : http::status::partial_content, 11);
    if (what == none_such) {
      answer = make_response(http::status::range_not_satisfiable, "");
      answer.set(http::field::content_range, "bytes */" + size);
      co_return co_await of_.client.answer(std::move(answer));
    }
    if (what == range) {
      auto const last = std::to_string(part.offset + part.length - 1);
      answer.set(http::field::content_range, "bytes " + std::to_string(part.offset) + '-' + last + '/' + size);
    }
    answer.set(http::field::accept_ranges, "bytes");
    if (!found.etag.empty()) answer.set(http::field::etag, found.etag);
    answer.set(http::field::content_type, "application/octet-stream");
    answer.content_length(part.length);
    co_await of_.client.answer_header(std::move(answer));
    if (of_.client.request().method() == http::verb::get) co_await send_data(found, part);
  }

  // A range of another version of the image would be put together with what the client has of the former one.
  wanted_part part_of(image const& found) const {
    auto const& request = of_.client.request();
    auto const version = request[http::field::if_range];
    bool const is_current = version.empty() || version == found.etag;
    // Of a HEAD it has no meaning.
    auto const header = is_current && request.method() == http::verb::get ? request[http::field::range] : "";
    return read_range_header({header.data(), header.size()}, found.size);
  }

  // Holes are not moved by libvirt; HTTP has no other word for them than zeros.
  asio::awaitable<void> send_data(image const& found, libvirt_asio::byte_range part) {
    auto position = part.offset;
    auto const write = [this](asio::const_buffer data) {
      of_.check_ticket();
      return of_.client.write(data);
    };
    auto const sink = [&](std::uint64_t offset, asio::const_buffer data) -> asio::awaitable<void> {
      co_await give_zeros(offset - position, write);
      co_await write(data);
      position = offset + data.size();
    };
    if (part.length != 0) co_await download(found, part, sink);
    co_await give_zeros(part.offset + part.length - position, write);
  }

  asio::awaitable<void> send_checksum(image const& found) {
    digest sum;
    std::uint64_t position = 0;
    // Holes may be long: the others have their turn meanwhile.
    auto const add = [&](asio::const_buffer data) -> asio::awaitable<void> {
      of_.check_ticket();
      sum.add(data);
      co_await asio::post(asio::use_awaitable);
    };
    auto const sink = [&](std::uint64_t offset, asio::const_buffer data) -> asio::awaitable<void> {
      co_await give_zeros(offset - position, add);
      co_await add(data);
      position = offset + data.size();
    };
    if (found.size != 0) co_await download(found, {0, found.size}, sink);
    co_await give_zeros(found.size - position, add);
    boost::json::object const answer{{"algorithm", digest::name}, {"checksum", sum.text()}};
    co_await of_.client.answer(make_response(http::status::ok, answer));
  }

  template <class Take>
  asio::awaitable<void> give_zeros(std::uint64_t count, Take const& take) {
    static std::vector<std::byte> const zeros(256 * 1024);
    while (count != 0) {
      auto const part = static_cast<std::size_t>(std::min<std::uint64_t>(count, zeros.size()));
      co_await take(asio::buffer(zeros, part));
      count -= part;
    }
  }

  template <class Sink>
  asio::awaitable<void> download(image const& found, libvirt_asio::byte_range part, Sink const& sink) {
    libvirt_asio::transfer_options options;
    options.range = part;
    co_await libvirt_asio::async_download(of_.connection, found.volume.get(), sink, options);
  }

  image_request<Stream>& of_;
};

}  // namespace image_server

#endif
