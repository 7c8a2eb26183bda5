// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "asio/context_member.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/query.hpp>

#include <utility>

namespace libvirt_asio::detail {

/// The members of one context. Shared with them, as they may outlive the context.
class context_member::registry {
 public:
  void add(std::shared_ptr<context_member> const& member) {
    std::lock_guard lock(mutex_);
    members_.emplace(member.get(), member);
  }

  void remove(context_member* member) {
    std::lock_guard lock(mutex_);
    members_.erase(member);
  }

  void context_destroyed() noexcept {
    std::unordered_map<context_member*, std::weak_ptr<context_member>> members;
    {
      std::lock_guard lock(mutex_);
      members.swap(members_);
    }
    for (auto const& entry : members)
      if (auto const member = entry.second.lock()) member->context_destroyed();
  }

 private:
  std::mutex mutex_;
  std::unordered_map<context_member*, std::weak_ptr<context_member>> members_;
};

class context_service final : public asio::execution_context::service {
 public:
  using key_type = context_service;
  static asio::execution_context::id id;

  explicit context_service(asio::execution_context& context) : service(context) {}

  std::shared_ptr<context_member::registry> members() const { return members_; }

 private:
  void shutdown() override { members_->context_destroyed(); }

  std::shared_ptr<context_member::registry> members_ = std::make_shared<context_member::registry>();
};

asio::execution_context::id context_service::id;

context_member::~context_member() {
  if (registry_) registry_->remove(this);
}

void join_context(asio::any_io_executor const& executor, std::shared_ptr<context_member> const& member) {
  auto& context = asio::query(executor, asio::execution::context);
  member->registry_ = asio::use_service<context_service>(context).members();
  member->registry_->add(member);
}

}  // namespace libvirt_asio::detail
