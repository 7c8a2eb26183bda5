// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_TRANSFER_INITIATION_HPP
#define LIBVIRT_ASIO_DETAIL_TRANSFER_INITIATION_HPP

#include <libvirt-asio/connection.hpp>
#include <libvirt-asio/detail/export.hpp>
#include <libvirt-asio/handle.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <filesystem>
#include <memory>
#include <type_traits>
#include <utility>

namespace libvirt_asio {

struct transfer_options;
struct transfer_result;

}  // namespace libvirt_asio

namespace libvirt_asio::detail {

class transfer_sink;
class transfer_source;

/// A connection that lives for as long as a transfer needs it.
using connection_ptr = std::shared_ptr<connection_service>;

using transfer_handler_type = asio::any_completion_handler<void(error_code, transfer_result)>;

LIBVIRT_ASIO_EXPORT
void start_download(connection_ptr connection, asio::any_io_executor executor, storage_vol volume,
                    std::filesystem::path path, transfer_options options, transfer_handler_type handler);
LIBVIRT_ASIO_EXPORT
void start_download_to_sink(connection_ptr connection, asio::any_io_executor executor, storage_vol volume,
                            std::unique_ptr<transfer_sink> sink, transfer_options options,
                            transfer_handler_type handler);
LIBVIRT_ASIO_EXPORT
void start_upload(connection_ptr connection, asio::any_io_executor executor, storage_vol volume,
                  std::filesystem::path path, transfer_options options, transfer_handler_type handler);
LIBVIRT_ASIO_EXPORT
void start_upload_from_source(connection_ptr connection, asio::any_io_executor executor, storage_vol volume,
                              std::unique_ptr<transfer_source> source, transfer_options options,
                              transfer_handler_type handler);
LIBVIRT_ASIO_EXPORT
void start_copy(connection_ptr from, asio::any_io_executor executor, storage_vol source, connection_ptr to,
                storage_vol target, transfer_options options, transfer_handler_type handler);

/// The initiation of a transfer that `Start`, one of the functions above, starts.
template <auto Start, class Executor>
class transfer_initiation {
 public:
  using executor_type = Executor;

  transfer_initiation(Executor executor, connection_ptr connection)
      : executor_(std::move(executor)), connection_(std::move(connection)) {}

  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

  template <class Handler, class... Args>
  void operator()(Handler&& handler, Args&&... args) const {
    Start(connection_, executor_, std::forward<Args>(args)...,
          transfer_handler_type(std::forward<Handler>(handler)));
  }

 private:
  Executor executor_;
  connection_ptr connection_;
};

/// Starts a transfer between a volume and what the other arguments tell.
template <auto Start, class CompletionToken, class Executor, class... Args>
auto initiate_transfer(CompletionToken& token, Executor executor, connection_ptr connection, Args&&... args) {
  return asio::async_initiate<CompletionToken, void(error_code, transfer_result)>(
      transfer_initiation<Start, Executor>(std::move(executor), std::move(connection)), token,
      std::forward<Args>(args)...);
}

}  // namespace libvirt_asio::detail

#endif
