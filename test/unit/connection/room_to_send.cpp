// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "connection/receive_window.hpp"
#include "event_loop/loop_core.hpp"
#include "stream/write_machine.hpp"

#include "unit/support/socket_pair.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/socket.h>

#include <memory>
#include <string>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using libvirt_asio::detail::event_loop_core;
using libvirt_asio::detail::receive_window;
using libvirt_asio::detail::write_machine;

/// An event loop that watches the socket of a connection.
struct fixture {
  ~fixture() { loop->stop(); }

  int watch(
      int fd, virEventHandleCallback callback = [](int, int, int, void*) {}) {
    int const id = watch_before_any_call(fd, callback);
    loop->update_handle(id, 0);
    loop->update_handle(id, VIR_EVENT_HANDLE_READABLE);
    return id;
  }

  int watch_before_any_call(
      int fd, virEventHandleCallback callback = [](int, int, int, void*) {}) {
    int const id = loop->add_handle(fd, VIR_EVENT_HANDLE_READABLE, callback, this, nullptr);
    loop->attach(id, 0, std::make_shared<receive_window>(0));
    return id;
  }

  asio::io_context context{1};
  std::shared_ptr<event_loop_core> loop = std::make_shared<event_loop_core>(context.get_executor());
  unit::socket_pair socket;
};

// With what libvirt puts before a stream's data.
std::string const small_packet(write_machine::small_write + 28, 'x');

bool takes_packet(int fd) {
  return ::send(fd, small_packet.data(), small_packet.size(), MSG_DONTWAIT) ==
         static_cast<ssize_t>(small_packet.size());
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(room_to_send_test, fixture)

BOOST_AUTO_TEST_CASE(a_socket_with_room_takes_a_small_packet_whole) {
  int const id = watch(socket.fd());
  int packets = 0;
  for (; loop->has_room(id); ++packets) BOOST_TEST_REQUIRE(takes_packet(socket.fd()));
  BOOST_TEST(packets > 1);
}

BOOST_AUTO_TEST_CASE(a_socket_has_room_again_when_its_peer_has_read) {
  int const id = watch(socket.fd());
  std::size_t sent = 0;
  for (; loop->has_room(id); sent += small_packet.size()) BOOST_TEST_REQUIRE(takes_packet(socket.fd()));
  std::string taken(sent, ' ');
  BOOST_TEST_REQUIRE(::recv(socket.peer(), taken.data(), sent, MSG_WAITALL) == static_cast<ssize_t>(sent));
  BOOST_TEST(loop->has_room(id));
}

BOOST_AUTO_TEST_CASE(a_socket_that_a_call_has_to_itself_has_no_room) {
  int const id = watch(socket.fd());
  loop->update_handle(id, 0);
  BOOST_TEST(!loop->has_room(id));
  loop->update_handle(id, VIR_EVENT_HANDLE_READABLE);
  BOOST_TEST(loop->has_room(id));
}

BOOST_AUTO_TEST_CASE(a_socket_that_no_call_was_seen_to_take_for_itself_has_no_room) {
  int const id = watch_before_any_call(socket.fd());
  BOOST_TEST(!loop->has_room(id));
  loop->update_handle(id, 0);
  loop->update_handle(id, VIR_EVENT_HANDLE_READABLE);
  BOOST_TEST(loop->has_room(id));
}

BOOST_AUTO_TEST_CASE(a_socket_whose_peer_is_gone_has_no_room) {
  int const id = watch(socket.fd());
  socket.close_peer();
  BOOST_TEST(!loop->has_room(id));
}

BOOST_AUTO_TEST_CASE(inside_a_callback_there_is_no_room) {
  static bool had_room;
  had_room = true;
  watch(socket.fd(), [](int id, int, int, void* opaque) {
    auto& self = *static_cast<fixture*>(opaque);
    had_room = self.loop->has_room(id);
    self.socket.read_all();
  });
  socket.write_from_peer();
  context.poll();
  BOOST_TEST(!had_room);
}

BOOST_AUTO_TEST_CASE(nobody_knows_about_the_room_of_a_tcp_socket) {
  tcp::acceptor listening(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket connected(context);
  connected.connect(listening.local_endpoint());
  BOOST_TEST(!loop->has_room(watch(connected.native_handle())));
}

BOOST_AUTO_TEST_CASE(a_watch_that_is_gone_has_no_room) {
  int const id = watch(socket.fd());
  loop->remove_handle(id);
  BOOST_TEST(!loop->has_room(id));
}

BOOST_AUTO_TEST_SUITE_END()
