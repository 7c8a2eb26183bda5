// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "connection/connection_opening.hpp"

#include "libvirt/error_words.hpp"

#include <libvirt-asio/detail/libvirt_call.hpp>

#include <libvirt/virterror.h>

#include <utility>

namespace libvirt_asio::detail {
namespace {

struct authentication {
  connect_options& options;
  bool given_up = false;
};

int authenticate(virConnectCredentialPtr credentials, unsigned count, void* opaque) {
  auto& asked = *static_cast<authentication*>(opaque);
  asked.given_up = !asked.options.authenticate({credentials, count});
  return asked.given_up ? -1 : 0;
}

virConnectPtr open_native(std::string const& uri, authentication& asked) {
  auto& options = asked.options;
  virConnectAuth auth{options.credential_types.data(), static_cast<unsigned>(options.credential_types.size()),
                      &authenticate, &asked};
  return virConnectOpenAuth(uri.empty() ? nullptr : uri.c_str(), options.authenticate ? &auth : nullptr,
                            options.read_only ? unsigned{VIR_CONNECT_RO} : 0U);
}

// libvirt takes a user who gives up for one who is not let in.
void tell_who_gave_up(error_code& error, error_info& info) {
  info.code = VIR_ERR_AUTH_CANCELLED;
  error = worded_error(info.code, info.message);
}

// Only connections to a daemon have keepalive: for the others the watch is not a socket of the connection's.
bool set_keepalive(virConnectPtr connection, connect_options const& options, registration& keepalive) {
  libvirt_call const call({.registers = &keepalive});
  int const set = virConnectSetKeepAlive(connection, static_cast<int>(options.keepalive_interval.count()),
                                         options.keepalive_count);
  return set >= 0 || virGetLastErrorCode() != VIR_ERR_NO_SUPPORT;
}

}  // namespace

connection_core::opening::opening(std::weak_ptr<connection_core> owner,
                                  connection_machine::opening_number number,
                                  std::shared_ptr<event_loop_core> loop, std::string uri,
                                  connect_options options)
    : owner_(std::move(owner)),
      number_(number),
      loop_(std::move(loop)),
      uri_(std::move(uri)),
      options_(std::move(options)) {}

std::shared_ptr<connection_core::opening> connection_core::opening::make(
    std::weak_ptr<connection_core> owner, connection_machine::opening_number number,
    std::shared_ptr<event_loop_core> loop, std::string uri, connect_options options) {
  std::shared_ptr<opening> const made(
      new opening(std::move(owner), number, std::move(loop), std::move(uri), std::move(options)));
  made->identity_ = callback_registry<opening>::instance().add(made);
  return made;
}

connection_core::opening::~opening() {
  callback_registry<opening>::instance().remove(identity_);
}

std::shared_ptr<native_connection> connection_core::opening::open(error_code& error, error_info& info,
                                                                  error_code& close_callback_error) {
  virConnectPtr connection = nullptr;
  authentication asked{options_};
  {
    libvirt_call const call({.registers = &socket_});
    connection = open_native(uri_, asked);
  }
  if (connection == nullptr) {
    error = failed_call(info);
    if (asked.given_up) tell_who_gave_up(error, info);
    return nullptr;
  }
  registration keepalive;
  connection_numbers numbers;
  if (set_keepalive(connection, options_, keepalive)) numbers = {socket_.watch, keepalive.timer};
  std::shared_ptr<native_connection> native;
  try {
    native = std::make_shared<native_connection>(connection, loop_, numbers, options_.receive_window);
  } catch (system_error const& failure) {
    error = failure.code();
    virConnectClose(connection);
    return nullptr;
  }
  // Before there was something to shut down.
  if (socket_.given_up) native->socket()->now();
  close_callback_error = register_close_callback(*native);
  return native;
}

error_code connection_core::opening::register_close_callback(native_connection& native) const {
  return native.register_close_callback(&connection_core::on_close, identity_);
}

void connection_core::opening::cut_off() {
  socket_.given_up = true;
  if (loop_) loop_->shut_down(socket_.watch);
}

void connection_core::open_task::run() noexcept {
  error_info info;
  error_code error;
  error_code close_callback_error;
  auto native = attempt_->open(error, info, close_callback_error);
  auto const core = attempt_->owner().lock();
  if (!core) return;
  permit const allowed(*core);
  if (allowed) core->opened(*attempt_, error, info, std::move(native), close_callback_error);
}

void connection_core::adopt_task::run() noexcept {
  auto const error = attempt_->register_close_callback(*native_);
  auto const core = attempt_->owner().lock();
  if (!core) return;
  permit const allowed(*core);
  if (allowed) core->close_callback_registered(attempt_->number(), error);
}

}  // namespace libvirt_asio::detail
