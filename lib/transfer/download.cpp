// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/file_target.hpp"
#include "transfer/function_target.hpp"
#include "transfer/received_piece.hpp"
#include "transfer/volume_size.hpp"
#include "transfer/volume_transfer.hpp"

#include <libvirt-asio/transfer.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <numeric>

namespace libvirt_asio::detail {
namespace {

using namespace asio::experimental::awaitable_operators;

// Two pieces of this size for each stream keep disk and network busy.
constexpr std::size_t piece_size = 2 * receive_buffer_size;

class download final : public volume_transfer {
 public:
  using volume_transfer::volume_transfer;

  void set_target(std::unique_ptr<download_target> target) { target_ = std::move(target); }

 private:
  asio::awaitable<void> move_data() override {
    auto const whole = co_await range_of_volume();
    auto const left = co_await target_->open(volume(), whole);
    co_await volume().connect(left.size());
    start_meter(whole, left);
    std::vector<asio::awaitable<void>> parts;
    for (std::size_t range = 0; range != left.size(); ++range) parts.push_back(download_range(range, left[range]));
    co_await all(std::move(parts));
    // Before a file gets its name: the user's function may throw.
    meter->finish();
    co_await target_->complete();
  }

  asio::awaitable<void> clean_up() override { return target_->discard(); }

  asio::awaitable<byte_range> range_of_volume() {
    auto ask = [volume = share(volume().first().volume.get())] { return size_of(volume.get()); };
    auto const size = co_await ask_libvirt(volume(), std::move(ask));
    co_return part_of(size, options().range);
  }

  void start_meter(byte_range whole, std::vector<byte_range> const& left) {
    auto const remaining =
        std::accumulate(left.begin(), left.end(), std::uint64_t{0},
                        [](std::uint64_t sum, byte_range const& range) { return sum + range.length; });
    meter.emplace(whole.length, whole.length - remaining, options().progress);
  }

  asio::awaitable<void> download_range(std::size_t number, byte_range range) {
    // libvirt takes a length of 0 for everything up to the end.
    if (range.length == 0) co_return;
    auto const& from = volume().of_range(number);
    auto source = volume().stream_on(from);
    co_await open(source, from, range);
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

  asio::awaitable<void> open(stream& source, volume_end const& from, byte_range range) {
    auto const step = wait_for_libvirt();
    download_options const opened{.range = range, .sparse = options().sparse};
    co_await async_open_download(source, from.volume.get(), opened, asio::use_awaitable);
  }

  asio::awaitable<piece> receive(stream& source, std::uint64_t offset, piece_buffer buffer) {
    return receive_piece(*this, source, offset, std::move(buffer), options().sparse);
  }

  asio::awaitable<void> store(std::size_t number, piece const& stored) {
    co_await target_->store(number, stored);
    meter->add(stored.size, stored.hole);
  }

  std::unique_ptr<download_target> target_;
};

void start(std::shared_ptr<download> const& transfer, std::unique_ptr<download_target> target,
           transfer_handler_type handler) {
  transfer->set_target(std::move(target));
  spawn<transfer_result>(
      transfer->executor(), [transfer = transfer] { return transfer->run(); }, std::move(handler));
}

}  // namespace

void start_download(connection_ptr connection, asio::any_io_executor executor, storage_vol volume,
                    std::filesystem::path path, transfer_options options, transfer_handler_type handler) {
  auto const transfer = std::make_shared<download>(std::move(connection), std::move(executor), std::move(volume),
                                                   std::move(options));
  start(transfer, std::make_unique<file_target>(*transfer, std::move(path)), std::move(handler));
}

void start_download_to_sink(connection_ptr connection, asio::any_io_executor executor, storage_vol volume,
                            std::unique_ptr<transfer_sink> sink, transfer_options options,
                            transfer_handler_type handler) {
  auto const transfer = std::make_shared<download>(std::move(connection), std::move(executor), std::move(volume),
                                                   std::move(options));
  start(transfer, std::make_unique<function_target>(*transfer, std::move(sink)), std::move(handler));
}

}  // namespace libvirt_asio::detail
