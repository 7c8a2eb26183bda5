// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/file_target.hpp"
#include "transfer/function_target.hpp"
#include "transfer/volume_reader.hpp"
#include "transfer/volume_transfer.hpp"

#include <libvirt-asio/transfer.hpp>

#include <numeric>

namespace libvirt_asio::detail {
namespace {

class download final : public volume_transfer {
 public:
  using volume_transfer::volume_transfer;

  void set_target(std::unique_ptr<download_target> target) { target_ = std::move(target); }

 private:
  asio::awaitable<void> move_data() override {
    auto const size = co_await volume().size();
    auto const whole = part_of(size, options().range);
    auto const left = co_await target_->open(whole);
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

  void start_meter(byte_range whole, std::vector<byte_range> const& left) {
    auto const remaining =
        std::accumulate(left.begin(), left.end(), std::uint64_t{0},
                        [](std::uint64_t sum, byte_range const& range) { return sum + range.length; });
    meter.emplace(whole.length, whole.length - remaining, options().progress);
  }

  asio::awaitable<void> download_range(std::size_t number, byte_range range) {
    // libvirt takes a length of 0 for everything up to the end.
    if (range.length == 0) co_return;
    volume_reader reader(*this, volume(), number, range, options().sparse);
    co_await reader.open();
    auto const write = [this, number](piece const& stored) { return store(number, stored); };
    co_await move_pieces(reader, range.offset, range.offset + range.length, target_->piece_size(), write);
    co_await reader.finish();
  }

  asio::awaitable<void> store(std::size_t number, piece const& stored) {
    co_await target_->store(number, stored);
    meter->add(stored.size, stored.hole);
  }

  std::unique_ptr<download_target> target_;
};

}  // namespace

void start_download(connection_ptr connection, asio::any_io_executor executor, storage_vol volume,
                    std::filesystem::path path, transfer_options options, transfer_handler_type handler) {
  auto const transfer = std::make_shared<download>(std::move(connection), std::move(executor), std::move(volume),
                                                   std::move(options));
  transfer->set_target(std::make_unique<file_target>(*transfer, std::move(path)));
  start_transfer(transfer, std::move(handler));
}

void start_download_to_sink(connection_ptr connection, asio::any_io_executor executor, storage_vol volume,
                            std::unique_ptr<transfer_sink> sink, transfer_options options,
                            transfer_handler_type handler) {
  auto const transfer = std::make_shared<download>(std::move(connection), std::move(executor), std::move(volume),
                                                   std::move(options));
  transfer->set_target(std::make_unique<function_target>(*transfer, std::move(sink)));
  start_transfer(transfer, std::move(handler));
}

}  // namespace libvirt_asio::detail
