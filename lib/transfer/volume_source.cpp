// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/volume_source.hpp"

#include "transfer/volume_reader.hpp"

namespace libvirt_asio::detail {
namespace {

// As far as one can know: a host may be reached by several URIs.
void check_not_same(virStorageVolPtr source, virStorageVolPtr target) {
  if (uri_and_key(source) == uri_and_key(target)) throw system_error(asio::error::invalid_argument);
}

}  // namespace

asio::awaitable<source_facts> volume_source::look(byte_range wanted) {
  auto check = [source = share(side_.first().volume.get()), target = share(owner_.volume().first().volume.get())] {
    check_not_same(source.get(), target.get());
  };
  co_await owner_.ask_libvirt(side_, std::move(check));
  auto const size = co_await side_.size();
  source_facts facts;
  facts.length = part_of(size, wanted).length;
  facts.has_holes = size.allocation < size.physical;
  co_return facts;
}

asio::awaitable<std::unique_ptr<piece_reader>> volume_source::read_range(upload_plan const& plan, std::size_t number,
                                                                         byte_range range) {
  auto reader = std::make_unique<volume_reader>(owner_, side_, number, range, plan.holes);
  co_await reader->open();
  co_return reader;
}

}  // namespace libvirt_asio::detail
