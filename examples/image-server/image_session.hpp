// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_IMAGE_SESSION_HPP
#define LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_IMAGE_SESSION_HPP

#include "digest.hpp"
#include "http_client.hpp"
#include "image.hpp"
#include "range_header.hpp"
#include "tickets.hpp"
#include "volume_uses.hpp"
#include "zero_request.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/post.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace image_server {

/// What all sessions share.
struct image_store {
  std::string uri;
  tickets given;
  volume_uses uses;
};

/// A client that reads and writes images. Each has a connection to libvirt of its own, so that a slow one holds up
/// nobody: what it does not take stays in the socket.
template <class Stream>
class image_session {
 public:
  image_session(Stream stream, std::shared_ptr<image_store> store)
      : store_(std::move(store)), connection_(stream.get_executor()), client_(std::move(stream)) {}

  [[nodiscard]] http_client<Stream>& client() { return client_; }

  asio::awaitable<void> run() {
    for (;;) {
      bool const has_request = co_await client_.read_request();
      if (!has_request) co_return;
      co_await answer_request();
      if (client_.has_failed() || !client_.keeps_alive()) co_return;
    }
  }

 private:
  /// Of what was asked for: `/images/TICKET`, perhaps with something behind it.
  struct target {
    std::string identifier;
    std::string rest;
  };

  static target target_of(std::string_view path) {
    constexpr std::string_view images = "/images/";
    if (!path.starts_with(images)) return {};
    path.remove_prefix(images.size());
    auto const slash = std::min(path.find('/'), path.size());
    return {std::string(path.substr(0, slash)), std::string(path.substr(slash))};
  }

  // libvirt's words for what libvirt refuses, unless the answer has begun: then the client sees it cut off.
  asio::awaitable<void> answer_request() {
    std::string failure;
    auto status = http::status::internal_server_error;
    try {
      co_await answer_method();
      co_return;
    } catch (libvirt_asio::system_error const& error) {
      if (client_.has_failed() || error.code() == asio::error::operation_aborted) throw;
      failure = error.code().message() + '\n';
      if (error.code() == libvirt_asio::client_errc::volume_too_small) status = http::status::payload_too_large;
      if (error.code() == libvirt_asio::errc::no_storage_vol || error.code() == libvirt_asio::errc::no_storage_pool)
        status = http::status::not_found;
    }
    std::cerr << "image-server: " << failure;
    if (client_.has_answered()) co_return client_.break_off();
    co_await client_.answer(make_response(status, std::move(failure)));
    // Whatever it is: the next connection begins anew.
    connection_.close();
  }

  asio::awaitable<void> answer_method() {
    auto const& request = client_.request();
    if (request.method() == http::verb::options) return tell_features();
    auto asked = target_of({request.target().data(), request.target().size()});
    ticket_ = store_->given.find(asked.identifier, ticket::clock::now());
    bool const reads = request.method() == http::verb::get || request.method() == http::verb::head;
    bool const writes = request.method() == http::verb::put || request.method() == http::verb::patch;
    if (!ticket_) return refuse(http::status::not_found, "there is no such ticket");
    if (reads && ticket_->may_read) return read(asked.rest);
    if (writes && ticket_->may_write && asked.rest.empty()) return write();
    return refuse(reads || writes ? http::status::forbidden : http::status::method_not_allowed,
                  "the ticket is not for this");
  }

  asio::awaitable<void> refuse(http::status status, std::string why) {
    co_await client_.answer(make_response(status, std::move(why) + '\n'));
  }

  asio::awaitable<void> tell_features() {
    auto answer = make_response(http::status::ok, {{"features", {"checksum", "chunked", "zero"}}});
    answer.set(http::field::allow, "OPTIONS, GET, HEAD, PUT, PATCH");
    co_await client_.answer(std::move(answer));
  }

  asio::awaitable<image> find() {
    return find_image(connection_, store_->uri, ticket_->pool, ticket_->volume);
  }

  void check_ticket() const {
    if (ticket_->is_revoked) throw libvirt_asio::system_error(asio::error::access_denied, "the ticket was revoked");
  }

  // --- Reading ---

  asio::awaitable<void> read(std::string what) {
    auto const found = co_await find();
    if (auto const* const why = store_->uses.refuses_reading(found.key)) {
      co_await refuse(http::status::conflict, why);
      co_return;
    }
    auto const kept = store_->uses.read(found.key);
    if (what.empty())
      co_await send(found);
    else if (what == "/checksum")
      co_await send_checksum(found);
    else
      co_await refuse(http::status::not_found, "there is nothing of this name");
  }

  asio::awaitable<void> send(image const& found) {
    auto const wanted = part_of(found);
    auto answer = response(wanted.is_whole ? http::status::ok : http::status::partial_content, 11);
    if (!wanted.is_satisfiable) answer = make_response(http::status::range_not_satisfiable, "");
    answer.set(http::field::accept_ranges, "bytes");
    if (!found.etag.empty()) answer.set(http::field::etag, found.etag);
    auto const of = "/" + std::to_string(found.size);
    if (!wanted.is_satisfiable) {
      answer.set(http::field::content_range, "bytes *" + of);
      co_await client_.answer(std::move(answer));
      co_return;
    }
    auto const [offset, length] = wanted.part;
    if (!wanted.is_whole)
      answer.set(http::field::content_range,
                 "bytes " + std::to_string(offset) + '-' + std::to_string(offset + length - 1) + of);
    answer.set(http::field::content_type, "application/octet-stream");
    answer.content_length(length);
    co_await client_.answer_header(std::move(answer));
    if (client_.request().method() == http::verb::get) co_await send_data(found, wanted.part);
  }

