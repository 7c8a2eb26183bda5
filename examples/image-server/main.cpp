// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Serves storage volumes over HTTP, to whoever has a ticket.

#include "../accept_clients.hpp"
#include "../command_line.hpp"
#include "../listening.hpp"
#include "../run.hpp"
#include "listeners.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>

#include <csignal>
#include <cstddef>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

namespace asio = boost::asio;

namespace {

struct settings {
  std::string uri;
  std::string socket;
  example::listening listening{.port = 54'322};
  std::size_t max_clients = 100;
};

asio::awaitable<void> serve(settings wanted) {
  using namespace asio::experimental::awaitable_operators;
  auto const executor = co_await asio::this_coro::executor;
  auto const context = wanted.listening.make_context();
  auto const store = std::make_shared<image_server::image_store>();
  store->uri = wanted.uri;
  asio::ip::tcp::acceptor images(executor, wanted.listening.endpoint());
  image_server::control_socket control(executor, wanted.socket);
  image_server::sessions clients(executor, wanted.max_clients);
  image_server::sessions controllers(executor, 8);
  std::cout << (context ? "https://" : "http://") << images.local_endpoint() << "/images/" << std::endl;
  auto const serve_images = [&](asio::ip::tcp::socket socket) {
    clients.start(context ? image_server::serve_images_by_tls(std::move(socket), store, context)
                          : image_server::serve_images(std::move(socket), store));
    return clients.wait_for_room();
  };
  auto const serve_control = [&](image_server::local::socket socket) {
    controllers.start(image_server::serve_control(std::move(socket), store));
    return controllers.wait_for_room();
  };
  co_await (example::accept_clients(images, "image-server", serve_images) &&
            example::accept_clients(control.acceptor(), "image-server", serve_control));
}

}  // namespace

int main(int count, char** words) {
  settings wanted;
  example::command_line line("image-server",
                             "Serves storage volumes over HTTP, to whoever has a ticket. Tickets are given out at the "
                             "UNIX socket SOCKET.");
  line.connect(wanted.uri).argument("SOCKET", wanted.socket);
  wanted.listening.add_to(line);
  line.add("max-clients", "N", wanted.max_clients, "how many are served at a time, the others wait; otherwise 100");
  if (auto const exit_code = line.parse(count, words)) return *exit_code;
  if (wanted.max_clients == 0) wanted.max_clients = 1;

  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  return example::run(line.program(), context, serve(std::move(wanted)), {SIGINT, SIGTERM});
}
