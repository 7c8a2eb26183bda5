// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/detail/call.hpp>

#include "unit/support/print.hpp"
#include "unit/support/test_connection.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace {

namespace asio = boost::asio;
using libvirt_asio::errc;
using libvirt_asio::error_code;
using libvirt_asio::error_info;
using libvirt_asio::system_error;
using libvirt_asio::detail::call_traits;
using libvirt_asio::detail::invoke_function;

/// Calls functions as a worker thread does.
struct fixture {
  fixture() { ::virResetLastError(); }

  template <class Function, class Value>
  error_code call(Function function, Value& value) {
    return invoke_function(function, value, info, connection.get());
  }

  template <class Function>
  error_code call(Function function) {
    typename call_traits<Function>::value value{};
    return call(std::move(function), value);
  }

  libvirt_asio::detail::libvirt_call quiet;
  unit::connection_handle connection = unit::open_test_connection();
  error_info info;
};

template <class Result>
using function_returning = Result (*)(virConnectPtr);

template <class Result>
using value_of = typename call_traits<function_returning<Result>>::value;

template <class Result>
using signature_of = typename call_traits<function_returning<Result>>::operation::signature;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(call_test, fixture)

BOOST_AUTO_TEST_CASE(raw_results_become_owners) {
  BOOST_TEST((std::is_same_v<value_of<virDomainPtr>, libvirt_asio::domain>));
  BOOST_TEST((std::is_same_v<value_of<virDomainCheckpointPtr>, libvirt_asio::domain_checkpoint>));
  BOOST_TEST((std::is_same_v<value_of<virDomainSnapshotPtr>, libvirt_asio::domain_snapshot>));
  BOOST_TEST((std::is_same_v<value_of<virNetworkPtr>, libvirt_asio::network>));
  BOOST_TEST((std::is_same_v<value_of<virNetworkPortPtr>, libvirt_asio::network_port>));
  BOOST_TEST((std::is_same_v<value_of<virInterfacePtr>, libvirt_asio::interface>));
  BOOST_TEST((std::is_same_v<value_of<virNodeDevicePtr>, libvirt_asio::node_device>));
  BOOST_TEST((std::is_same_v<value_of<virNWFilterPtr>, libvirt_asio::nwfilter>));
  BOOST_TEST((std::is_same_v<value_of<virNWFilterBindingPtr>, libvirt_asio::nwfilter_binding>));
  BOOST_TEST((std::is_same_v<value_of<virSecretPtr>, libvirt_asio::secret>));
  BOOST_TEST((std::is_same_v<value_of<virStoragePoolPtr>, libvirt_asio::storage_pool>));
  BOOST_TEST((std::is_same_v<value_of<virStorageVolPtr>, libvirt_asio::storage_vol>));
  BOOST_TEST((std::is_same_v<value_of<char*>, std::string>));
}

BOOST_AUTO_TEST_CASE(other_results_are_passed_on_as_they_are) {
  BOOST_TEST((std::is_same_v<value_of<long long>, long long>));
  BOOST_TEST((std::is_same_v<value_of<bool>, bool>));
  BOOST_TEST((std::is_same_v<value_of<char const*>, char const*>));
  BOOST_TEST((std::is_same_v<value_of<std::vector<int>>, std::vector<int>>));
}

BOOST_AUTO_TEST_CASE(a_function_without_a_result_completes_without_a_value) {
  BOOST_TEST((std::is_same_v<signature_of<void>, void(error_code)>));
  BOOST_TEST((std::is_same_v<signature_of<int>, void(error_code, int)>));
}

BOOST_AUTO_TEST_CASE(an_error_is_known_after_a_handle_was_destroyed) {
  auto const error = call([](virConnectPtr native) {
    {
      libvirt_asio::domain const found(::virDomainLookupByName(native, "test"));
      BOOST_TEST_REQUIRE(found != nullptr);
      BOOST_TEST(::virDomainLookupByName(native, "no such domain") == nullptr);
    }
    throw system_error(libvirt_asio::last_libvirt_error());
  });
  BOOST_TEST(error == libvirt_asio::errc::no_domain);
}

BOOST_AUTO_TEST_CASE(a_domain_that_was_found_is_owned_by_its_handle) {
  libvirt_asio::domain found;
  auto const lookup = [](virConnectPtr c) { return ::virDomainLookupByName(c, "test"); };
  BOOST_TEST(!call(lookup, found));
  BOOST_TEST_REQUIRE(found);
  BOOST_TEST(std::string(::virDomainGetName(found.get())) == "test");
}

