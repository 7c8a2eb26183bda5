// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/volume_side.hpp"

#include "transfer/volume_transfer.hpp"

#include <boost/asio/as_tuple.hpp>

#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

namespace libvirt_asio::detail {

std::pair<std::string, std::string> uri_and_key(virStorageVolPtr volume) {
  std::unique_ptr<char, decltype(&std::free)> const uri(virConnectGetURI(virStorageVolGetConnect(volume)),
                                                        &std::free);
  char const* const key = virStorageVolGetKey(volume);
  error_info info;
  if (!uri || key == nullptr) throw system_error(failed_call(info));
  return {uri.get(), key};
}

volume_side::volume_side(volume_transfer& owner, connection_ptr connection, storage_vol volume) : owner_(owner) {
  ends_.push_back({std::move(connection), std::move(volume)});
  owner_.add_side(*this);
}

asio::awaitable<volume_size> volume_side::size() {
  auto ask = [volume = share(first().volume.get())] { return size_of(volume.get()); };
  co_return co_await owner_.ask_libvirt(*this, std::move(ask));
}

asio::awaitable<void> volume_side::connect(std::size_t count) {
  // A connection without a socket has its driver in this process: another one would not go any faster.
  if (count < 2 || !first().connection->has_socket()) co_return;
  auto ask = [volume = share(first().volume.get())] { return uri_and_key(volume.get()); };
  auto const [uri, key] = co_await owner_.ask_libvirt(*this, std::move(ask));
  std::vector<asio::awaitable<void>> attempts;
  while (attempts.size() + 1 < count) attempts.push_back(connect_once(uri, key));
  co_await owner_.all(std::move(attempts));
}

asio::awaitable<void> volume_side::connect_once(std::string const& uri, std::string const& key) {
  connection further(owner_.executor());
  auto const options = first().connection->options();
  std::optional<stall_watch::step> step;
  // Whoever is asked for a password may take their time.
  if (!options.authenticate) owner_.wait_for_libvirt(step);
  auto const [error] = co_await further.async_open(uri, options, asio::as_tuple(asio::use_awaitable));
  if (error) co_return;
  if (!step) owner_.wait_for_libvirt(step);
  auto lookup = [key](virConnectPtr native) { return virStorageVolLookupByKey(native, key.c_str()); };
  auto found = co_await further.async_call(std::move(lookup), asio::use_awaitable);
  ends_.push_back({core_access::of(further), std::move(found)});
  further_.push_back(std::move(further));
}

stream volume_side::stream_on(volume_end const& end) const {
  return core_access::make_stream<stream>(owner_.executor(), end.connection);
}

void volume_side::cut_off() {
  for (auto const& end : ends_) end.connection->cut_off();
}

}  // namespace libvirt_asio::detail
