// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EVENTS_EVENT_SOURCE_HPP
#define LIBVIRT_ASIO_EVENTS_EVENT_SOURCE_HPP

#include "events/event_source_machine.hpp"

#include <libvirt-asio/detail/event_value.hpp>
#include <libvirt-asio/error.hpp>

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace libvirt_asio::detail {

class native_connection;

/// What gets events from a source.
class event_subscriber {
 public:
  /// libvirt was asked for them: they may come from now on, and may have come before. Or it has refused.
  virtual void joined(error_code error, error_info const& info) = 0;
  virtual void event(event_value&& event) = 0;

 protected:
  ~event_subscriber() = default;
};

/// The events of one type, of all objects or of one, on one connection.
/**
 * libvirt takes a callback only once for each type and object of a connection ("event callback already tracked"): so
 * all who want them share this. It keeps the connection while libvirt has the callback, which holds a reference to it.
 *
 * libvirt gets a number instead of a pointer, and no free function, which it would call with its lock held: an event
 * that is on its way when nobody wants it any more finds nobody.
 */
class event_source final : public std::enable_shared_from_this<event_source> {
 public:
  event_source(std::shared_ptr<native_connection> connection, event_type type, std::string name, event_object object)
      : connection_(std::move(connection)), type_(type), name_(std::move(name)), object_(std::move(object)) {}
  ~event_source();
  event_source(event_source const&) = delete;
  event_source& operator=(event_source const&) = delete;

  void join(std::weak_ptr<event_subscriber> subscriber, event_subscriber const* key);
  void leave(event_subscriber const* key);

  /// For each that wants events from the source which has the number that libvirt was given, `deliver(subscriber)`.
  template <class Deliver>
  static void for_each_subscriber(void* identity, Deliver deliver) {
    for (auto const& subscriber : subscribers_of(identity))
      if (auto const alive = subscriber.lock()) deliver(*alive);
  }

 private:
  class registering;
  class deregistering;
  using subscribers = boost::container::small_vector<std::weak_ptr<event_subscriber>, 2>;

  template <class Decision>
  void perform(Decision decision, error_info const& info = {});
  [[nodiscard]] static subscribers subscribers_of(void* identity);

  std::shared_ptr<native_connection> const connection_;
  event_type const type_;
  std::string const name_;
  event_object const object_;

  std::mutex mutex_;
  event_source_machine machine_;
  std::unordered_map<event_subscriber const*, std::weak_ptr<event_subscriber>> subscribers_;
  // Of the callback that libvirt has.
  std::uintptr_t identity_ = 0;
  int callback_ = -1;
};

/// The sources of a connection.
class event_sources {
 public:
  /// That for events of a type, of an object or, without one, of all.
  [[nodiscard]] std::shared_ptr<event_source> find_or_make(std::shared_ptr<native_connection> connection,
                                                           event_type type, event_object object);
  /// The source has been destroyed; another may be in its place.
  void forget(event_type type, std::string const& name);

 private:
  std::mutex mutex_;
  std::map<std::pair<event_type, std::string>, std::weak_ptr<event_source>> sources_;
};

}  // namespace libvirt_asio::detail

#endif