BOOST_AUTO_TEST_CASE(a_null_pointer_gives_the_error_of_libvirt) {
  libvirt_asio::domain found;
  auto const lookup = [](virConnectPtr c) { return ::virDomainLookupByName(c, "vmm"); };
  auto const error = call(lookup, found);
  BOOST_TEST(error == errc::no_domain);
  BOOST_TEST(!found);
  BOOST_TEST(info.code == VIR_ERR_NO_DOMAIN);
  BOOST_TEST(info.message == error.message());
}

BOOST_AUTO_TEST_CASE(a_text_is_freed_and_becomes_a_string) {
  std::string text;
  BOOST_TEST(!call([](virConnectPtr) { return ::strdup("hello"); }, text));
  BOOST_TEST(text == "hello");
}

BOOST_AUTO_TEST_CASE(a_null_text_gives_the_error_of_libvirt) {
  auto const url = [](virConnectPtr) { return ::virDomainGetXMLDesc(nullptr, 0); };
  BOOST_TEST(call(url) == errc::invalid_domain);
}

BOOST_AUTO_TEST_CASE(a_number_that_is_not_negative_is_a_value) {
  for (int const given : {0, 1, 7}) {
    int value = -1;
    BOOST_TEST(!call([given](virConnectPtr) { return given; }, value));
    BOOST_TEST(value == given);
  }
}

BOOST_AUTO_TEST_CASE(a_negative_number_gives_the_error_of_libvirt) {
  auto const undefine = [](virConnectPtr) { return ::virDomainUndefine(nullptr); };
  BOOST_TEST(call(undefine) == errc::invalid_domain);
  BOOST_TEST(call([](virConnectPtr) { return -1LL; }).failed());
}

BOOST_AUTO_TEST_CASE(a_failure_without_an_error_is_an_error_still) {
  auto const error = call([](virConnectPtr) { return -1; });
  BOOST_TEST(error == errc::operation_failed);
  BOOST_TEST(!error.message().empty());
  BOOST_TEST(info.code == VIR_ERR_OPERATION_FAILED);
}

// libvirt resets a thread's last error at its next call only.
BOOST_AUTO_TEST_CASE(an_error_of_an_earlier_call_on_the_thread_is_not_this_calls) {
  BOOST_TEST(call([](virConnectPtr c) { return ::virDomainLookupByName(c, "vmm"); }) == errc::no_domain);
  BOOST_TEST(call([](virConnectPtr) { return -1; }) == errc::operation_failed);
}

BOOST_AUTO_TEST_CASE(values_that_know_no_failure_never_fail) {
  bool no = true;
  BOOST_TEST(!call([](virConnectPtr) { return false; }, no));
  BOOST_TEST(!no);
  char const* nothing = "";
  BOOST_TEST(!call([](virConnectPtr) { return static_cast<char const*>(nullptr); }, nothing));
  std::unique_ptr<int> moved;
  BOOST_TEST(!call([](virConnectPtr) { return std::make_unique<int>(5); }, moved));
  BOOST_TEST(*moved == 5);
}

BOOST_AUTO_TEST_CASE(a_function_without_a_result_is_called) {
  bool called = false;
  BOOST_TEST(!call([&](virConnectPtr c) { called = c == connection.get(); }));
  BOOST_TEST(called);
}

BOOST_AUTO_TEST_CASE(a_system_error_thrown_becomes_the_error) {
  int value = 7;
  auto const error =
      call([](virConnectPtr) -> int { throw system_error(asio::error::access_denied); }, value);
  BOOST_TEST(error == asio::error::access_denied);
  BOOST_TEST(value == 7);
  BOOST_TEST(info.message == error.message());
  BOOST_TEST(call([](virConnectPtr) { throw system_error(errc::no_domain); }) == errc::no_domain);
}

BOOST_AUTO_TEST_CASE(several_results_can_be_passed_on) {
  std::pair<int, std::string> value;
  BOOST_TEST(!call([](virConnectPtr) { return std::pair(2, std::string("two")); }, value));
  BOOST_TEST(value.second == "two");
}

BOOST_AUTO_TEST_SUITE_END()
