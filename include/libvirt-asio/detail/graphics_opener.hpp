// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_GRAPHICS_OPENER_HPP
#define LIBVIRT_ASIO_DETAIL_GRAPHICS_OPENER_HPP

#include <libvirt-asio/detail/call.hpp>
#include <libvirt-asio/detail/export.hpp>
#include <libvirt-asio/error.hpp>
#include <libvirt-asio/handle.hpp>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <utility>

namespace libvirt_asio::detail {

namespace asio = boost::asio;

/// A file descriptor that is closed with the object: that of an operation that was given up, for one.
class owned_descriptor {
 public:
  owned_descriptor() = default;
  explicit owned_descriptor(int number) : number_(number) {}
  owned_descriptor(owned_descriptor&& other) noexcept : number_(other.release()) {}
  owned_descriptor& operator=(owned_descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  LIBVIRT_ASIO_EXPORT ~owned_descriptor();

  [[nodiscard]] int get() const noexcept { return number_; }
  int release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

/// None is how a call says that it has failed.
template <>
struct call_value<owned_descriptor> {
  using type = owned_descriptor;
  static bool failed(owned_descriptor const& result) { return result.get() < 0; }
  static type convert(owned_descriptor&& result) { return std::move(result); }
};

/// Connects to a graphics device, on a worker thread.
class graphics_opener {
 public:
  graphics_opener(domain owner, unsigned index, bool skips_auth)
      : owner_(std::move(owner)), index_(index), skips_auth_(skips_auth) {}

  LIBVIRT_ASIO_EXPORT owned_descriptor operator()(virConnectPtr connection) const;

 private:
  domain owner_;
  unsigned index_;
  bool skips_auth_;
};

/// Makes a socket of a descriptor.
template <class Executor>
struct socket_maker {
  Executor executor;

  template <class Handler>
  void operator()(Handler&& handler, error_code error, owned_descriptor connected) {
    asio::basic_stream_socket<asio::local::stream_protocol, Executor> socket(executor);
    if (!error) socket.assign(asio::local::stream_protocol(), connected.get(), error);
    if (!error) connected.release();
    std::move(handler)(error, std::move(socket));
  }
};

}  // namespace libvirt_asio::detail

#endif
