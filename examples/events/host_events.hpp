// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_EVENTS_HOST_EVENTS_HPP
#define LIBVIRT_ASIO_EXAMPLES_EVENTS_HOST_EVENTS_HPP

#include "../look_up.hpp"
#include "../together.hpp"
#include "event_record.hpp"
#include "event_source.hpp"
#include "line_output.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace events {

struct settings {
  std::vector<std::string> uris;
  std::string domain;
  std::vector<std::string> types;
  bool loop = false;
  std::uint64_t timeout = 0;
  bool timestamp = false;
  bool json = false;
  bool list = false;
};

/// The events of one hypervisor, whatever becomes of its daemon.
class host_events {
 public:
  host_events(boost::asio::any_io_executor executor, std::string uri, settings const& wanted, line_output& output)
      : wanted_(wanted), output_(output), uri_(uri), keep_(std::move(executor), std::move(uri), options()) {
    for (auto const& type : all_types)
      if (is_wanted(type)) sources_.push_back({std::string(type.name), type.make_source(keep_.connection())});
  }

  /// For ever, unless libvirt refuses what was asked for.
  boost::asio::awaitable<void> run() {
    for (;;) {
      co_await keep_.async_next_connection();
      told_.clear();
      auto const lost = co_await follow();
      if (lost == boost::asio::error::operation_aborted) throw libvirt_asio::system_error(lost);
      // If it is not lost, there is to be another one all the same.
      keep_.connection().close();
      told_ = lost.message();
      co_await output_.remark(remark(told_));
    }
  }

 private:
  struct named_source {
    std::string type;
    std::unique_ptr<event_source> source;
  };

  static constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

  [[nodiscard]] bool is_wanted(event_type const& type) const {
    if (wanted_.types.empty()) return wanted_.domain.empty() || type.of_domains;
    return std::find(wanted_.types.begin(), wanted_.types.end(), type.name) != wanted_.types.end();
  }

  libvirt_asio::connector_options options() {
    libvirt_asio::connector_options wanted;
    wanted.longest_delay = std::chrono::seconds(2);
    // Once for as many attempts as fail alike.
    wanted.failed = [this](libvirt_asio::error_code error, auto) {
      if (std::exchange(told_, error.message()) != error.message()) output_.remark_soon(remark(told_));
    };
    return wanted;
  }

  [[nodiscard]] std::string remark(std::string const& text) const {
    return "events: " + (uri_.empty() ? text : uri_ + ": " + text);
  }

  /// Until the connection is lost; why.
  boost::asio::awaitable<libvirt_asio::error_code> follow() {
    try {
      co_await name_host();
      auto const subscribed = co_await subscribe();
      co_await output_.remark(remark("waiting for events"));
      std::vector<boost::asio::awaitable<void>> parts;
      for (auto* const each : subscribed) parts.push_back(print_all(*each));
      co_await example::until_all_end(std::move(parts));
      co_return libvirt_asio::client_errc::connection_lost;
    } catch (libvirt_asio::system_error const& error) {
      co_return error.code();
    }
  }

  /// libvirt's default has a name, too.
  boost::asio::awaitable<void> name_host() {
    uri_ = co_await keep_.connection().async_call(&virConnectGetURI);
  }

  boost::asio::awaitable<std::vector<named_source*>> subscribe() {
    auto const domain = co_await look_up();
    std::vector<named_source*> subscribed;
    std::map<std::string, std::string> refusals;
    for (auto& each : sources_) {
      auto const error = co_await caught(each.source->subscribe(domain.get()));
      if (error) co_await throw_if_lost(error);
      if (!error) subscribed.push_back(&each);
      if (error) refusals[error.message()] += " " + each.type;
    }
    co_await accept(refusals);
    co_return subscribed;
  }

  /// A hypervisor need not have the events of all types, unless they were asked for by their names.
  boost::asio::awaitable<void> accept(std::map<std::string, std::string> const& refusals) {
    for (auto const& [words, types] : refusals) {
      auto const text = "no events of" + types + ": " + words;
      if (!wanted_.types.empty()) throw std::runtime_error(uri_ + ": " + text);
      if (told_refusals_.insert(text).second) co_await output_.remark(remark(text));
    }
  }

  /// The domain that was asked for; null for all.
  boost::asio::awaitable<libvirt_asio::domain> look_up() {
    if (wanted_.domain.empty()) co_return nullptr;
    auto by_name = [name = wanted_.domain](virConnectPtr native) { return example::look_up_domain(native, name); };
    auto [error, domain] = co_await keep_.connection().async_call(std::move(by_name), as_result);
    if (error) co_await throw_if_lost(error);
    if (error) throw std::runtime_error(uri_ + ": " + error.message());
    co_return std::move(domain);
  }

  /// Otherwise it is libvirt that refuses, which it would do again.
  boost::asio::awaitable<void> throw_if_lost(libvirt_asio::error_code why) {
    auto const [error, is_alive] = co_await keep_.connection().async_call(&virConnectIsAlive, as_result);
    if (error || is_alive == 0) throw libvirt_asio::system_error(why);
  }

  static boost::asio::awaitable<libvirt_asio::error_code> caught(boost::asio::awaitable<void> part) {
    try {
      co_await std::move(part);
      co_return libvirt_asio::error_code();
    } catch (libvirt_asio::system_error const& error) {
      co_return error.code();
    }
  }

  /// Until the connection is lost, and all is printed that has come before.
  boost::asio::awaitable<void> print_all(named_source& from) {
    for (;;) {
      auto [error, fields] = co_await from.source->next();
      if (error == libvirt_asio::client_errc::connection_lost) co_return;
      if (error == libvirt_asio::client_errc::events_lost) {
        auto const count = std::to_string(from.source->lost());
        auto const text = remark(count + " of '" + from.type + "': " + error.message());
        co_await output_.remark(text);
      } else if (error) {
        throw libvirt_asio::system_error(error);
      } else {
        event_record const record{time_now(), uri_, from.type, std::move(fields)};
        co_await output_.print(line_of(record));
      }
    }
  }

  [[nodiscard]] std::string line_of(event_record const& record) const {
    if (wanted_.json) return json_of(record);
    std::string line;
    if (wanted_.timestamp) line += record.time + ": ";
    if (wanted_.uris.size() > 1) line += record.uri + ": ";
    return line + text_of(record);
  }

  settings const& wanted_;
  line_output& output_;
  std::string uri_;
  std::string told_;
  std::set<std::string> told_refusals_;
  libvirt_asio::connector keep_;
  std::vector<named_source> sources_;
};

}  // namespace events

#endif
