// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_CONNECTION_CONNECTION_USER_HPP
#define LIBVIRT_ASIO_CONNECTION_CONNECTION_USER_HPP

namespace libvirt_asio::detail {

/// What a connection knows of its streams.
class connection_user {
 public:
  /// libvirt has lost the connection.
  virtual void connection_lost() = 0;
  /// The connection is closed from this side.
  virtual void connection_closes() = 0;

 protected:
  ~connection_user() = default;
};

}  // namespace libvirt_asio::detail

#endif
