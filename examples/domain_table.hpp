// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_DOMAIN_TABLE_HPP
#define LIBVIRT_ASIO_EXAMPLES_DOMAIN_TABLE_HPP

#include <libvirt/libvirt.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <deque>
#include <functional>
#include <iomanip>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace example {

/// What is known of a domain.
struct domain_status {
  std::string uuid;
  std::string name;
  /// Negative if it does not run.
  int id = -1;
  int state = VIR_DOMAIN_NOSTATE;
};

/// A `virDomainState` in virsh's words.
inline std::string name_of_state(int state) {
  static constexpr std::array names{"no state", "running", "idle", "paused", "in shutdown",
                                    "shut off", "crashed", "pmsuspended"};
  auto const place = static_cast<std::size_t>(state);
  return place < names.size() ? names[place] : std::to_string(state);
}

/// The domains of one hypervisor, as a table: their states, since when, and how many events they had.
class domain_table {
 public:
  /// `changed` is called after each change.
  domain_table(std::string uri, std::function<void()> changed) : uri_(std::move(uri)), changed_(std::move(changed)) {}

  [[nodiscard]] std::string const& uri() const { return uri_; }

  /// The connection is there, and these are all the domains.
  void list(std::vector<domain_status> const& all) {
    away_.reset();
    std::map<std::string, row> former;
    former.swap(rows_);
    for (auto const& each : all) {
      if (auto known = former.extract(each.uuid)) rows_.insert(std::move(known));
      put(each, false);
    }
    changed_();
  }

  void update(domain_status const& status) {
    put(status, true);
    changed_();
  }

  void remove(std::string const& uuid) {
    rows_.erase(uuid);
    changed_();
  }

  void count_event(std::string const& uuid) {
    auto const found = rows_.find(uuid);
    if (found != rows_.end()) found->second.events.push_back(std::chrono::steady_clock::now());
    changed_();
  }

  /// There is no connection; what is in the table is how it was.
  void away(std::string const& why) {
    if (away_ == why) return;
    away_ = why;
    changed_();
  }

  struct row {
    domain_status status;
    // Of the last change that was seen.
    std::optional<std::time_t> since;
    // When this run was seen first, and whether that was its start.
    std::time_t first_seen = 0;
    bool start_seen = false;
    // Of the last minute.
    std::deque<std::chrono::steady_clock::time_point> events;
  };

  /// Why there is no connection, if there is none.
  [[nodiscard]] std::optional<std::string> const& why_away() const { return away_; }

  /// Null if it is not there.
  [[nodiscard]] row const* find(std::string const& uuid) const {
    auto const found = rows_.find(uuid);
    return found == rows_.end() ? nullptr : &found->second;
  }

  /// As virsh lists them: those that run by their numbers, then the others by their names.
  [[nodiscard]] std::vector<row const*> in_order() const {
    std::vector<row const*> all;
    for (auto const& [uuid, each] : rows_) all.push_back(&each);
    auto const place = [](row const* each) {
      return std::tuple(each->status.id < 0, std::max(each->status.id, 0), each->status.name);
    };
    std::sort(all.begin(), all.end(), [&](row const* one, row const* two) { return place(one) < place(two); });
    return all;
  }

  void print(std::ostream& out) {
    for (auto& [uuid, each] : rows_) forget_old(each.events);
    out << uri_ << (away_ ? ": " + *away_ : std::string()) << '\n';
    print_line(out, "Id", "Name", "State", "Since", "Events/min");
    for (auto const* const each : in_order()) {
      auto const id = each->status.id < 0 ? "-" : std::to_string(each->status.id);
      print_line(out, id, each->status.name, name_of_state(each->status.state), time_of(each->since),
                 std::to_string(each->events.size()));
    }
    out << '\n';
  }

 private:
  void put(domain_status const& status, bool just_happened) {
    auto const [found, is_new] = rows_.try_emplace(status.uuid);
    auto& known = found->second;
    auto const now = std::time(nullptr);
    if (is_new || known.status.id != status.id) {
      known.first_seen = now;
      known.start_seen = just_happened;
    }
    if (!is_new && known.status.state != status.state) known.since = now;
    known.status = status;
  }

  static void forget_old(std::deque<std::chrono::steady_clock::time_point>& events) {
    auto const minute_ago = std::chrono::steady_clock::now() - std::chrono::minutes(1);
    while (!events.empty() && events.front() < minute_ago) events.pop_front();
  }

  static void print_line(std::ostream& out, std::string const& id, std::string const& name, std::string const& state,
                         std::string const& since, std::string const& events) {
    out << ' ' << std::left << std::setw(5) << id << std::setw(24) << name << ' ' << std::setw(14) << state
        << std::setw(21) << since << std::right << std::setw(10) << events << '\n';
  }

  static std::string time_of(std::optional<std::time_t> const& time) {
    if (!time) return "-";
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", std::localtime(&*time));
    return text.data();
  }

  std::string uri_;
  std::function<void()> changed_;
  std::optional<std::string> away_{"connecting"};
  std::map<std::string, row> rows_;
};

}  // namespace example

#endif
