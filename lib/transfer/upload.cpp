// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/file_source.hpp"
#include "transfer/function_source.hpp"
#include "transfer/sent_tail.hpp"
#include "transfer/upload_plan.hpp"
#include "transfer/volume_source.hpp"
#include "transfer/volume_transfer.hpp"

#include <libvirt-asio/transfer.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <limits>
#include <optional>

namespace libvirt_asio::detail {
namespace {

using namespace asio::experimental::awaitable_operators;

// The daemon is kept busy by one already, and a second costs CPU time.
constexpr unsigned default_streams = 1;

/// Of a source that is another volume, this is a copy.
class upload final : public volume_transfer {
 public:
  using volume_transfer::volume_transfer;

  void set_source(std::unique_ptr<upload_source> source) { source_ = std::move(source); }

 private:
  asio::awaitable<void> move_data() override {
    auto const facts = co_await source_->look(options().range);
    auto const size = co_await volume().size();
    plan_ = plan_upload(facts, size, options().range, options().sparse);
    start_meter();
    if (plan_.holes)
      co_await upload_with_holes();
    else if (plan_.whole.length != 0 || plan_.is_open_ended)
      co_await upload_data();
    meter->finish();
  }

  // After an error the contents of the volume are undefined. But a file that was cut off at a hole has its length
  // again: libvirt goes by that, and another upload would find no room. A daemon that does not answer is not waited
  // for.
  asio::awaitable<void> clean_up() override {
    bool const has_limit = plan_.limit != std::numeric_limits<std::uint64_t>::max();
    if (!sparse_target_ || !has_limit) co_return;
    asio::steady_timer patience(executor(), std::chrono::seconds(2));
    co_await (restore_length() || patience.async_wait(asio::use_awaitable));
  }

  asio::awaitable<void> restore_length() {
    // It must not cut off the file any more.
    co_await sparse_target_->async_abort(asio::as_tuple(asio::use_awaitable));
    // libvirt looks at the file when it is asked for its size, and otherwise goes by what it has seen.
    auto resize = [volume = share(volume().first().volume.get()), capacity = plan_.limit] {
      virStorageVolInfo info{};
      virStorageVolGetInfo(volume.get(), &info);
      return virStorageVolResize(volume.get(), capacity, 0);
    };
    try {
      co_await ask_libvirt(volume(), std::move(resize));
    } catch (system_error const&) {
      // It is no file, perhaps. What the upload has failed by is what counts.
    }
  }

  void start_meter() {
    std::optional<std::uint64_t> total;
    if (!plan_.is_open_ended) total = plan_.whole.length;
    meter.emplace(total, 0U, options().progress);
  }

  // libvirt truncates a volume's file at the end of each hole: what another stream has written behind it would
  // be lost, so there is but one stream.
  asio::awaitable<void> upload_with_holes() {
    // Before the contents are gone.
    auto reader = co_await source_->read_range(plan_, 0, plan_.whole);
    auto const& to = volume().first();
    sparse_target_.emplace(volume().stream_on(to));
    auto& target = *sparse_target_;
    if (plan_.replaces_contents) co_await drop_contents(target, to);
    upload_options const opened{.range = plan_.whole, .sparse = true};
    co_await open(target, to, opened);
    co_await send_range(target, 0, plan_.whole, std::move(reader));
  }

  asio::awaitable<void> open(stream& target, volume_end const& to, upload_options opened) {
    auto const step = wait_for_libvirt();
    co_await async_open_upload(target, to.volume.get(), opened, asio::use_awaitable);
  }

  // A hole leaves what is in the volume's file as it is, and drops only what is behind it: so a first hole of
  // one byte makes everything but that byte read as zeros.
  asio::awaitable<void> drop_contents(stream& target, volume_end const& to) {
    upload_options const opened{.sparse = true};
    co_await open(target, to, opened);
    co_await send_hole(target, 1);
    co_await finish(target);
  }

  asio::awaitable<void> upload_data() {
    std::vector<byte_range> ranges{plan_.whole};
    if (!plan_.is_open_ended) ranges = cut(plan_.whole, default_streams);
    co_await source_->connect(ranges.size());
    co_await volume().connect(ranges.size());
    co_await upload_from(ranges, 0);
  }

  // The streams are opened one after another, as libvirt now and then refuses two that are opened at the same
  // moment, but each is written as soon as it is open.
  asio::awaitable<void> upload_from(std::vector<byte_range> const& ranges, std::size_t number) {
    auto reader = co_await source_->read_range(plan_, number, ranges[number]);
    auto const& to = volume().of_range(number);
    auto target = volume().stream_on(to);
    upload_options const opened{.range = ranges[number]};
    co_await open(target, to, opened);
    if (number + 1 == ranges.size())
      co_await send_range(target, number, ranges[number], std::move(reader));
    else
      co_await (keeping_failure(send_range(target, number, ranges[number], std::move(reader))) &&
                keeping_failure(upload_from(ranges, number + 1)));
  }

