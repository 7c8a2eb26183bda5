// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Serves storage volumes over HTTP, to whoever has a ticket.

#include "../command_line.hpp"
#include "../run.hpp"
#include "../tls_context.hpp"
#include "listeners.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

namespace asio = boost::asio;

namespace {

struct settings {
  std::string uri;
  std::string socket;
  std::string address = "127.0.0.1";
  std::uint16_t port = 54'322;
  std::string certificate;
  std::string key;
  std::size_t max_clients = 100;
};

image_server::tls_context make_tls_context(settings const& wanted) {
  if (wanted.certificate.empty()) return nullptr;
  auto const& key = wanted.key.empty() ? wanted.certificate : wanted.key;
  return std::make_shared<asio::ssl::context>(example::make_tls_context(wanted.certificate, key));
}

asio::awaitable<void> serve(settings wanted) {
  using namespace asio::experimental::awaitable_operators;
  auto const executor = co_await asio::this_coro::executor;
  auto const context = make_tls_context(wanted);
  auto const store = std::make_shared<image_server::image_store>();
  store->uri = wanted.uri;
  asio::ip::tcp::acceptor images(executor, {asio::ip::make_address(wanted.address), wanted.port});
  image_server::control_socket control(executor, wanted.socket);
  image_server::sessions clients(executor, wanted.max_clients);
  image_server::sessions controllers(executor, 8);
  std::cout << (context ? "https://" : "http://") << images.local_endpoint() << "/images/" << std::endl;
  auto const serve_images = [&](asio::ip::tcp::socket socket) {
    return context ? image_server::serve_images_by_tls(std::move(socket), store, context)
                   : image_server::serve_images(std::move(socket), store);
  };
  auto const serve_control = [&](image_server::local::socket socket) {
    return image_server::serve_control(std::move(socket), store);
  };
  co_await (image_server::accept(images, clients, serve_images) &&
            image_server::accept(control.acceptor(), controllers, serve_control));
}

}  // namespace

int main(int count, char** words) {
  settings wanted;
  example::command_line line("image-server",
                             "Serves storage volumes over HTTP, to whoever has a ticket. Tickets are given out at the "
                             "UNIX socket SOCKET.");
  line.connect(wanted.uri).argument("SOCKET", wanted.socket);
  line.add("listen", "ADDRESS", wanted.address, "where to listen; otherwise 127.0.0.1");
  line.add("port", "N", wanted.port, "otherwise 54322; 0: any that is free");
  line.add("certificate", "FILE", wanted.certificate, "serve by TLS, with this certificate and those it depends on");
  line.add("key", "FILE", wanted.key, "its key; otherwise it is in the same file");
  line.add("max-clients", "N", wanted.max_clients, "how many are served at a time, the others wait; otherwise 100");
  if (auto const exit_code = line.parse(count, words)) return *exit_code;
  if (wanted.max_clients == 0) wanted.max_clients = 1;

  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  return example::run(line.program(), context, serve(std::move(wanted)), {SIGINT, SIGTERM});
}
