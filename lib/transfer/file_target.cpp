// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/file_target.hpp"

namespace libvirt_asio::detail {
namespace {

// The packets of one stream arrive while those of the other are copied out of libvirt.
constexpr unsigned default_streams = 2;

// On a worker thread, which may outlive the context: it has nothing of the transfer's.
std::shared_ptr<part_file> open_file(virStorageVolPtr volume, std::filesystem::path const& path, byte_range whole,
                                     std::vector<byte_range> const& ranges, bool resumes) {
  auto const* const key = virStorageVolGetKey(volume);
  auto const make = resumes ? &part_file::resume : &part_file::create;
  return std::make_shared<part_file>(make(path, key == nullptr ? "" : key, whole, ranges));
}

}  // namespace

asio::awaitable<std::vector<byte_range>> file_target::open(byte_range whole) {
  auto open = [volume = share(owner_.volume().first().volume.get()), path = path_, whole,
               ranges = owner_.cut(whole, default_streams), resumes = owner_.options().resume] {
    return open_file(volume.get(), path, whole, ranges, resumes);
  };
  file_ = co_await owner_.use_file_to_end(std::move(open));
  co_return file_->ranges_left();
}

asio::awaitable<void> file_target::store(std::size_t range, piece const& stored) {
  auto write = [file = file_, range, stored] {
    file->write_at(stored.offset, stored.data());
    file->record_progress(range, stored.end());
  };
  co_await owner_.use_file_to_end(std::move(write));
}

asio::awaitable<void> file_target::complete() {
  auto complete = [file = file_] { file->complete(); };
  co_await owner_.use_file_to_end(std::move(complete));
}

asio::awaitable<void> file_target::discard() {
  if (!file_ || owner_.options().resume) co_return;
  auto discard = [file = file_] { file->discard(); };
  try {
    co_await owner_.use_file_to_end(discard);
  } catch (system_error const&) {
    // The connection is closed, and has no worker threads any more.
    discard();
  }
}

}  // namespace libvirt_asio::detail
