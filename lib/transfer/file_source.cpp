// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/file_source.hpp"

#include <algorithm>
#include <span>

namespace libvirt_asio::detail {
namespace {

struct opened_file {
  std::shared_ptr<local_file> file;
  source_facts facts;
};

// This and the next are called on a worker thread, which may outlive the context: they have nothing of the transfer's.
opened_file open_file(std::filesystem::path const& path, std::uint64_t wanted, bool sparse) {
  opened_file opened{std::make_shared<local_file>(local_file::open(path)), {}};
  auto const length = opened.file->length();
  opened.facts.length = length;
  auto const used = wanted == 0 ? length : std::min(wanted, length);
  if (used == 0 || !sparse) return opened;
  auto const first = opened.file->section_at(0, used);
  opened.facts.has_holes = first.hole || first.length != used;
  return opened;
}

// Data, and the hole that comes after it, if holes matter.
piece read_piece(local_file const& file, piece read, std::uint64_t from, std::uint64_t to, bool holes) {
  section next{false, to - from};
  if (holes) next = file.section_at(from, to);
  if (!next.hole) {
    read.size = static_cast<std::size_t>(std::min<std::uint64_t>(next.length, read.buffer->size()));
    if (file.read_at(from, std::span(*read.buffer).first(read.size)) != read.size)
      throw system_error(client_errc::source_too_short);
    if (read.size == next.length && from + read.size != to) next = file.section_at(from + read.size, to);
  }
  if (next.hole) read.hole = next.length;
  return read;
}

class file_reader final : public piece_reader {
 public:
  file_reader(volume_transfer& owner, std::shared_ptr<local_file> file, std::uint64_t volume_offset, bool holes)
      : owner_(owner), file_(std::move(file)), volume_offset_(volume_offset), holes_(holes) {}

  asio::awaitable<piece> read(std::uint64_t offset, std::uint64_t end, piece_buffer buffer) override {
    piece next{.offset = offset, .buffer = std::move(buffer)};
    if (offset == end) co_return next;
    auto read = [file = file_, next, from = offset - volume_offset_, to = end - volume_offset_, holes = holes_] {
      return read_piece(*file, next, from, to, holes);
    };
    co_return co_await owner_.use_file(std::move(read));
  }

 private:
  volume_transfer& owner_;
  std::shared_ptr<local_file> const file_;
  std::uint64_t const volume_offset_;
  bool const holes_;
};

}  // namespace

asio::awaitable<source_facts> file_source::look(byte_range wanted) {
  auto open = [path = path_, length = wanted.length, sparse = owner_.options().sparse] {
    return open_file(path, length, sparse);
  };
  auto const opened = co_await owner_.use_file(std::move(open));
  file_ = opened.file;
  co_return opened.facts;
}

asio::awaitable<std::unique_ptr<piece_reader>> file_source::read_range(upload_plan const& plan, std::size_t,
                                                                       byte_range) {
  co_return std::make_unique<file_reader>(owner_, file_, plan.whole.offset, plan.holes);
}

}  // namespace libvirt_asio::detail
