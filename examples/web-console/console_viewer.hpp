// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_CONSOLE_VIEWER_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_CONSOLE_VIEWER_HPP

#include "browser.hpp"
#include "console_hub.hpp"
#include "host.hpp"

#include <boost/json/value.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace web_console {

/// A browser that watches a console, and may write to it.
class console_viewer final : public service {
 public:
  console_viewer(host& of, std::string uuid, std::string device, bool read_only)
      : host_(of), uuid_(std::move(uuid)), device_(std::move(device)), is_read_only_(read_only) {}

  void join(browser& with) override {
    hub_ = host_.console(uuid_, device_);
    id_ = hub_->join(with, is_read_only_);
    if (!id_) with.dismiss("too many viewers");
  }

  void leave() override {
    if (id_) hub_->leave(*id_);
  }

  void take_bytes(std::string_view keys) override {
    if (id_) hub_->type(*id_, keys);
  }

  void take_words(boost::json::object const& words) override {
    auto const* const wish = words.if_contains("do");
    if (!id_ || wish == nullptr) return;
    if (*wish == "take") hub_->take(*id_, false);
    if (*wish == "take over") hub_->take(*id_, true);
    if (*wish == "release") hub_->release(*id_);
    if (*wish == "force") hub_->force(*id_);
  }

 private:
  host& host_;
  std::string const uuid_;
  std::string const device_;
  bool const is_read_only_;
  std::shared_ptr<console_hub> hub_;
  std::optional<hub_state::viewer> id_;
};

}  // namespace web_console

#endif
