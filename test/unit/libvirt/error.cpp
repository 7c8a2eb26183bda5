// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/error.hpp>

#include "libvirt/error_words.hpp"

#include "support/sanitizer.hpp"
#include "unit/support/mutexes_locked.hpp"
#include "unit/support/print.hpp"
#include "unit/support/test_connection.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <vector>

namespace {

using libvirt_asio::client_category;
using libvirt_asio::client_errc;
using libvirt_asio::errc;
using libvirt_asio::error_code;
using libvirt_asio::error_info;
using libvirt_asio::last_libvirt_error;
using libvirt_asio::libvirt_category;
using libvirt_asio::detail::worded_error;

/// Has libvirt fail, each time in the words that it has for this pool.
struct fixture {
  error_code missing_pool(std::string const& name, error_info* info = nullptr) const {
    BOOST_TEST(::virStoragePoolLookupByName(connection.get(), name.c_str()) == nullptr);
    return last_libvirt_error(info);
  }

  unit::connection_handle connection = unit::open_test_connection();
};

bool speaks_of(error_code const& error, std::string const& words) {
  return error.message().find(words) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(error_test, fixture)

BOOST_AUTO_TEST_CASE(an_error_carries_the_words_of_libvirt) {
  auto const error = missing_pool("vmm");
  BOOST_TEST(error.message() == std::string(::virGetLastErrorMessage()));
  BOOST_TEST(speaks_of(error, "vmm"));
  BOOST_TEST(std::string(error.category().name()) == "libvirt");
}

BOOST_AUTO_TEST_CASE(an_error_equals_its_number_though_its_category_is_another_object) {
  auto const error = missing_pool("a");
  BOOST_TEST((&error.category() != &libvirt_category()));
  BOOST_TEST((error.category() == libvirt_category()));
  BOOST_TEST(error == errc::no_storage_pool);
  BOOST_TEST(error == make_error_code(errc::no_storage_pool));
  BOOST_TEST(error != errc::no_domain);
  BOOST_TEST(error != error_code(VIR_ERR_NO_STORAGE_POOL, boost::system::generic_category()));
}

BOOST_AUTO_TEST_CASE(errors_of_one_number_are_equal_and_keep_their_own_words) {
  auto const first = missing_pool("first");
  auto const second = missing_pool("second");
  BOOST_TEST(first == second);
  BOOST_TEST(!(first < second));
  BOOST_TEST(!(second < first));
  BOOST_TEST(speaks_of(first, "first"));
  BOOST_TEST(speaks_of(second, "second"));
}

BOOST_AUTO_TEST_CASE(equal_errors_have_equal_hashes) {
  boost::system::error_code const generic = errc::no_storage_pool;
  BOOST_TEST(hash_value(missing_pool("a")) == hash_value(generic));
  BOOST_TEST((missing_pool("a").category() == missing_pool("b").category()));
  BOOST_TEST((libvirt_category() != client_category()));
}

BOOST_AUTO_TEST_CASE(the_same_error_again_has_the_same_category) {
  BOOST_TEST((&missing_pool("same").category() == &missing_pool("same").category()));
}

BOOST_AUTO_TEST_CASE(words_are_kept_for_1023_newer_errors) {
  auto const kept = missing_pool("kept");
  for (int i = 0; i != 1'023; ++i) static_cast<void>(missing_pool("newer " + std::to_string(i)));
  BOOST_TEST(speaks_of(kept, "kept"));
  BOOST_TEST(kept == errc::no_storage_pool);
}

BOOST_AUTO_TEST_CASE(words_that_are_met_again_are_kept_as_if_they_were_new) {
  auto const kept = missing_pool("kept");
  for (int i = 0; i != 2'000; ++i) {
    static_cast<void>(missing_pool("newer " + std::to_string(i)));
    if (i % 1'000 == 0) static_cast<void>(missing_pool("kept"));
  }
  BOOST_TEST(speaks_of(kept, "kept"));
}

BOOST_AUTO_TEST_CASE(an_error_whose_words_are_gone_has_its_generic_ones_or_newer_ones) {
  auto const old = missing_pool("old");
  for (int i = 0; i != 1'024; ++i) static_cast<void>(missing_pool("newer " + std::to_string(i)));
  BOOST_TEST(!speaks_of(old, "old"));
  BOOST_TEST(old == errc::no_storage_pool);
  auto const no_domain = ::virDomainLookupByName(connection.get(), "vmm");
  BOOST_TEST(no_domain == nullptr);
  auto const domain_error = last_libvirt_error();
  BOOST_TEST(domain_error.message() == std::string(::virGetLastErrorMessage()));
  for (int i = 0; i != 1'024; ++i) static_cast<void>(missing_pool("newest " + std::to_string(i)));
  BOOST_TEST(domain_error.message() == "libvirt error " + std::to_string(VIR_ERR_NO_DOMAIN));
  BOOST_TEST(domain_error == errc::no_domain);
}

#if !LIBVIRT_ASIO_TEST_IS_SANITIZED
BOOST_AUTO_TEST_CASE(an_error_locks_one_mutex_however_many_words_are_kept) {
  for (int i = 0; i != 1'024; ++i) static_cast<void>(worded_error(1, std::to_string(i)));
  for (std::string const words : {"met for the first time", "1023"}) {
    auto const before = unit::mutexes_locked();
    static_cast<void>(worded_error(1, words));
    BOOST_TEST(unit::mutexes_locked() - before == 1);
  }
}
#endif

BOOST_AUTO_TEST_CASE(an_exception_speaks_in_the_words_of_libvirt) {
  boost::system::system_error const thrown(missing_pool("vmm"));
  BOOST_TEST(std::string(thrown.what()).find("vmm") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_whole_of_an_error_is_told) {
  error_info info;
  auto const error = missing_pool("whole", &info);
  BOOST_TEST(info.code == VIR_ERR_NO_STORAGE_POOL);
  BOOST_TEST(info.domain == ::virGetLastErrorDomain());
  BOOST_TEST(info.level == VIR_ERR_ERROR);
  BOOST_TEST(info.message == error.message());
}

BOOST_AUTO_TEST_CASE(without_an_error_there_is_none) {
  ::virResetLastError();
  error_info info;
  BOOST_TEST(!last_libvirt_error(&info));
  BOOST_TEST(info.code == 0);
}

BOOST_AUTO_TEST_CASE(an_error_of_another_thread_is_not_this_threads) {
  ::virResetLastError();
  error_code theirs;
  std::thread([&] { theirs = missing_pool("theirs"); }).join();
  BOOST_TEST(theirs == errc::no_storage_pool);
  BOOST_TEST(!last_libvirt_error());
}

BOOST_AUTO_TEST_CASE(words_may_be_read_and_replaced_from_several_threads) {
  auto const shared = missing_pool("shared");
  std::vector<std::jthread> threads;
  for (int thread = 0; thread != 4; ++thread)
    threads.emplace_back([&, thread] {
      auto const own = unit::open_test_connection();
      for (int i = 0; i != 500; ++i) {
        auto const name = std::to_string(thread) + "-" + std::to_string(i);
        ::virStoragePoolLookupByName(own.get(), name.c_str());
        static_cast<void>(last_libvirt_error());
        static_cast<void>(shared.message());
      }
    });
  threads.clear();
  BOOST_TEST(shared == errc::no_storage_pool);
}

BOOST_AUTO_TEST_CASE(enumerators_become_error_codes_of_their_categories) {
  BOOST_TEST(boost::system::is_error_code_enum<errc>::value);
  BOOST_TEST(boost::system::is_error_code_enum<client_errc>::value);
  error_code const libvirts = errc::no_domain;
  error_code const ours = client_errc::not_open;
  BOOST_TEST(libvirts.value() == VIR_ERR_NO_DOMAIN);
  BOOST_TEST((libvirts.category() == libvirt_category()));
  BOOST_TEST((ours.category() == client_category()));
  BOOST_TEST(std::string(ours.category().name()) == "libvirt-asio");
  BOOST_TEST(!error_code(errc::ok).failed());
}

BOOST_AUTO_TEST_CASE(each_error_of_the_library_has_words_of_its_own) {
  std::vector<std::string> words;
  for (int value = 1; value <= static_cast<int>(client_errc::cannot_resume); ++value) {
    auto const text = client_category().message(value);
    BOOST_TEST(text != "Unknown error");
    BOOST_TEST((std::find(words.begin(), words.end(), text) == words.end()));
    words.push_back(text);
  }
  BOOST_TEST(client_category().message(0) == "Unknown error");
  BOOST_TEST(make_error_code(client_errc::not_open).message() == "Not open");
}

BOOST_AUTO_TEST_CASE(an_error_becomes_one_of_the_standard_library) {
  auto const error = missing_pool("std");
  std::error_code const standard = error;
  BOOST_TEST(standard.value() == VIR_ERR_NO_STORAGE_POOL);
  BOOST_TEST(standard.message() == error.message());
  std::error_code const ours = make_error_code(client_errc::not_open);
  BOOST_TEST(ours.message() == "Not open");
}

// Both are converted, as comparing across the two libraries would do.
BOOST_AUTO_TEST_CASE(standard_errors_of_one_number_and_words_are_equal) {
  std::error_code const first = missing_pool("equal");
  std::error_code const again = missing_pool("equal");
  BOOST_TEST((first == again));
}

BOOST_AUTO_TEST_SUITE_END()