  // A range of another version of the image would be put together with what the client has of the former one.
  wanted_part part_of(image const& found) const {
    auto const& request = client_.request();
    auto const version = request[http::field::if_range];
    bool const is_current = version.empty() || version == found.etag;
    auto const header = is_current ? request[http::field::range] : "";
    return read_range_header({header.data(), header.size()}, found.size);
  }

  // Holes are not moved by libvirt; HTTP has no other word for them than zeros.
  asio::awaitable<void> send_data(image const& found, libvirt_asio::byte_range part) {
    auto position = part.offset;
    auto const sink = [&](std::uint64_t offset, asio::const_buffer data) -> asio::awaitable<void> {
      check_ticket();
      co_await client_.write_zeros(offset - position);
      co_await client_.write(data);
      position = offset + data.size();
    };
    if (part.length != 0) co_await download(found, part, sink);
    co_await client_.write_zeros(part.offset + part.length - position);
  }

  asio::awaitable<void> send_checksum(image const& found) {
    digest sum;
    std::uint64_t position = 0;
    auto const sink = [&](std::uint64_t offset, asio::const_buffer data) -> asio::awaitable<void> {
      check_ticket();
      co_await add_zeros(sum, offset - position);
      sum.add(data);
      position = offset + data.size();
    };
    if (found.size != 0) co_await download(found, {0, found.size}, sink);
    co_await add_zeros(sum, found.size - position);
    boost::json::object const answer{{"algorithm", digest::name}, {"checksum", sum.text()}};
    co_await client_.answer(make_response(http::status::ok, answer));
  }

  // Holes may be long: the others have their turn meanwhile.
  asio::awaitable<void> add_zeros(digest& sum, std::uint64_t count) {
    static std::vector<std::byte> const zeros(1024 * 1024);
    while (count != 0) {
      auto const part = static_cast<std::size_t>(std::min<std::uint64_t>(count, zeros.size()));
      sum.add(asio::buffer(zeros, part));
      count -= part;
      co_await asio::post(asio::use_awaitable);
    }
  }

  template <class Sink>
  asio::awaitable<void> download(image const& found, libvirt_asio::byte_range part, Sink const& sink) {
    libvirt_asio::transfer_options options;
    options.range = part;
    co_await libvirt_asio::async_download(connection_, found.volume.get(), sink, options);
  }

  // --- Writing ---

  asio::awaitable<void> write() {
    auto const found = co_await find();
    if (auto const* const why = store_->uses.refuses_writing(found.key)) {
      co_await refuse(http::status::conflict, why);
      co_return;
    }
    auto kept = store_->uses.write(found.key);
    if (client_.request().method() == http::verb::put)
      co_await receive(found, kept);
    else
      co_await change(found);
  }

  asio::awaitable<void> receive(image const& found, volume_uses::writing& kept) {
    // RFC 9110 has who does not know it refuse it, rather than write a part to the beginning.
    if (client_.request().count(http::field::content_range) != 0) {
      co_await refuse(http::status::bad_request, "parts of an image cannot be put");
      co_return;
    }
    libvirt_asio::transfer_options options;
    options.range.length = client_.body_length().value_or(0);
    auto const source = [&](std::uint64_t, asio::mutable_buffer room) -> asio::awaitable<std::size_t> {
      kept.begin_whole();
      check_ticket();
      co_return co_await client_.read_body(room);
    };
    co_await libvirt_asio::async_upload(connection_, source, found.volume.get(), options);
    kept.complete();
    auto const written = co_await find();
    response answer(http::status::no_content, 11);
    if (!written.etag.empty()) answer.set(http::field::etag, written.etag);
    co_await client_.answer(std::move(answer));
  }

  asio::awaitable<void> change(image const& found) {
    auto const body = co_await client_.read_small_body();
    libvirt_asio::byte_range part;
    std::string wrong;
    try {
      part = read_zero_request(body.value_or(""));
    } catch (std::exception const& error) {
      wrong = error.what();
    }
    if (!wrong.empty()) {
      co_await refuse(http::status::bad_request, wrong);
      co_return;
    }
    co_await write_zeros(found, part);
    co_await client_.answer(response(http::status::no_content, 11));
  }

  asio::awaitable<void> write_zeros(image const& found, libvirt_asio::byte_range part) {
    libvirt_asio::transfer_options options;
    options.range = part;
    auto const source = [this](std::uint64_t, asio::mutable_buffer room) {
      check_ticket();
      std::fill_n(static_cast<std::byte*>(room.data()), room.size(), std::byte{});
      return room.size();
    };
    co_await libvirt_asio::async_upload(connection_, source, found.volume.get(), options);
  }

  std::shared_ptr<image_store> store_;
  libvirt_asio::connection connection_;
  http_client<Stream> client_;
  ticket_pointer ticket_;
};

}  // namespace image_server

#endif
