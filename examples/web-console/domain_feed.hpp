// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_DOMAIN_FEED_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_DOMAIN_FEED_HPP

#include "browser.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <set>
#include <utility>

namespace web_console {

/// Tells a browser of the domains whenever they change; one that is slow is told less often.
class domain_feed final : public service {
 public:
  /// Is in `all` as long as it has a browser.
  domain_feed(std::set<domain_feed*>& all, std::function<boost::json::object()> list)
      : all_(all), list_(std::move(list)) {}

  ~domain_feed() override { all_.erase(this); }

  void change() {
    is_new_ = true;
    if (with_ != nullptr && with_->is_idle()) idle();
  }

  void join(browser& with) override {
    with_ = &with;
    all_.insert(this);
    change();
  }

  void leave() override {
    with_ = nullptr;
    all_.erase(this);
  }

  void idle() override {
    if (with_ != nullptr && std::exchange(is_new_, false)) with_->tell(list_());
  }

 private:
  std::set<domain_feed*>& all_;
  std::function<boost::json::object()> list_;
  browser* with_ = nullptr;
  bool is_new_ = false;
};

}  // namespace web_console

#endif
