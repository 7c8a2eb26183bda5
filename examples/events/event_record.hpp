// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_EVENTS_EVENT_RECORD_HPP
#define LIBVIRT_ASIO_EXAMPLES_EVENTS_EVENT_RECORD_HPP

#include "../emphasis.hpp"
#include "event_words.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace events {

/// An event, of whatever type, as it is printed.
struct event_record {
  std::string time;
  std::string uri;
  std::string type;
  /// Named as in the event's struct; the first is the object that it is about.
  boost::json::object fields;
};

/// As RFC 3339 has it, in UTC.
inline std::string time_now() {
  auto const now = std::chrono::system_clock::now().time_since_epoch();
  auto const milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  auto const seconds = static_cast<std::time_t>(milliseconds / 1'000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> day_and_time{};
  std::strftime(day_and_time.data(), day_and_time.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03uZ", static_cast<unsigned>(milliseconds % 1'000));
  return std::string(day_and_time.data()) + fraction.data();
}

/// The word of a field that has one.
inline std::optional<std::string_view> word_in(event_record const& record, std::string_view field,
                                               boost::json::value const& value) {
  if (!value.is_int64()) return std::nullopt;
  if (field != "detail") return word_of(record.type, field, value.get_int64());
  auto const happened = word_in(record, "event", record.fields.at("event"));
  return word_of(record.type + " " + std::string(happened.value_or("")), field, value.get_int64());
}

inline std::string json_of(event_record const& record) {
  boost::json::object fields;
  for (auto const& [name, value] : record.fields) {
    auto const word = word_in(record, name, value);
    fields.emplace(name, word ? boost::json::value(boost::json::string_view(*word)) : value);
  }
  return boost::json::serialize(boost::json::object{
      {"time", record.time}, {"uri", record.uri}, {"event", record.type}, {"fields", std::move(fields)}});
}

/// Such as `domain 'one'`.
inline std::string object_of(event_record const& record) {
  static std::map<std::string_view, std::string> const kinds{
      {"dom", "domain"}, {"net", "network"}, {"pool", "storage pool"}, {"dev", "node device"}, {"secret", "secret"}};
  auto const& [field, value] = *record.fields.begin();
  auto const& object = value.as_object();
  auto const* const name = object.if_contains("name");
  std::string const text((name != nullptr ? *name : object.at("uuid")).as_string());
  return kinds.at(field) + " '" + example::emphasized(text) + "'";
}

/// As virsh has it for lifecycle events. A word needs no name of its field; other values are as in JSON, so that what
/// comes from a guest does nothing to a terminal.
inline std::string text_of(event_record const& record) {
  auto text = "event '" + record.type + "' for " + object_of(record);
  auto separator = ": ";
  for (auto each = record.fields.begin() + 1; each != record.fields.end(); ++each) {
    auto const word = word_in(record, each->key(), each->value());
    text += std::exchange(separator, " ");
    text += word ? std::string(*word) : std::string(each->key()) + "=" + boost::json::serialize(each->value());
  }
  return text;
}

}  // namespace events

#endif
