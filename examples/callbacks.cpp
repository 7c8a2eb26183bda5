// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Takes a screenshot of a domain, as screenshot.cpp does, without coroutines: every operation names the
// function that goes on when it completes.

#include "command_line.hpp"
#include "local_file.hpp"
#include "look_up.hpp"
#include "report.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>

#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <span>
#include <string>
#include <utility>

namespace asio = boost::asio;
using libvirt_asio::error_code;

namespace {

/// Must outlive its operations, so it lives in `main`, longer than the io_context runs.
class screenshot {
 public:
  screenshot(asio::io_context& context, std::string domain, std::string file)
      : domain_name_(std::move(domain)), file_(std::move(file)), connection_(context), stream_(connection_) {}

  void start(std::string uri) {
    connection_.async_open(std::move(uri), [this](error_code error) { on_connected(error); });
  }

  /// What went wrong; success when the file was written.
  [[nodiscard]] error_code result() const { return result_; }

 private:
  void on_connected(error_code error) {
    if (error) return end(error);
    connection_.async_call(
        [this](virConnectPtr native) { return example::look_up_domain(native, domain_name_); },
        [this](error_code failure, libvirt_asio::domain domain) { on_domain(failure, std::move(domain)); });
  }

  void on_domain(error_code error, libvirt_asio::domain domain) {
    if (error) return end(error);
    libvirt_asio::async_open_screenshot(
        stream_, domain.get(),
        [this](error_code failure, std::string mime_type) { on_open(failure, std::move(mime_type)); });
  }

  void on_open(error_code error, std::string mime_type) {
    if (error) return end(error);
    mime_type_ = std::move(mime_type);
    asio::async_read(stream_, asio::dynamic_buffer(picture_), asio::transfer_all(),
                     [this](error_code failure, std::size_t) { on_read(failure); });
  }

  void on_read(error_code error) {
    if (error != asio::error::eof) return end(error);
    stream_.async_finish([this](error_code failure) { on_finished(failure); });
  }

  void on_finished(error_code error) {
    if (error) return end(error);
    example::target_file file(file_);
    file.write(std::as_bytes(std::span(picture_)));
    file.complete();
    std::cout << file_ << ": " << mime_type_ << ", " << picture_.size() << " bytes\n";
    end({});
  }

  /// Without its connection libvirt has nothing left to watch, and the io_context stops running.
  void end(error_code result) {
    result_ = result;
    connection_.async_close([](error_code) {});
  }

  std::string domain_name_;
  std::string file_;
  std::string mime_type_;
  std::string picture_;
  libvirt_asio::connection connection_;
  libvirt_asio::stream stream_;
  error_code result_;
};

int run(std::string const& uri, std::string const& domain, std::string const& file) {
  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  screenshot work(context, domain, file);
  work.start(uri);
  context.run();
  if (work.result()) throw libvirt_asio::system_error(work.result());
  return EXIT_SUCCESS;
}

}  // namespace

int main(int count, char** words) {
  std::string uri;
  std::string domain;
  std::string file;
  example::command_line line("callbacks", "Writes a picture of a domain's screen to a file.");
  line.connect(uri).argument("DOMAIN", domain).argument("FILE", file);
  if (auto const exit_code = line.parse(count, words)) return *exit_code;
  try {
    return run(uri, domain, file);
  } catch (...) {
    return example::report(line.program(), std::current_exception());
  }
}
