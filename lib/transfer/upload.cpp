// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/byte_ranges.hpp"
#include "transfer/local_file.hpp"
#include "transfer/volume_size.hpp"
#include "transfer/volume_transfer.hpp"

#include <libvirt-asio/transfer.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>

namespace libvirt_asio::detail {
namespace {

using namespace asio::experimental::awaitable_operators;

// The daemon is kept busy by one already, and a second costs CPU time.
constexpr unsigned default_streams = 1;

class upload final : public volume_transfer {
 public:
  upload(connection_ptr connection, asio::any_io_executor executor, storage_vol volume, std::filesystem::path path,
         transfer_options options)
      : volume_transfer(std::move(connection), std::move(executor), std::move(volume), std::move(options)),
        path_(std::move(path)) {}

 private:
  asio::awaitable<void> move_data() override {
    auto look = [volume = share(volume()), path = path_, range = options().range, sparse = options().sparse] {
      return look_at_both(volume.get(), path, range, sparse);
    };
    auto found = co_await ask_libvirt(std::move(look));
    source_ = std::move(found);
    meter.emplace(source_.whole.length, 0U, options().progress);
    if (source_.holes)
      co_await upload_with_holes();
    else if (source_.whole.length != 0)
      co_await upload_data();
    meter->finish();
  }

  // After an error the contents of the volume are undefined.
  asio::awaitable<void> clean_up() override { co_return; }

  /// The file, and what of it goes where.
  struct upload_source {
    std::shared_ptr<local_file> file;
    byte_range whole;
    bool holes = false;
    bool replaces_contents = false;
  };

  // On a worker thread, which may outlive the context: it has nothing of the transfer's.
  static upload_source look_at_both(virStorageVolPtr volume, std::filesystem::path const& path, byte_range range,
                                    bool sparse) {
    upload_source found{std::make_shared<local_file>(local_file::open(path)), range};
    auto const length = found.file->length();
    auto const size = size_of(volume);
    auto& whole = found.whole;
    if (whole.length > length) throw system_error(client_errc::source_too_short);
    if (whole.length == 0) whole.length = length;
    if (size.raw && (whole.offset > size.capacity || whole.length > size.capacity - whole.offset))
      throw system_error(client_errc::volume_too_small);
    // What another format's image has behind the file belongs to the image that the file replaces.
    bool const reaches_end = size.raw ? whole.length == size.capacity : range.length == 0;
    bool const covers_volume = whole.offset == 0 && reaches_end;
    found.holes = sparse && covers_volume && whole.length != 0 && has_holes(*found.file, whole.length);
    found.replaces_contents = size.allocation != 0;
    return found;
  }

  [[nodiscard]] static bool has_holes(local_file const& file, std::uint64_t length) {
    auto const first = file.section_at(0, length);
    return first.hole || first.length != length;
  }

  // libvirt may report success when the disk filled up with the last of a stream's bytes: they are read back.
  asio::awaitable<void> verify_end(byte_range range, volume_end const& to) {
    constexpr std::uint64_t looked_at = 65'536;
    byte_range const end{range.offset + range.length - std::min(range.length, looked_at),
                         std::min(range.length, looked_at)};
    auto const stored = co_await read_back(end, to);
    auto compare = [file = source_.file, stored, from = end.offset - source_.whole.offset] {
      std::vector<std::byte> sent(stored->size());
      if (file->read_at(from, sent) != sent.size() || sent != *stored)
        throw system_error(client_errc::upload_incomplete);
    };
    co_await use_file(std::move(compare));
  }

  asio::awaitable<piece_buffer> read_back(byte_range end, volume_end const& to) {
    auto const step = wait_for_libvirt();
    auto source = stream_on(to);
    // The range is known to be the volume's: async_open_download would ask for that once more.
    auto open_end = [opener = make_download_opener(to.volume.get(), {.range = end})](virStreamPtr native) {
      return opener.open_part(native, {});
    };
    co_await source.async_open(std::move(open_end), asio::use_awaitable);
    auto const stored = make_piece_buffer(static_cast<std::size_t>(end.length));
    std::size_t bytes = 0;
    while (bytes != stored->size()) {
      auto const next = co_await next_section(source, asio::buffer(*stored) + bytes, false);
      if (next.length == 0) throw system_error(client_errc::upload_incomplete);
      bytes += static_cast<std::size_t>(next.length);
    }
    co_await source.async_finish(asio::use_awaitable);
    co_return stored;
  }

