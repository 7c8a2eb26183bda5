// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_VOLUME_LISTING_HPP
#define LIBVIRT_ASIO_EXAMPLES_VOLUME_LISTING_HPP

#include "../look_up.hpp"
#include "../readable_size.hpp"
#include "../text_table.hpp"
#include "volume_facts.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include <fnmatch.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace volume {

struct listing_settings {
  std::string uri;
  /// A pattern as of file names; empty for all.
  std::string pool;
  std::string volume;
  bool json = false;
};

// On a worker thread, down to `find`.

/// Those that are active. If the pattern matches none of them, the pool of that name, of which libvirt will complain.
inline std::vector<libvirt_asio::storage_pool> pools_like(virConnectPtr connection, std::string const& pattern) {
  auto pools = example::list_storage_pools(connection, VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE);
  if (pattern.empty()) return pools;
  std::erase_if(pools, [&](libvirt_asio::storage_pool const& pool) {
    return ::fnmatch(pattern.c_str(), virStoragePoolGetName(pool.get()), 0) != 0;
  });
  if (!pools.empty()) return pools;
  pools.emplace_back(virStoragePoolLookupByName(connection, pattern.c_str()));
  example::check(pools.back() != nullptr);
  return pools;
}

/// Those that are deleted in the meantime are left out.
inline std::vector<volume_facts> list(virConnectPtr connection, std::string const& pattern) {
  std::vector<volume_facts> all;
  for (auto const& pool : pools_like(connection, pattern)) {
    for (auto const& each : example::list_volumes(pool.get())) {
      try {
        all.push_back(facts_of(virStoragePoolGetName(pool.get()), each.get()));
      } catch (libvirt_asio::system_error const& error) {
        if (error.code() != libvirt_asio::errc::no_storage_vol) throw;
      }
    }
  }
  return all;
}

/// By its name, its key or its path; its name may be in several pools.
inline std::vector<volume_facts> find(virConnectPtr connection, std::string const& pattern, std::string const& text) {
  std::vector<volume_facts> found;
  auto const pools = pools_like(connection, pattern);
  for (auto const& pool : pools) {
    std::string const name = virStoragePoolGetName(pool.get());
    if (libvirt_asio::storage_vol const each{example::look_up_volume(connection, name, text)})
      found.push_back(facts_of(name, each.get()));
  }
  // Without a pool nobody has been asked yet.
  if (pools.empty()) libvirt_asio::storage_vol const none(virStorageVolLookupByKey(connection, text.c_str()));
  example::check(!found.empty());
  return found;
}

inline std::string json_of(volume_facts const& facts) {
  return boost::json::serialize(boost::json::value_from(facts));
}

inline void print_table(std::vector<volume_facts> const& all) {
  example::text_table table({"Pool", "Name", "Capacity", "Allocation", "Path"});
  for (auto const& each : all)
    table.add({each.pool, each.name, example::readable_size(each.capacity), example::readable_size(each.allocation),
               each.path});
  table.print(std::cout);
}

/// As `virsh vol-info` does, and more.
inline void print_details(volume_facts const& facts) {
  std::vector<std::pair<std::string, std::string>> const lines{
      {"Name:", facts.name},
      {"Pool:", facts.pool},
      {"Type:", facts.type},
      {"Format:", facts.format},
      {"Capacity:", example::readable_size(facts.capacity)},
      {"Allocation:", example::readable_size(facts.allocation)},
      {"Physical:", example::readable_size(facts.physical)},
      {"Path:", facts.path},
      {"Key:", facts.key},
      {"Backing:", facts.backing},
  };
  for (auto const& [label, value] : lines)
    if (!value.empty()) std::cout << label << std::string(16 - label.size(), ' ') << value << '\n';
  std::cout << '\n';
}

inline void print_all(std::vector<volume_facts> all, listing_settings const& wanted) {
  auto const place = [](volume_facts const& facts) { return std::tie(facts.pool, facts.name); };
  std::sort(all.begin(), all.end(), [&](auto const& one, auto const& two) { return place(one) < place(two); });
  if (!wanted.json && wanted.volume.empty()) return print_table(all);
  for (auto const& each : all) {
    if (wanted.json)
      std::cout << json_of(each) << '\n';
    else
      print_details(each);
  }
}

/// Without a volume all are listed; otherwise that one is told of in full.
inline boost::asio::awaitable<void> show(listing_settings wanted) {
  libvirt_asio::connection connection{co_await boost::asio::this_coro::executor};
  co_await connection.async_open(wanted.uri);
  auto look = [pool = wanted.pool, volume = wanted.volume](virConnectPtr native) {
    return volume.empty() ? list(native, pool) : find(native, pool, volume);
  };
  auto all = co_await connection.async_call(std::move(look));
  co_await connection.async_close();
  print_all(std::move(all), wanted);
}

}  // namespace volume

#endif
