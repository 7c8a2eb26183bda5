// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENT_LOOP_WATCH_TABLE_HPP
#define LIBVIRT_ASIO_EVENT_LOOP_WATCH_TABLE_HPP

#include "event_loop/watched_descriptor.hpp"

#include <cstdint>
#include <memory>
#include <unordered_map>

namespace libvirt_asio::detail {

/// libvirt's handles by the numbers of their watches, and their descriptors.
class watch_table {
 public:
  /// A watch, with its descriptor; both null if there is none of that number.
  struct entry {
    watched_descriptor* descriptor = nullptr;
    watch* watched = nullptr;

    explicit operator bool() const { return watched != nullptr; }
  };

  /// The descriptor may have had watches before.
  watched_descriptor& add(int fd, watch added);
  [[nodiscard]] entry find(int watch_id);
  /// Removes one that was found, and the descriptor if that was its last. The descriptor must have been taken
  /// out of everything else.
  void remove(entry const& removed);
  void clear();

  /// The descriptor of that number, if it is still the same file's.
  [[nodiscard]] watched_descriptor* descriptor(int fd, std::uint32_t serial);
  [[nodiscard]] auto const& descriptors() const { return descriptors_; }
  [[nodiscard]] bool empty() const { return descriptors_.empty(); }

  [[nodiscard]] std::uint32_t next_serial() { return ++last_serial_; }

 private:
  std::unordered_map<int, std::unique_ptr<watched_descriptor>> descriptors_;
  std::unordered_map<int, int> descriptor_of_watch_;
  std::uint32_t last_serial_ = 0;
};

}  // namespace libvirt_asio::detail

#endif
