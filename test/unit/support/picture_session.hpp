// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_UNIT_PICTURE_SESSION_HPP
#define LIBVIRT_ASIO_TEST_UNIT_PICTURE_SESSION_HPP

#include "counter.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace unit {

/// An open connection to libvirt's test driver, a guest of it, and a stream for the picture of its screen.
struct picture_session {
  /// Worker threads of one connection.
  static constexpr int workers = 16;

  auto handler() {
    return [this](libvirt_asio::error_code completed_with, auto const&...) { error = completed_with; };
  }

  picture_session() {
    conn.async_open("test:///default", handler());
    BOOST_REQUIRE(!result());
    auto const find = [](virConnectPtr native) { return ::virDomainLookupByName(native, "test"); };
    conn.async_call(find, [this](libvirt_asio::error_code completed_with, libvirt_asio::domain found) {
      error = completed_with;
      guest = std::move(found);
    });
    BOOST_REQUIRE(!result());
  }

  /// Runs the context until an operation has completed.
  libvirt_asio::error_code result() {
    context.restart();
    while (!error) context.run_one();
    return *std::exchange(error, std::nullopt);
  }

  void open_picture() {
    libvirt_asio::async_open_screenshot(picture, guest.get(), handler());
    BOOST_TEST(!result());
    BOOST_TEST(picture.is_open());
  }

  /// Has every worker thread wait until the gate is opened, each once it is done with what it does.
  [[nodiscard]] std::shared_ptr<gate> occupy_workers() {
    auto const entered = std::make_shared<counter>();
    auto const may_leave = std::make_shared<gate>();
    for (int call = 0; call != workers; ++call)
      conn.async_call(
          [entered, may_leave](virConnectPtr) {
            ++*entered;
            may_leave->pass();
          },
          boost::asio::detached);
    entered->wait_for(workers);
    return may_leave;
  }

  boost::asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  libvirt_asio::connection conn{context};
  libvirt_asio::domain guest;
  libvirt_asio::stream picture{conn};
  std::optional<libvirt_asio::error_code> error;
};

}  // namespace unit

#endif
