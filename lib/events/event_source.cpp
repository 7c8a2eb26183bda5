// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "events/event_source.hpp"

#include "connection/native_connection.hpp"
#include "event_loop/run_outside_callbacks.hpp"
#include "events/event_callbacks.hpp"
#include "events/event_objects.hpp"
#include "libvirt/callback_registry.hpp"
#include "libvirt/registration.hpp"

#include <libvirt-asio/detail/call.hpp>
#include <libvirt-asio/detail/libvirt_call.hpp>

#include <utility>
#include <vector>

namespace libvirt_asio::detail {

class event_source::registering final : public task {
 public:
  explicit registering(std::shared_ptr<event_source> source) : source_(std::move(source)) {}

  void run() noexcept override {
    auto& source = *source_;
    source.identity_ = callback_registry<event_source>::instance().add(source_);
    error_info info;
    auto const error = ask_libvirt(info);
    if (error) callback_registry<event_source>::instance().remove(source.identity_);
    source.perform([&](auto& to_do) { source.machine_.registered(error, to_do); }, info);
  }

 private:
  [[nodiscard]] error_code ask_libvirt(error_info& info) const {
    registration registered;
    libvirt_call const call({.registers = &registered});
    source_->callback_ = register_events(source_->connection_->get(), source_->type_, source_->object_,
                                         reinterpret_cast<void*>(source_->identity_));
    if (source_->callback_ < 0) return failed_call(info);
    flush(registered.timer);
    return {};
  }

  // With its last callback libvirt removes the timer by which it calls them, and with the next first one adds another.
  // An event that comes in between may stay in its queue, and then all others behind it: libvirt switches the timer on
  // for the first one in the queue only (`virObjectEventStateQueueRemote`). So a new timer is switched on once.
  static void flush(int timer) {
    auto const loop = current_event_loop();
    if (loop && timer != 0) loop->update_timeout(timer, 0);
  }

  std::shared_ptr<event_source> const source_;
};

class event_source::deregistering final : public task {
 public:
  explicit deregistering(std::shared_ptr<event_source> source) : source_(std::move(source)) {}

  // Nobody is left to tell of a failure, which the loss of the connection is, or will be, the cause of.
  void run() noexcept override {
    auto& source = *source_;
    callback_registry<event_source>::instance().remove(source.identity_);
    {
      libvirt_call const call;
      deregister_events(source.connection_->get(), source.type_, source.callback_);
    }
    // While it calls others libvirt only marks the callback, whose reference to the connection goes after that.
    run_outside_callbacks([source = source_] {
      source->perform([&](auto& to_do) { source->machine_.deregistered(to_do); });
    });
  }

 private:
  std::shared_ptr<event_source> const source_;
};

event_source::~event_source() {
  connection_->events().forget(type_, name_);
}

// Whom to tell is told without the mutex.
template <class Decision>
void event_source::perform(Decision decision, error_info const& info) {
  event_source_machine::actions to_do;
  std::vector<std::weak_ptr<event_subscriber>> told;
  {
    std::lock_guard const lock(mutex_);
    decision(to_do);
    for (auto const* const each : to_do.tell) {
      auto const found = subscribers_.find(each);
      told.push_back(found->second);
      if (to_do.error) subscribers_.erase(found);
    }
  }
  if (to_do.start_registering) connection_->calls()->submit(std::make_shared<registering>(shared_from_this()));
  if (to_do.start_deregistering) connection_->calls()->submit(std::make_shared<deregistering>(shared_from_this()));
  for (auto const& subscriber : told)
    if (auto const alive = subscriber.lock()) alive->joined(to_do.error, info);
}

void event_source::join(std::weak_ptr<event_subscriber> subscriber, event_subscriber const* key) {
  perform([&](auto& to_do) {
    subscribers_.emplace(key, std::move(subscriber));
    machine_.join(key, to_do);
  });
}

void event_source::leave(event_subscriber const* key) {
  perform([&](auto& to_do) {
    if (subscribers_.erase(key) != 0) machine_.leave(key, to_do);
  });
}

event_source::subscribers event_source::subscribers_of(void* identity) {
  subscribers found;
  auto const source = callback_registry<event_source>::instance().find(reinterpret_cast<std::uintptr_t>(identity));
  if (!source) return found;
  std::lock_guard const lock(source->mutex_);
  for (auto const& each : source->subscribers_) found.push_back(each.second);
  return found;
}

std::shared_ptr<event_source> event_sources::find_or_make(std::shared_ptr<native_connection> connection,
                                                          event_type type, event_object object) {
  auto const name = name_of(object);
  auto source = std::make_shared<event_source>(std::move(connection), type, name, std::move(object));
  std::shared_ptr<event_source> known;
  {
    std::lock_guard const lock(mutex_);
    auto& place = sources_[{type, name}];
    known = place.lock();
    if (!known) place = source;
  }
  return known ? known : source;
}

void event_sources::forget(event_type type, std::string const& name) {
  std::lock_guard const lock(mutex_);
  auto const found = sources_.find({type, name});
  if (found != sources_.end() && found->second.expired()) sources_.erase(found);
}

}  // namespace libvirt_asio::detail
