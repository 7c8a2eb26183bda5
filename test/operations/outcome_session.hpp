#ifndef LIBVIRT_ASIO_TEST_OPERATIONS_OUTCOME_SESSION_HPP
#define LIBVIRT_ASIO_TEST_OPERATIONS_OUTCOME_SESSION_HPP

#include "outcome.hpp"

#include "fixture/volume_session.hpp"

#include "support/echo_guest.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <utility>

namespace operations {

/// A session whose operations are started one by one, and waited for by their outcomes.
struct outcome_session : fixture::volume_session {
  std::array<char, 100> bytes{};
  boost::asio::mutable_buffer const some = boost::asio::buffer(bytes);

  template <class Outcome>
  Outcome const& wait_for(Outcome const& outcome) {
    run_until([&] { return outcome.ended(); });
    return outcome;
  }

  void open_connection() {
    plain_outcome opened;
    connection.async_open(host.uri(), opened.handler());
    BOOST_REQUIRE_EQUAL(wait_for(opened).error(), libvirt_asio::error_code());
  }

  void close_connection() {
    connection.close();
    run_out();
  }

  libvirt_asio::storage_vol volume(std::uint64_t size) {
    libvirt_asio::storage_vol made;
    run_only([&]() -> boost::asio::awaitable<void> { made = co_await make_volume(size); });
    return made;
  }

  /// The guest, through the connection that the console is opened by.
  libvirt_asio::domain find(test_support::echo_guest const& guest) {
    outcome<libvirt_asio::domain> found;
    connection.async_call(
        [name = guest.name()](virConnectPtr native) { return virDomainLookupByName(native, name.c_str()); },
        found.handler());
    BOOST_REQUIRE_EQUAL(wait_for(found).error(), libvirt_asio::error_code());
    return std::move(found.value());
  }
};

}  // namespace operations

#endif
