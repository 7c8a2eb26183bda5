// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <array>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

/// One connection for all clients, which is used on its strand only.
struct hypervisor {
  asio::any_io_executor strand;
  libvirt_asio::connection connection{strand};
};

/// On the strand of the connection. The console is for the strand of a client.
asio::awaitable<std::unique_ptr<libvirt_asio::stream>> open_console(hypervisor& host, asio::any_io_executor client,
                                                                    std::string name) {
  auto look_up = [name](virConnectPtr native) { return virDomainLookupByName(native, name.c_str()); };
  auto const domain = co_await host.connection.async_call(std::move(look_up));
  auto console = std::make_unique<libvirt_asio::stream>(client, host.connection);
  co_await libvirt_asio::async_open_console(*console, domain.get());
  co_return std::move(console);
}

/// Ends with either side.
template <class From, class To>
asio::awaitable<void> copy(From& from, To& to) {
  std::array<char, 4'096> buffer{};
  for (libvirt_asio::error_code error; !error;) {
    auto const [failure, size] = co_await from.async_read_some(asio::buffer(buffer), as_result);
    if (failure) co_return;
    std::tie(error, std::ignore) = co_await asio::async_write(to, asio::buffer(buffer, size), as_result);
  }
}

/// On the strand of the client, whose first line is the name of a domain.
asio::awaitable<void> serve(asio::ip::tcp::socket client, hypervisor& host) {
  auto const executor = co_await asio::this_coro::executor;
  std::string input;
  auto const line = co_await asio::async_read_until(client, asio::dynamic_buffer(input, 99), '\n', asio::use_awaitable);
  auto opening = open_console(host, executor, input.substr(0, line - 1));
  auto const console = co_await asio::co_spawn(host.strand, std::move(opening), asio::use_awaitable);
  co_await asio::async_write(*console, asio::buffer(input) + line);
  co_await (copy(client, *console) || copy(*console, client));
  co_await console->async_abort(as_result);
}

void report(std::exception_ptr thrown) {
  try {
    if (thrown) std::rethrow_exception(thrown);
  } catch (std::exception const& error) {
    std::cerr << error.what() << '\n';
  }
}

asio::awaitable<void> accept(asio::io_context& context, asio::ip::tcp::acceptor& acceptor, hypervisor& host) {
  co_await host.connection.async_open("qemu:///system");
  for (;;) {
    asio::any_io_executor const strand = asio::make_strand(context);
    auto client = co_await acceptor.async_accept(strand, asio::use_awaitable);
    asio::co_spawn(strand, serve(std::move(client), host), report);
  }
}

int main() {
  asio::io_context context;
  libvirt_asio::event_loop loop{context};
  hypervisor host{asio::make_strand(context)};
  asio::ip::tcp::acceptor acceptor(host.strand, {asio::ip::address_v4::loopback(), 5'900});
  asio::co_spawn(host.strand, accept(context, acceptor, host), report);

  std::vector<std::jthread> threads;
  for (int number = 0; number != 4; ++number) threads.emplace_back([&context] { context.run(); });
}

void run_by_one_thread(asio::awaitable<void> (*work)(libvirt_asio::connection&)) {
  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  libvirt_asio::connection connection{context};
  asio::co_spawn(context, work(connection), report);
  context.run();
}

/// A thread of its own serves libvirt. The handlers are called on the context of the application.
void run(asio::io_context& application, asio::awaitable<void> (*work)(libvirt_asio::connection&)) {
  asio::io_context context;
  libvirt_asio::event_loop loop{context};
  std::jthread thread;                              // joined when the guard has gone
  auto const guard = asio::make_work_guard(context);
  thread = std::jthread([&context] { context.run(); });

  libvirt_asio::connection connection{application};
  asio::co_spawn(application, work(connection), report);
  application.run();
}

asio::awaitable<void> end(libvirt_asio::event_loop& loop, libvirt_asio::connection& connection) {
  co_await connection.async_close();
  co_await loop.async_drain();
}
