// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_IMAGE_WRITING_HPP
#define LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_IMAGE_WRITING_HPP

#include "image_request.hpp"
#include "zero_request.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <utility>

namespace image_server {

/// Answers a request that writes an image, or zeros into it.
template <class Stream>
class image_writing {
 public:
  explicit image_writing(image_request<Stream>& of) : of_(of) {}

  asio::awaitable<void> run() {
    auto const found = co_await of_.find_image();
    if (auto const* const why = of_.store->uses.refuses_writing(found.key)) {
      co_await of_.refuse(http::status::conflict, why);
      co_return;
    }
    auto kept = of_.store->uses.write(found.key);
    if (of_.client.request().method() == http::verb::put)
      co_await put(found, kept);
    else
      co_await change(found);
  }

 private:
  asio::awaitable<void> put(image const& found, volume_uses::writing& kept) {
    // RFC 9110 has who does not know it refuse it, rather than write a part to the beginning.
    if (of_.client.request().count(http::field::content_range) != 0) {
      co_await of_.refuse(http::status::bad_request, "parts of an image cannot be put");
      co_return;
    }
    if (!of_.client.delimits_body()) {
      co_await of_.refuse(http::status::length_required, "the request does not tell where its body ends");
      of_.client.break_off();
      co_return;
    }
    co_await receive(found, kept);
    auto const now = co_await of_.find_image();
    response answer(http::status::no_content, 11);
    if (!now.etag.empty()) answer.set(http::field::etag, now.etag);
    co_await of_.client.answer(std::move(answer));
  }

  asio::awaitable<void> receive(image const& found, volume_uses::writing& kept) {
    libvirt_asio::transfer_options options;
    options.range.length = of_.client.body_length().value_or(0);
    bool has_begun = false;
    auto const source = [&](std::uint64_t, asio::mutable_buffer room) -> asio::awaitable<std::size_t> {
      has_begun = true;
      auto const size = co_await of_.client.read_body(room);
      of_.check_ticket();
      co_return size;
    };
    kept.begin(found.size);
    try {
      auto const written = co_await upload(found, source, options);
      kept.complete(written.data + written.holes);
    } catch (libvirt_asio::system_error const& error) {
      if (error.code() == libvirt_asio::client_errc::volume_too_small && !has_begun) kept.refused();
      throw;
    }
  }

  asio::awaitable<void> change(image const& found) {
    auto const body = co_await of_.client.read_small_body();
    libvirt_asio::transfer_options options;
    std::string wrong;
    try {
      options.range = read_zero_request(body.value_or(""));
    } catch (std::exception const& error) {
      wrong = error.what();
    }
    if (!wrong.empty()) {
      co_await of_.refuse(http::status::bad_request, wrong);
      co_return;
    }
    auto const zeros = [this](std::uint64_t, asio::mutable_buffer room) {
      of_.check_ticket();
      std::fill_n(static_cast<std::byte*>(room.data()), room.size(), std::byte{});
      return room.size();
    };
    co_await upload(found, zeros, options);
    co_await of_.client.answer(response(http::status::no_content, 11));
  }

  template <class Source>
  asio::awaitable<libvirt_asio::transfer_result> upload(image const& found, Source const& source,
                                                        libvirt_asio::transfer_options const& options) {
    co_return co_await libvirt_asio::async_upload(of_.connection, source, found.volume.get(), options);
  }

  image_request<Stream>& of_;
};

}  // namespace image_server

#endif
