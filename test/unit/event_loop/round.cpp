// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "connection/receive_window.hpp"
#include "event_loop/loop_core.hpp"

#include "unit/support/socket_pair.hpp"

#include <libvirt-asio/detail/handler_operation.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using libvirt_asio::detail::completion;
using libvirt_asio::detail::event_loop_core;
using libvirt_asio::detail::make_operation;
using libvirt_asio::detail::read_admission;
using libvirt_asio::detail::receive_window;

class keepalive_listener final : public read_admission {
 public:
  explicit keepalive_listener(std::vector<std::string>& order) : order_(order) {}

  [[nodiscard]] bool is_open() const noexcept override { return true; }
  void packet_arrives(int) noexcept override {}
  void keepalive_due() noexcept override { order_.emplace_back("admission"); }

 private:
  std::vector<std::string>& order_;
};

/// An event loop that watches a socket, and what its callback does.
struct fixture {
  fixture() : watch(add_watch()) {
    // The wait is in the reactor.
    context.poll();
  }
  ~fixture() { loop->stop(); }

  int add_watch() {
    return loop->add_handle(
        socket.fd(), VIR_EVENT_HANDLE_READABLE,
        [](int, int, int found, void* self) { static_cast<fixture*>(self)->called(found); }, this, nullptr);
  }

  void called(int found) {
    events = found;
    ++calls;
    if ((found & VIR_EVENT_HANDLE_HANGUP) != 0) ++hangups;
    socket.read_all();
    on_event();
  }

  void add_immediate_timer(virEventTimeoutCallback callback) {
    loop->add_timeout(0, callback, this, nullptr);
  }

  void poll_on_another_thread() {
    std::jthread([this] { context.poll(); }).join();
  }

  /// Completes an operation from inside the callback.
  template <class Handler>
  void complete(Handler handler) {
    event_loop_core::complete_after_round(completion(make_operation<>(std::move(handler), loop->executor())),
                                          loop->executor());
  }

  /// Lets the context make one round.
  void make_round() {
    socket.write_from_peer();
    context.run_one();
  }