  asio::awaitable<void> send_range(stream& target, std::size_t number, byte_range range,
                                   std::unique_ptr<piece_reader> reader) {
    auto const end = plan_.is_open_ended ? std::numeric_limits<std::uint64_t>::max() : range.offset + range.length;
    sent_tail tail;
    auto const write = [&](piece const& sent) { return send(target, sent, tail); };
    auto const sent_up_to = co_await move_pieces(*reader, range.offset, end, source_->piece_size(), write);
    co_await reader->finish();
    co_await finish(target);
    co_await verify_end(number, sent_up_to, tail);
  }

  asio::awaitable<void> send(stream& target, piece const& sent, sent_tail& tail) {
    if (sent.end() > plan_.limit) throw system_error(client_errc::volume_too_small);
    std::size_t zeros = 0;
    // What drop_contents() could not drop.
    if (sent.size == 0 && sent.offset == 0 && plan_.replaces_contents) {
      zeros = 1;
      static constexpr std::byte zero{};
      co_await write(target, asio::buffer(&zero, zeros));
    }
    co_await write(target, sent.buffered());
    if (sent.hole > zeros) co_await send_hole(target, sent.hole - zeros);
    tail.add(sent.data());
    tail.add_zeros(sent.hole);
    meter->add(sent.size, sent.hole);
  }

  // Each write is a step of its own.
  asio::awaitable<void> write(stream& target, asio::const_buffer data) {
    while (data.size() != 0) {
      auto const step = wait_for_libvirt();
      data += co_await target.async_write_some(data, asio::use_awaitable);
    }
  }

  asio::awaitable<void> send_hole(stream& target, std::uint64_t length) {
    auto const step = wait_for_libvirt();
    co_await target.async_send_hole(length, asio::use_awaitable);
  }

  // libvirt may report success when the disk filled up with the last of a stream's bytes: they are read back.
  asio::awaitable<void> verify_end(std::size_t number, std::uint64_t end, sent_tail const& tail) {
    auto const& sent = tail.bytes();
    if (sent.empty()) co_return;
    auto const step = wait_for_libvirt();
    auto const& to = volume().of_range(number);
    auto source = volume().stream_on(to);
    // The range is known to be the volume's: async_open_download would ask for that once more.
    download_options const last{.range = {end - sent.size(), sent.size()}};
    auto open_end = [opener = make_download_opener(to.volume.get(), last)](virStreamPtr native) {
      return opener.open_part(native, {});
    };
    co_await source.async_open(std::move(open_end), asio::use_awaitable);
    std::vector<std::byte> stored(sent.size());
    std::size_t bytes = 0;
    while (bytes != stored.size()) {
      auto const next = co_await next_section(source, asio::buffer(stored) + bytes, false);
      if (next.length == 0) throw system_error(client_errc::upload_incomplete);
      bytes += static_cast<std::size_t>(next.length);
    }
    co_await source.async_finish(asio::use_awaitable);
    if (stored != sent) throw system_error(client_errc::upload_incomplete);
  }

  std::unique_ptr<upload_source> source_;
  upload_plan plan_;
  // Kept until it is known whether the upload has failed.
  std::optional<stream> sparse_target_;
};

}  // namespace

void start_upload(connection_ptr connection, asio::any_io_executor executor, storage_vol volume,
                  std::filesystem::path path, transfer_options options, transfer_handler_type handler) {
  auto const transfer = std::make_shared<upload>(std::move(connection), std::move(executor), std::move(volume),
                                                 std::move(options));
  transfer->set_source(std::make_unique<file_source>(*transfer, std::move(path)));
  start_transfer(transfer, std::move(handler));
}

void start_upload_from_source(connection_ptr connection, asio::any_io_executor executor, storage_vol volume,
                              std::unique_ptr<transfer_source> source, transfer_options options,
                              transfer_handler_type handler) {
  auto const transfer = std::make_shared<upload>(std::move(connection), std::move(executor), std::move(volume),
                                                 std::move(options));
  // Holes take one stream: whoever wants several does without.
  bool const may_have_holes = transfer->options().streams <= 1;
  transfer->set_source(std::make_unique<function_source>(std::move(source), may_have_holes));
  start_transfer(transfer, std::move(handler));
}

void start_copy(connection_ptr from, asio::any_io_executor executor, storage_vol source, connection_ptr to,
                storage_vol target, transfer_options options, transfer_handler_type handler) {
  auto const transfer =
      std::make_shared<upload>(std::move(to), std::move(executor), std::move(target), std::move(options));
  transfer->set_source(std::make_unique<volume_source>(*transfer, std::move(from), std::move(source)));
  start_transfer(transfer, std::move(handler));
}

}  // namespace libvirt_asio::detail
