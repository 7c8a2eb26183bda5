// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/volume_source.hpp"

#include "transfer/received_piece.hpp"

namespace libvirt_asio::detail {
namespace {

// As far as one can know: a host may be reached by several URIs.
bool are_same(virStorageVolPtr one, virStorageVolPtr other) {
  return uri_and_key(one) == uri_and_key(other);
}

volume_size size_of_source(virStorageVolPtr source, virStorageVolPtr target) {
  if (are_same(source, target)) throw system_error(asio::error::invalid_argument);
  return size_of(source);
}

class volume_reader final : public piece_reader {
 public:
  volume_reader(volume_transfer& owner, stream source, byte_range range, bool sparse)
      : owner_(owner), source_(std::move(source)), end_(range.offset + range.length), sparse_(sparse) {}

  // To the end of the stream, which libvirt wants to have been read.
  asio::awaitable<piece> read(std::uint64_t offset, std::uint64_t, piece_buffer buffer) override {
    auto received = co_await receive_piece(owner_, source_, offset, std::move(buffer), sparse_);
    if (received.length() == 0 && offset != end_) throw system_error(client_errc::source_too_short);
    co_return received;
  }

  asio::awaitable<void> finish() override { co_await owner_.finish(source_); }

 private:
  volume_transfer& owner_;
  stream source_;
  std::uint64_t const end_;
  bool const sparse_;
};

}  // namespace

asio::awaitable<source_facts> volume_source::look(byte_range wanted) {
  auto ask = [source = share(side_.first().volume.get()), target = share(target_)] {
    return size_of_source(source.get(), target.get());
  };
  auto const size = co_await owner_.ask_libvirt(side_, std::move(ask));
  source_facts facts;
  facts.length = part_of(size, wanted).length;
  facts.has_holes = size.allocation < size.physical;
  co_return facts;
}

asio::awaitable<void> volume_source::open(upload_plan const& plan, std::size_t ranges) {
  holes_ = plan.holes;
  co_await side_.connect(ranges);
}

asio::awaitable<std::unique_ptr<piece_reader>> volume_source::read_range(std::size_t number, byte_range range) {
  auto const& from = side_.of_range(number);
  auto source = side_.stream_on(from);
  download_options const opened{.range = range, .sparse = holes_};
  {
    auto const step = owner_.wait_for_libvirt();
    co_await async_open_download(source, from.volume.get(), opened, asio::use_awaitable);
  }
  co_return std::make_unique<volume_reader>(owner_, std::move(source), range, holes_);
}

}  // namespace libvirt_asio::detail
