// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_VOLUME_COPY_HPP
#define LIBVIRT_ASIO_EXAMPLES_VOLUME_COPY_HPP

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace example {

/// Copies a volume to one of another connection, reading one part while it writes the part before. Nothing
/// goes to a local disk.
class volume_copy {
 public:
  using progress_function = std::function<void(libvirt_asio::transfer_progress const&)>;

  volume_copy(libvirt_asio::connection& from, virStorageVolPtr source, libvirt_asio::connection& to,
              virStorageVolPtr target, progress_function told)
      : from_(from), source_(source), to_(to), target_(target), told_(std::move(told)) {}

  boost::asio::awaitable<void> run(bool sparse) {
    co_await check_sizes();
    // Holes can be recreated only in an empty volume that ends where the source does: libvirt leaves in a hole
    // what was there, and cuts the volume's file off behind it.
    bool const recreate = sparse && room_.allocation == 0 && room_.capacity == progress_.total;
    libvirt_asio::download_options const from_source{.sparse = recreate};
    libvirt_asio::upload_options const to_target{.sparse = recreate};
    co_await libvirt_asio::async_open_download(reading_, source_, from_source);
    co_await libvirt_asio::async_open_upload(writing_, target_, to_target);
    co_await copy();
    co_await writing_.async_finish();
    co_await reading_.async_finish();
    if (progress_.data + progress_.holes != progress_.total)
      throw std::runtime_error("the source changed while it was copied");
  }

 private:
  using bytes = std::vector<std::byte>;

  boost::asio::awaitable<void> check_sizes() {
    virStorageVolInfo physical{};
    // The capacity is what a guest sees: of a compressed or growing format that is another number.
    co_await from_.async_call([&](virConnectPtr) {
      return virStorageVolGetInfoFlags(source_, &physical, VIR_STORAGE_VOL_GET_PHYSICAL);
    });
    co_await to_.async_call([&](virConnectPtr) { return virStorageVolGetInfo(target_, &room_); });
    progress_.total = physical.allocation;
    if (room_.capacity < progress_.total)
      throw std::runtime_error("the target has room for " + std::to_string(room_.capacity) + " bytes, the source has " +
                               std::to_string(progress_.total));
  }

  boost::asio::awaitable<void> copy() {
    using namespace boost::asio::experimental::awaitable_operators;
    bytes received_data(std::size_t{1} << 18);
    bytes sent_data(received_data.size());
    auto received = co_await receive(received_data);
    while (received.length != 0) {
      std::swap(received_data, sent_data);
      received = co_await (receive(received_data) && send(received, sent_data));
    }
  }

  /// The next part; its length is 0 at the end.
  boost::asio::awaitable<libvirt_asio::section> receive(bytes& data) {
    auto const [error, received] = co_await reading_.async_receive(
        boost::asio::buffer(data), boost::asio::as_tuple(boost::asio::use_awaitable));
    if (error == boost::asio::error::eof) co_return libvirt_asio::section{};
    if (error) throw libvirt_asio::system_error(error);
    co_return received;
  }

  boost::asio::awaitable<void> send(libvirt_asio::section part, bytes const& data) {
    if (part.hole) {
      co_await writing_.async_send_hole(part.length, boost::asio::use_awaitable);
      progress_.holes += part.length;
    } else {
      // Not by asio::async_write, which passes on 64 KiB at a time.
      boost::asio::const_buffer left(data.data(), static_cast<std::size_t>(part.length));
      while (left.size() != 0) left += co_await writing_.async_write_some(left, boost::asio::use_awaitable);
      progress_.data += part.length;
    }
    tell();
  }

  void tell() {
    using namespace std::chrono_literals;
    auto const now = clock::now();
    auto const done = progress_.data + progress_.holes;
    if (now - last_told_ < 100ms && done != progress_.total) return;
    last_told_ = now;
    std::chrono::duration<double> const elapsed = now - started_;
    progress_.rate = static_cast<double>(done) / elapsed.count();
    auto const left = static_cast<double>(progress_.total) - static_cast<double>(done);
    progress_.time_left = std::chrono::duration<double>(left / progress_.rate);
    told_(progress_);
  }

  using clock = std::chrono::steady_clock;

  libvirt_asio::connection& from_;
  virStorageVolPtr source_;
  libvirt_asio::connection& to_;
  virStorageVolPtr target_;
  progress_function told_;
  virStorageVolInfo room_{};
  libvirt_asio::stream reading_{from_};
  libvirt_asio::stream writing_{to_};
  libvirt_asio::transfer_progress progress_;
  clock::time_point const started_ = clock::now();
  clock::time_point last_told_ = started_;
};

}  // namespace example

#endif
