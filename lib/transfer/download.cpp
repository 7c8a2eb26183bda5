// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/byte_ranges.hpp"
#include "transfer/part_file.hpp"
#include "transfer/volume_size.hpp"
#include "transfer/volume_transfer.hpp"

#include <libvirt-asio/transfer.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <numeric>

namespace libvirt_asio::detail {
namespace {

using namespace asio::experimental::awaitable_operators;

// The packets of one stream arrive while those of the other are copied out of libvirt.
constexpr unsigned default_streams = 2;

// Two pieces of this size for each stream keep disk and network busy.
constexpr std::size_t piece_size = 2 * receive_buffer_size;

class download final : public volume_transfer {
 public:
  download(connection_ptr connection, asio::any_io_executor executor, storage_vol volume,
           std::filesystem::path path, transfer_options options)
      : volume_transfer(std::move(connection), std::move(executor), std::move(volume), std::move(options)),
        path_(std::move(path)) {}

 private:
  asio::awaitable<void> move_data() override {
    auto const whole = co_await range_of_volume();
    auto open = [volume = share(volume()), path = path_, whole, streams = options().streams,
                 resumes = options().resume] { return open_file(volume.get(), path, whole, streams, resumes); };
    file_ = co_await use_file_to_end(std::move(open));
    auto const left = file_->ranges_left();
    co_await connect(left.size());
    start_meter(whole, left);
    std::vector<asio::awaitable<void>> parts;
    for (std::size_t range = 0; range != left.size(); ++range)
      parts.push_back(download_range(range, left[range], ends()[range % ends().size()]));
    co_await all(std::move(parts));
    // Before the file gets its name: the user's function may throw.
    meter->finish();
    auto complete = [file = file_] { file->complete(); };
    co_await use_file_to_end(std::move(complete));
  }

  asio::awaitable<void> clean_up() override {
    if (!file_ || options().resume) co_return;
    auto discard = [file = file_] { file->discard(); };
    try {
      co_await use_file_to_end(discard);
    } catch (system_error const&) {
      // The connection is closed, and has no worker threads any more.
      discard();
    }
  }

  asio::awaitable<byte_range> range_of_volume() {
    auto ask = [volume = share(volume())] { return size_of(volume.get()); };
    auto const size = co_await ask_libvirt(std::move(ask));
    auto range = options().range;
    if (range.offset > size.physical || range.length > size.physical - range.offset)
      throw system_error(client_errc::range_beyond_volume);
    if (range.length == 0) range.length = size.physical - range.offset;
    co_return range;
  }

  // On a worker thread, which may outlive the context: it has nothing of the transfer's.
  static std::shared_ptr<part_file> open_file(virStorageVolPtr volume, std::filesystem::path const& path,
                                              byte_range whole, unsigned streams, bool resumes) {
    auto const ranges = split(whole, streams != 0 ? streams : default_streams);
    auto const* const key = virStorageVolGetKey(volume);
    auto const make = resumes ? &part_file::resume : &part_file::create;
    return std::make_shared<part_file>(make(path, key == nullptr ? "" : key, whole, ranges));
  }

  void start_meter(byte_range whole, std::vector<byte_range> const& left) {
    auto const remaining =
        std::accumulate(left.begin(), left.end(), std::uint64_t{0},
                        [](std::uint64_t sum, byte_range const& range) { return sum + range.length; });
    meter.emplace(whole.length, whole.length - remaining, options().progress);
  }

  asio::awaitable<void> download_range(std::size_t number, byte_range range, volume_end const& from) {
    // libvirt takes a length of 0 for everything up to the end.
    if (range.length == 0) co_return;
    auto source = stream_on(from);
    download_options const opened{.range = range, .sparse = options().sparse};
    co_await open(source, from, opened);
    piece stored{.offset = range.offset};
    piece received = co_await receive(source, range.offset, make_piece_buffer(piece_size));
    auto spare = make_piece_buffer(piece_size);
    while (received.length() != 0) {
      std::swap(stored, received);
      received = co_await (keeping_failure(receive(source, stored.end(), std::exchange(spare, nullptr))) &&
                           keeping_failure(store(number, stored)));
      spare = stored.buffer;
    }
    if (stored.end() != range.offset + range.length) throw system_error(client_errc::source_too_short);
    co_await finish(source);
  }

  asio::awaitable<void> open(stream& source, volume_end const& from, download_options opened) {
    auto const step = wait_for_libvirt();
    co_await async_open_download(source, from.volume.get(), opened, asio::use_awaitable);
  }

  asio::awaitable<piece> receive(stream& source, std::uint64_t offset,
                                 piece_buffer buffer) {
    piece received{.offset = offset, .buffer = std::move(buffer)};
    while (received.size != piece_size && received.hole == 0) {
      auto const free = asio::buffer(*received.buffer) + received.size;
      auto const step = wait_for_libvirt();
      auto const next = co_await next_section(source, free, options().sparse);
      if (next.length == 0) break;
      if (next.hole)
        received.hole = next.length;
      else
        received.size += static_cast<std::size_t>(next.length);
    }
    co_return received;
  }

  asio::awaitable<void> store(std::size_t number, piece const& stored) {
    auto write = [file = file_, number, stored] {
      file->write_at(stored.offset, std::span(*stored.buffer).first(stored.size));
      file->record_progress(number, stored.end());
    };
    co_await use_file_to_end(std::move(write));
    meter->add(stored.size, stored.hole);
  }

  std::filesystem::path const path_;
  std::shared_ptr<part_file> file_;
};

}  // namespace

void start_download(connection_ptr connection, asio::any_io_executor executor, storage_vol volume,
                    std::filesystem::path path, transfer_options options, transfer_handler_type handler) {
  auto const transfer = std::make_shared<download>(std::move(connection), std::move(executor), std::move(volume),
                                                   std::move(path), std::move(options));
  spawn<transfer_result>(
      transfer->executor(), [transfer] { return transfer->run(); }, std::move(handler));
}

}  // namespace libvirt_asio::detail
