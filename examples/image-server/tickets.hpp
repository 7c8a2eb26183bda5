// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_TICKETS_HPP
#define LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_TICKETS_HPP

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace image_server {

/// What somebody may do with one volume, and for how long.
struct ticket {
  using clock = std::chrono::steady_clock;

  std::string pool;
  std::string volume;
  bool may_read = false;
  bool may_write = false;
  clock::time_point expires;
  /// What is under way with it ends.
  bool is_revoked = false;
};

using ticket_pointer = std::shared_ptr<ticket const>;

/// The tickets that were given out. Whoever knows the identifier of one may use it.
class tickets {
 public:
  void add(std::string identifier, ticket given, ticket::clock::time_point now) {
    std::erase_if(all_, [&](auto const& each) { return each.second->expires <= now; });
    all_.emplace(std::move(identifier), std::make_shared<ticket>(std::move(given)));
  }

  /// Null if there is none, or not any more.
  [[nodiscard]] ticket_pointer find(std::string const& identifier, ticket::clock::time_point now) const {
    auto const found = all_.find(identifier);
    return found != all_.end() && now < found->second->expires ? found->second : nullptr;
  }

  /// Whether there was one.
  bool revoke(std::string const& identifier) {
    auto const found = all_.extract(identifier);
    if (found) found.mapped()->is_revoked = true;
    return !found.empty();
  }

 private:
  std::map<std::string, std::shared_ptr<ticket>, std::less<>> all_;
};

}  // namespace image_server

#endif
