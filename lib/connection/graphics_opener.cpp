// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "libvirt/error_words.hpp"

#include <libvirt-asio/detail/graphics_opener.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string_view>

namespace libvirt_asio::detail {
namespace {

// A UNIX socket's URI names it as its transport, or neither a transport nor a host: that is the default on one machine,
// or a driver in this process.
bool is_local(std::string_view uri) {
  auto const scheme = uri.substr(0, uri.find(':'));
  auto const plus = scheme.find('+');
  if (plus != scheme.npos) return scheme.substr(plus + 1) == "unix";
  auto const rest = uri.substr(scheme.size());
  return !rest.starts_with("://") || rest.starts_with(":///");
}

// A daemon says that it can pass descriptors however it is reached. Over TCP, say, libvirt's client then receives an
// answer that it cannot take, and the connection is lost. So libvirt is not asked, and its own error given in advance.
void check_descriptors_can_be_passed(virConnectPtr connection) {
  std::unique_ptr<char, decltype(&std::free)> const uri(virConnectGetURI(connection), &std::free);
  if (!uri) throw system_error(last_libvirt_error());
  if (!is_local(uri.get()))
    throw system_error(worded_error(VIR_ERR_ARGUMENT_UNSUPPORTED,
                                    "argument unsupported: fd passing is not supported by this connection"));
}

}  // namespace

owned_descriptor::~owned_descriptor() {
  if (number_ >= 0) ::close(number_);
}

owned_descriptor graphics_opener::operator()(virConnectPtr connection) const {
  check_descriptors_can_be_passed(connection);
  unsigned const flags = skips_auth_ ? unsigned{VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH} : 0U;
  owned_descriptor connected(virDomainOpenGraphicsFD(owner_.get(), index_, flags));
  // libvirt's client receives it without that.
  if (connected.get() >= 0) ::fcntl(connected.get(), F_SETFD, FD_CLOEXEC);
  return connected;
}

}  // namespace libvirt_asio::detail
