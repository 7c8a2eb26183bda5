// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_SCREENSHOTS_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_SCREENSHOTS_HPP

#include "../read_to_end.hpp"
#include "../report.hpp"
#include "thumbnail.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace web_console {

/// A small picture of a guest's screen, or why there is none.
struct picture {
  std::string mime_type;
  std::string data;
  std::string failure;
};

/// Pictures of the guests of a hypervisor: of each at most one in a few seconds, and only one at a time.
class screenshots {
 public:
  explicit screenshots(libvirt_asio::connection& connection)
      : connection_(connection), turn_(connection.get_executor(), 1) {}

  boost::asio::awaitable<std::shared_ptr<picture const>> take(std::string uuid) {
    if (auto known = find(uuid)) co_return known;
    co_await turn_.async_send({}, boost::asio::use_awaitable);
    std::unique_ptr<channel, giver> const turn(&turn_);
    // Somebody else may have asked for it, too, and had his turn.
    if (auto known = find(uuid)) co_return known;
    auto taken = std::make_shared<picture>();
    try {
      *taken = co_await take_new(uuid);
    } catch (std::exception const& error) {
      taken->failure = example::words_of(error);
    }
    remember(uuid, taken);
    co_return taken;
  }

 private:
  using clock = std::chrono::steady_clock;
  // A mutex for coroutines: who has put something into it has his turn.
  using channel = boost::asio::experimental::channel<void(libvirt_asio::error_code)>;
  struct giver {
    void operator()(channel* turn) const {
      turn->try_receive([](auto) {});
    }
  };
  struct entry {
    clock::time_point time;
    std::shared_ptr<picture const> taken;
  };

  static constexpr std::chrono::seconds shortest_interval{5};
  static constexpr std::size_t max_entries = 64;
  // Those of screens of 4K have 24 MiB.
  static constexpr std::size_t max_pixmap = std::size_t{32} << 20;
  // What cannot be made small here is passed on as it is.
  static constexpr std::size_t max_other = std::size_t{1} << 20;

  std::shared_ptr<picture const> find(std::string const& uuid) const {
    auto const found = entries_.find(uuid);
    bool const is_new = found != entries_.end() && clock::now() - found->second.time < shortest_interval;
    return is_new ? found->second.taken : nullptr;
  }

  void remember(std::string const& uuid, std::shared_ptr<picture const> taken) {
    entries_[uuid] = {clock::now(), std::move(taken)};
    if (entries_.size() <= max_entries) return;
    entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](auto const& one, auto const& two) {
      return one.second.time < two.second.time;
    }));
  }

  boost::asio::awaitable<picture> take_new(std::string const& uuid) {
    auto look_up = [uuid](virConnectPtr native) { return virDomainLookupByUUIDString(native, uuid.c_str()); };
    auto const domain = co_await connection_.async_call(std::move(look_up));
    libvirt_asio::stream stream{connection_};
    picture taken;
    taken.mime_type = co_await libvirt_asio::async_open_screenshot(stream, domain.get());
    bool const is_pixmap = taken.mime_type == "image/x-portable-pixmap";
    taken.data = co_await example::read_to_end(stream, is_pixmap ? max_pixmap : max_other);
    if (is_pixmap) taken.data = make_thumbnail(taken.data);
    co_return taken;
  }

  libvirt_asio::connection& connection_;
  channel turn_;
  std::map<std::string, entry> entries_;
};

}  // namespace web_console

#endif
