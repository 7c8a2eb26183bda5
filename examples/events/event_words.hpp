// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_EVENTS_EVENT_WORDS_HPP
#define LIBVIRT_ASIO_EXAMPLES_EVENTS_EVENT_WORDS_HPP

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace events {

/// The words of the values of an enum, from 0 on.
using enum_words = std::vector<std::string_view>;

// Those of virsh, by the names of the type of event and of the field; of the details of a domain's lifecycle, also by
// what has happened.
inline std::map<std::pair<std::string_view, std::string_view>, enum_words> const all_words{
    {{"lifecycle", "event"},
     {"Defined", "Undefined", "Started", "Suspended", "Resumed", "Stopped", "Shutdown", "PMSuspended", "Crashed"}},
    {{"lifecycle Defined", "detail"}, {"Added", "Updated", "Renamed", "Snapshot"}},
    {{"lifecycle Undefined", "detail"}, {"Removed", "Renamed"}},
    {{"lifecycle Started", "detail"}, {"Booted", "Migrated", "Restored", "Snapshot", "Event wakeup"}},
    {{"lifecycle Suspended", "detail"},
     {"Paused", "Migrated", "I/O Error", "Watchdog", "Restored", "Snapshot", "API error", "Post-copy",
      "Post-copy Error"}},
    {{"lifecycle Resumed", "detail"}, {"Unpaused", "Migrated", "Snapshot", "Post-copy", "Post-copy Error"}},
    {{"lifecycle Stopped", "detail"}, {"Shutdown", "Destroyed", "Crashed", "Migrated", "Saved", "Failed", "Snapshot"}},
    {{"lifecycle Shutdown", "detail"}, {"Finished", "Finished after guest request", "Finished after host request"}},
    {{"lifecycle PMSuspended", "detail"}, {"Memory", "Disk"}},
    {{"lifecycle Crashed", "detail"}, {"Panicked", "Crashloaded"}},
    {{"watchdog", "action"}, {"none", "pause", "reset", "poweroff", "shutdown", "debug", "inject-nmi"}},
    {{"io-error", "action"}, {"none", "pause", "report"}},
    {{"io-error-reason", "action"}, {"none", "pause", "report"}},
    {{"graphics", "phase"}, {"connect", "initialize", "disconnect"}},
    {{"block-job", "type"},
     {"Unknown job", "Block Pull", "Block Copy", "Block Commit", "Active Block Commit", "Backup"}},
    {{"block-job", "status"}, {"completed", "failed", "canceled", "ready"}},
    {{"block-job-2", "type"},
     {"Unknown job", "Block Pull", "Block Copy", "Block Commit", "Active Block Commit", "Backup"}},
    {{"block-job-2", "status"}, {"completed", "failed", "canceled", "ready"}},
    {{"disk-change", "reason"}, {"changed", "dropped"}},
    {{"tray-change", "reason"}, {"opened", "closed"}},
    {{"agent-lifecycle", "state"}, {"unknown", "connected", "disconnected"}},
    {{"agent-lifecycle", "reason"}, {"unknown", "domain started", "channel event"}},
    {{"metadata-change", "type"}, {"description", "title", "element"}},
    {{"memory-failure", "recipient"}, {"hypervisor", "guest"}},
    {{"memory-failure", "action"}, {"ignore", "inject", "fatal", "reset"}},
    {{"channel-lifecycle", "state"}, {"unknown", "connected", "disconnected"}},
    {{"channel-lifecycle", "reason"}, {"unknown", "domain started", "channel event"}},
    {{"net-lifecycle", "event"}, {"Defined", "Undefined", "Started", "Stopped"}},
    {{"net-metadata-change", "type"}, {"description", "title", "element"}},
    {{"pool-lifecycle", "event"}, {"Defined", "Undefined", "Started", "Stopped", "Created", "Deleted"}},
    {{"nodedev-lifecycle", "event"}, {"Created", "Deleted", "Defined", "Undefined"}},
    {{"secret-lifecycle", "event"}, {"Defined", "Undefined"}},
};

/// None of a field that has no words, nor of a value that libvirt has come to know since.
inline std::optional<std::string_view> word_of(std::string_view scope, std::string_view field, std::int64_t value) {
  auto const found = all_words.find({scope, field});
  if (found == all_words.end() || value < 0) return std::nullopt;
  auto const place = static_cast<std::size_t>(value);
  if (place >= found->second.size()) return std::nullopt;
  return found->second[place];
}

}  // namespace events

#endif