  // libvirt truncates a volume's file at the end of each hole: what another stream has written behind it would
  // be lost, so there is but one stream.
  asio::awaitable<void> upload_with_holes() {
    if (source_.replaces_contents) co_await drop_contents();
    auto const& to = ends().front();
    auto target = stream_on(to);
    upload_options const opened{.range = source_.whole, .sparse = true};
    co_await open(target, to, opened);
    co_await send_range(target, source_.whole, to);
  }

  asio::awaitable<void> open(stream& target, volume_end const& to, upload_options opened) {
    auto const step = wait_for_libvirt();
    co_await async_open_upload(target, to.volume.get(), opened, asio::use_awaitable);
  }

  // A hole leaves what is in the volume's file as it is, and drops only what is behind it: so a first hole of
  // one byte makes everything but that byte read as zeros.
  asio::awaitable<void> drop_contents() {
    auto const& to = ends().front();
    auto target = stream_on(to);
    upload_options const opened{.sparse = true};
    co_await open(target, to, opened);
    co_await send_hole(target, 1);
    co_await finish(target);
  }

  asio::awaitable<void> upload_data() {
    auto const ranges = split(source_.whole, options().streams != 0 ? options().streams : default_streams);
    co_await connect(ranges.size());
    co_await upload_from(ranges, 0);
  }

  // The streams are opened one after another, as libvirt now and then refuses two that are opened at the same
  // moment, but each is written as soon as it is open.
  asio::awaitable<void> upload_from(std::vector<byte_range> const& ranges, std::size_t number) {
    auto const& to = ends()[number % ends().size()];
    auto target = stream_on(to);
    co_await open(target, to, {.range = ranges[number]});
    if (number + 1 == ranges.size())
      co_await send_range(target, ranges[number], to);
    else
      co_await (keeping_failure(send_range(target, ranges[number], to)) &&
                keeping_failure(upload_from(ranges, number + 1)));
  }

  asio::awaitable<void> send_range(stream& target, byte_range range, volume_end const& to) {
    auto const end = range.offset + range.length;
    piece sent;
    piece read = co_await read_piece(range.offset, end, make_piece_buffer(send_buffer_size));
    auto spare = make_piece_buffer(send_buffer_size);
    while (read.length() != 0) {
      std::swap(sent, read);
      read = co_await (keeping_failure(read_piece(sent.end(), end, std::exchange(spare, nullptr))) &&
                       keeping_failure(send(target, sent)));
      spare = sent.buffer;
    }
    co_await finish(target);
    co_await verify_end(range, to);
  }

  // `offset` and `end` are the volume's.
  asio::awaitable<piece> read_piece(std::uint64_t offset, std::uint64_t end,
                                    piece_buffer buffer) {
    piece read{.offset = offset, .buffer = std::move(buffer)};
    return use_file([file = source_.file, read, end, base = source_.whole.offset, holes = source_.holes]() mutable {
      auto const from = read.offset - base;
      auto const to = end - base;
      if (from == to) return read;
      section next{false, to - from};
      if (holes) next = file->section_at(from, to);
      if (!next.hole) {
        read.size = static_cast<std::size_t>(std::min<std::uint64_t>(next.length, send_buffer_size));
        if (file->read_at(from, std::span(*read.buffer).first(read.size)) != read.size)
          throw system_error(client_errc::source_too_short);
        if (read.size == next.length && from + read.size != to) next = file->section_at(from + read.size, to);
      }
      if (next.hole) read.hole = next.length;
      return read;
    });
  }

  asio::awaitable<void> send(stream& target, piece const& sent) {
    std::size_t zeros = 0;
    // What drop_contents() could not drop.
    if (sent.size == 0 && sent.offset == 0 && source_.replaces_contents) {
      zeros = 1;
      static constexpr std::byte zero{};
      co_await write(target, asio::buffer(&zero, zeros));
    }
    co_await write(target, asio::buffer(*sent.buffer, sent.size));
    if (sent.hole > zeros) co_await send_hole(target, sent.hole - zeros);
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

  std::filesystem::path const path_;
  upload_source source_;
};

}  // namespace

void start_upload(connection_ptr connection, asio::any_io_executor executor, storage_vol volume,
                  std::filesystem::path path, transfer_options options, transfer_handler_type handler) {
  auto const transfer = std::make_shared<upload>(std::move(connection), std::move(executor), std::move(volume),
                                                 std::move(path), std::move(options));
  spawn<transfer_result>(
      transfer->executor(), [transfer] { return transfer->run(); }, std::move(handler));
}

}  // namespace libvirt_asio::detail
