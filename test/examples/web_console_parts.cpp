// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// The parts of web-console that decide without input and output.

#define BOOST_TEST_MODULE web_console_parts

#include "web-console/hub_state.hpp"
#include "web-console/outbox.hpp"
#include "web-console/scrollback.hpp"
#include "web-console/thumbnail.hpp"

#include <boost/test/included/unit_test.hpp>

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>

namespace {

using namespace web_console;

BOOST_AUTO_TEST_SUITE(scrollbacks)

BOOST_AUTO_TEST_CASE(all_that_fits_is_kept) {
  scrollback said(8);
  BOOST_TEST(said.contents() == "");
  said.append("abc");
  said.append("defgh");
  BOOST_TEST(said.contents() == "abcdefgh");
}

BOOST_AUTO_TEST_CASE(the_oldest_goes_first) {
  scrollback said(8);
  std::string all;
  for (char each = 'a'; each <= 'z'; ++each) {
    std::string const text(static_cast<std::size_t>(each - 'a') % 5, each);
    said.append(text);
    all += text;
    BOOST_TEST(said.contents() == all.substr(all.size() < 8 ? 0 : all.size() - 8));
  }
}

BOOST_AUTO_TEST_CASE(what_is_larger_than_all_is_cut) {
  scrollback said(4);
  said.append("a");
  said.append("bcdefgh");
  BOOST_TEST(said.contents() == "efgh");
}

BOOST_AUTO_TEST_CASE(a_beginning_that_is_lost_is_lost_to_the_end_of_its_line) {
  scrollback said(8);
  said.append("abc\ndef\n");
  BOOST_TEST(said.contents() == "abc\ndef\n");
  said.append("g");
  BOOST_TEST(said.contents() == "def\ng");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(hub_states)

BOOST_AUTO_TEST_CASE(one_writes_until_it_stops_or_is_put_aside_or_leaves) {
  hub_state state(3);
  auto const first = state.join(false).value(), second = state.join(false).value();
  BOOST_TEST(!state.writer().has_value());
  BOOST_TEST(state.take(first, false));
  BOOST_TEST(state.take(first, false));
  BOOST_TEST(!state.take(second, false));
  BOOST_TEST(state.take(second, true));
  state.release(first);
  BOOST_TEST(state.writer().value() == second);
  state.release(second);
  BOOST_TEST(state.take(first, false));
  state.leave(first);
  BOOST_TEST(!state.writer().has_value());
}

BOOST_AUTO_TEST_CASE(who_only_reads_or_is_not_there_never_writes) {
  hub_state state(3);
  auto const reader = state.join(true).value();
  BOOST_TEST(!state.take(reader, true));
  state.leave(reader);
  BOOST_TEST(!state.take(reader, true));
}

BOOST_AUTO_TEST_CASE(there_are_not_more_viewers_than_may_be) {
  hub_state state(1);
  auto const only = state.join(false).value();
  BOOST_TEST(!state.join(true).has_value());
  state.leave(only);
  BOOST_TEST(state.count() == 0U);
  BOOST_TEST(state.join(true).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(outboxes)

BOOST_AUTO_TEST_CASE(small_pieces_of_a_console_become_one_message) {
  outbox waiting;
  waiting.put(false, "a");
  waiting.put(false, "b");
  waiting.put(true, "words");
  waiting.put(false, "c");
  BOOST_TEST(waiting.take().data == "ab");
  auto const words = waiting.take();
  BOOST_TEST(words.is_text);
  BOOST_TEST(words.data == "words");
  BOOST_TEST(waiting.take().data == "c");
  BOOST_TEST(waiting.is_empty());
}

BOOST_AUTO_TEST_CASE(more_than_may_wait_is_refused_and_what_is_dropped_is_counted) {
  outbox waiting;
  std::string const piece(1'000, 'x');
  waiting.put(true, "words");
  std::size_t taken = 0;
  while (waiting.put(false, piece)) taken += piece.size();
  BOOST_TEST(taken > 1'000'000U);
  BOOST_TEST(taken <= 1U << 20);
  BOOST_TEST(waiting.drop_all() == taken);
  BOOST_TEST(waiting.is_empty());
  BOOST_TEST(waiting.put(false, piece));
}

BOOST_AUTO_TEST_CASE(a_message_that_is_alone_may_be_of_any_size) {
  outbox waiting;
  BOOST_TEST(waiting.put(true, std::string(3U << 20, 'x')));
  BOOST_TEST(!waiting.put(true, "x"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(thumbnails)

BOOST_AUTO_TEST_CASE(a_picture_that_is_small_stays_as_it_is) {
  std::string const picture = "P6\n2 1\n255\nabcdef";
  BOOST_TEST(make_thumbnail(picture) == picture);
}

BOOST_AUTO_TEST_CASE(a_large_one_becomes_means_of_its_squares) {
  std::string picture = "P6\n640 2\n255\n";
  for (int y = 0; y != 2; ++y)
    for (int x = 0; x != 640; ++x) picture += {static_cast<char>(10 + 2 * (x % 2)), static_cast<char>(y * 4), 'c'};
  auto const small = make_thumbnail(picture);
  std::string expected = "P6\n320 1\n255\n";
  for (int x = 0; x != 320; ++x) expected += {11, 2, 'c'};
  BOOST_TEST(small == expected);
}

BOOST_AUTO_TEST_CASE(what_is_no_pixmap_is_refused) {
  for (std::string const picture : {"", "P6", "P5\n1 1\n255\na", "P6\n2 1\n255\nabcde", "P6\n0 1\n255\n",
                                    "P6\n99999999999 1\n255\nabc", "P6\n-1 1\n255\nabc", "P6\n1 1\n65535\nabcdef"})
    BOOST_CHECK_THROW(make_thumbnail(picture), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
