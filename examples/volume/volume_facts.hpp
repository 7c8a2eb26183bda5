// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_VOLUME_VOLUME_FACTS_HPP
#define LIBVIRT_ASIO_EXAMPLES_VOLUME_VOLUME_FACTS_HPP

#include "../volume_description.hpp"

#include <boost/describe/class.hpp>

#include <cstdint>
#include <string>

namespace volume {

/// What there is to know of a volume; sizes are in bytes.
struct volume_facts {
  std::string pool;
  std::string name;
  std::string key;
  std::string path;
  /// "file" or "block", say.
  std::string type;
  /// "raw" or "qcow2", say; empty if it has none.
  std::string format;
  /// The path of what its contents are based on; empty if it is based on nothing.
  std::string backing;
  std::uint64_t capacity = 0;
  std::uint64_t allocation = 0;
  std::uint64_t physical = 0;
};

BOOST_DESCRIBE_STRUCT(volume_facts, (),
                      (pool, name, key, path, type, format, backing, capacity, allocation, physical))

/// libvirt tells all of it at once by the volume's XML. On a worker thread.
inline volume_facts facts_of(std::string const& pool, virStorageVolPtr volume) {
  auto const root = example::describe_volume(volume);
  return {
      .pool = pool,
      .name = root.get("name", ""),
      .key = root.get("key", ""),
      .path = root.get("target.path", ""),
      .type = root.get("<xmlattr>.type", ""),
      .format = root.get("target.format.<xmlattr>.type", ""),
      .backing = root.get("backingStore.path", ""),
      .capacity = root.get("capacity", std::uint64_t{0}),
      .allocation = root.get("allocation", std::uint64_t{0}),
      .physical = root.get("physical", std::uint64_t{0}),
  };
}

}  // namespace volume

#endif