  void attach() { shutdown = loop->attach(watch, 0, std::make_shared<receive_window>(0)); }

  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::shared_ptr<event_loop_core> loop = std::make_shared<event_loop_core>(context.get_executor());
  unit::socket_pair socket;
  std::shared_ptr<libvirt_asio::detail::socket_shutdown> shutdown;
  int watch;
  int events = 0;
  int calls = 0;
  int hangups = 0;
  std::function<void()> on_event = [] {};
  std::vector<std::string> order;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(round_test, fixture)

BOOST_AUTO_TEST_CASE(what_a_round_completes_is_called_when_the_round_has_ended) {
  on_event = [this] {
    complete(
        [this] { order.emplace_back(event_loop_core::in_round() == nullptr ? "called" : "in the round"); });
    order.emplace_back("callback ends");
  };
  make_round();
  BOOST_TEST(order == (std::vector<std::string>{"callback ends", "called"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(it_need_not_wait_for_its_turn_in_the_queue) {
  on_event = [this] {
    asio::post(context, [this] { order.emplace_back("queued before"); });
    complete([this] { order.emplace_back("completed"); });
  };
  make_round();
  context.poll();
  BOOST_TEST(order == (std::vector<std::string>{"completed", "queued before"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(of_several_none_waits_for_the_handler_of_another) {
  on_event = [this] {
    complete([this] { order.emplace_back("first"); });
    complete([this] { order.emplace_back("second"); });
  };
  make_round();
  BOOST_TEST(order.empty());
  context.poll();
  BOOST_TEST(order == (std::vector<std::string>{"first", "second"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(it_is_called_on_the_executor_of_its_handler) {
  asio::thread_pool other(1);
  std::thread::id called_on;
  on_event = [&] { complete(asio::bind_executor(other, [&] { called_on = std::this_thread::get_id(); })); };
  make_round();
  other.join();
  BOOST_TEST((called_on != std::thread::id()));
  BOOST_TEST((called_on != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(an_exception_comes_out_of_run_and_the_loop_goes_on) {
  on_event = [this] { complete([] { throw std::runtime_error("thrown by the handler"); }); };
  BOOST_CHECK_THROW(make_round(), std::runtime_error);
  on_event = [this] { order.emplace_back("the next round"); };
  make_round();
  BOOST_TEST(order.size() == 1);
}

BOOST_AUTO_TEST_CASE(its_handler_can_stop_the_loop) {
  on_event = [this] { complete([this] { loop->stop(); }); };
  make_round();
  BOOST_TEST(loop->idle());
}

BOOST_AUTO_TEST_CASE(it_is_called_though_the_callback_stops_the_loop) {
  on_event = [this] {
    complete([this] { order.emplace_back("called"); });
    loop->stop();
    BOOST_TEST(event_loop_core::in_round() == nullptr);
  };
  make_round();
  BOOST_TEST(order.size() == 1);
}

BOOST_AUTO_TEST_CASE(what_another_thread_finds_ready_during_a_round_has_its_turn_in_the_next) {
  socket.write_from_peer();
  add_immediate_timer([](int, void* self) { static_cast<fixture*>(self)->poll_on_another_thread(); });
  for (int round = 0; round != 3; ++round) context.run_one();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(a_watch_added_to_a_descriptor_that_was_found_ready_is_not_taken_at_its_word) {
  attach();
  make_round();
  socket.write_from_peer();
  add_immediate_timer([](int timer, void* opaque) {
    auto& self = *static_cast<fixture*>(opaque);
    self.poll_on_another_thread();
    self.socket.read_all();
    self.calls = 0;
    self.add_watch();
    self.loop->remove_timeout(timer);
  });
  context.poll();
  BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(outside_of_rounds_there_is_none) {
  BOOST_TEST(event_loop_core::in_round() == nullptr);
}

BOOST_AUTO_TEST_CASE(a_connections_admission_is_told_before_its_keepalive_timer_is_called) {
  int const timer = loop->add_timeout(
      1, [](int, void* self) { static_cast<fixture*>(self)->order.emplace_back("timer"); }, this, nullptr);
  loop->attach(watch, timer, std::make_shared<keepalive_listener>(order));
  while (order.empty()) context.run_one();
  loop->update_timeout(timer, -1);
  BOOST_TEST(order == (std::vector<std::string>{"admission", "timer"}), boost::test_tools::per_element());
}

// The reactor tells that there is something to read, and whether that is all.

BOOST_AUTO_TEST_CASE(a_connection_with_data_is_readable_and_nothing_else) {
  attach();
  make_round();
  make_round();
  BOOST_TEST(events == VIR_EVENT_HANDLE_READABLE);
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_cut_off_with_data_unread_is_readable_and_hung_up) {
  attach();
  make_round();
  socket.write_from_peer();
  socket.close_peer();
  calls = 0;
  context.run_one();
  BOOST_TEST(events == (VIR_EVENT_HANDLE_READABLE | VIR_EVENT_HANDLE_HANGUP));
  while (calls < 3) context.run_one();
  BOOST_TEST(hangups == calls);
}

BOOST_AUTO_TEST_CASE(a_connection_that_the_library_shuts_down_is_hung_up_and_not_readable) {
  attach();
  make_round();
  shutdown->now();
  context.run_one();
  BOOST_TEST(events == VIR_EVENT_HANDLE_HANGUP);
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_cut_off_by_its_watch_is_hung_up_and_not_readable) {
  attach();
  make_round();
  loop->shut_down(watch);
  context.run_one();
  BOOST_TEST(events == VIR_EVENT_HANDLE_HANGUP);
  BOOST_TEST(shutdown->is_expected());
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_cut_off_while_its_watch_is_off_is_hung_up_when_it_is_on_again) {
  attach();
  make_round();
  loop->update_handle(watch, 0);
  socket.close_peer();
  context.poll();
  events = 0;
  loop->update_handle(watch, VIR_EVENT_HANDLE_READABLE);
  context.poll_one();
  BOOST_TEST((events & VIR_EVENT_HANDLE_HANGUP) != 0);
}

BOOST_AUTO_TEST_SUITE_END()
