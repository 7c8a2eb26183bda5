// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TRANSFER_VOLUME_SIDE_HPP
#define LIBVIRT_ASIO_TRANSFER_VOLUME_SIDE_HPP

#include "transfer/volume_size.hpp"

#include <libvirt-asio/connection.hpp>
#include <libvirt-asio/handle.hpp>
#include <libvirt-asio/stream.hpp>
#include <libvirt-asio/transfer.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace libvirt_asio::detail {

class volume_transfer;

/// By these another connection finds a volume. Asks libvirt, which blocks; throws a `system_error`.
[[nodiscard]] std::pair<std::string, std::string> uri_and_key(virStorageVolPtr volume);

/// One end of a stream of a transfer: a connection, and the volume as that connection knows it.
struct volume_end {
  connection_ptr connection;
  storage_vol volume;
};

/// A volume of a transfer, and the connections by which it is reached.
class volume_side {
 public:
  volume_side(volume_transfer& owner, connection_ptr connection, storage_vol volume);
  volume_side(volume_side const&) = delete;
  volume_side& operator=(volume_side const&) = delete;

  /// Opens further connections like the first one, until there are `count`; fewer if they cannot be opened.
  asio::awaitable<void> connect(std::size_t count);

  /// Asks libvirt.
  asio::awaitable<volume_size> size();

  [[nodiscard]] std::size_t connections() const { return ends_.size(); }
  [[nodiscard]] volume_end const& first() const { return ends_.front(); }
  [[nodiscard]] volume_end const& of_range(std::size_t number) const { return ends_[number % ends_.size()]; }

  /// A stream to be opened on a connection.
  [[nodiscard]] stream stream_on(volume_end const& end) const;

  /// Whether the connection that was given to the transfer is open.
  [[nodiscard]] bool is_open() const { return first().connection->native_handle() != nullptr; }
  void cut_off();

 private:
  asio::awaitable<void> connect_once(std::string const& uri, std::string const& key);

  volume_transfer& owner_;
  // Volumes go before their connections: closing a connection must not be left to the last of them.
  std::vector<connection> further_;
  std::vector<volume_end> ends_;
};

}  // namespace libvirt_asio::detail

#endif
