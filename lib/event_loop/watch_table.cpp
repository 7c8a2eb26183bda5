// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "event_loop/watch_table.hpp"

#include <utility>

namespace libvirt_asio::detail {

watched_descriptor& watch_table::add(int fd, watch added) {
  auto& descriptor = descriptors_[fd];
  if (!descriptor) descriptor = std::make_unique<watched_descriptor>(fd, next_serial());
  descriptor_of_watch_.emplace(added.id, fd);
  descriptor->watches.push_back(std::move(added));
  return *descriptor;
}

watch_table::entry watch_table::find(int watch_id) {
  auto const fd = descriptor_of_watch_.find(watch_id);
  if (fd == descriptor_of_watch_.end()) return {};
  watched_descriptor& descriptor = *descriptors_.at(fd->second);
  return {&descriptor, descriptor.find(watch_id)};
}

void watch_table::remove(entry const& removed) {
  watched_descriptor& descriptor = *removed.descriptor;
  descriptor_of_watch_.erase(removed.watched->id);
  descriptor.watches.erase(descriptor.watches.begin() + (removed.watched - descriptor.watches.data()));
  if (descriptor.watches.empty()) descriptors_.erase(descriptor.fd);
}

void watch_table::clear() {
  descriptor_of_watch_.clear();
  descriptors_.clear();
}

watched_descriptor* watch_table::descriptor(int fd, std::uint32_t serial) {
  auto const found = descriptors_.find(fd);
  if (found == descriptors_.end() || found->second->serial != serial) return nullptr;
  return found->second.get();
}

}  // namespace libvirt_asio::detail
