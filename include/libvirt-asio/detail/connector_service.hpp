// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_CONNECTOR_SERVICE_HPP
#define LIBVIRT_ASIO_DETAIL_CONNECTOR_SERVICE_HPP

#include <libvirt-asio/detail/export.hpp>
#include <libvirt-asio/detail/services.hpp>
#include <libvirt-asio/error.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

namespace libvirt_asio {

struct connector_options;

}  // namespace libvirt_asio

namespace libvirt_asio::detail {

/// What a connector object owns.
class connector_service {
 public:
  using handler_type = asio::any_completion_handler<void(error_code)>;

  virtual ~connector_service() = default;
  virtual void next_connection(handler_type handler) = 0;
  virtual void close() noexcept = 0;
};

LIBVIRT_ASIO_EXPORT [[nodiscard]]
std::shared_ptr<connector_service> make_connector(asio::any_io_executor executor,
                                                  std::shared_ptr<connection_service> connection, std::string uri,
                                                  connector_options options);

}  // namespace libvirt_asio::detail

#endif
