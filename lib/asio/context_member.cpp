// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "asio/context_member.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace libvirt_asio::detail {

/// The members of one context, and the permits they gave. Shared with the members, which may outlive the context.
class context_member::registry {
 public:
  void add(std::shared_ptr<context_member> const& member) {
    std::lock_guard lock(mutex_);
    members_.emplace(member.get(), member);
  }

  void remove(context_member* member) {
    std::lock_guard lock(mutex_);
    members_.erase(member);
    left_.notify_all();
  }

  [[nodiscard]] bool grant_permit() noexcept {
    auto permits = permits_.load();
    while ((permits & closed) == 0)
      if (permits_.compare_exchange_weak(permits, permits + 1)) return true;
    return false;
  }

  void take_back_permit() noexcept {
    if (permits_.fetch_sub(1) == (closed | 1U)) permits_.notify_all();
  }

  void context_destroyed() noexcept {
    // Newer versions of Asio shut the services of an io_context down twice.
    if ((permits_.fetch_or(closed) & closed) != 0) return;
    wait_for_permits();
    std::unordered_map<context_member*, std::weak_ptr<context_member>> members;
    {
      std::lock_guard lock(mutex_);
      members = members_;
    }
    for (auto const& entry : members)
      if (auto const member = entry.second.lock()) {
        member->context_destroyed();
        member->executor_ = {};
      }
    // Those that another thread is destroying.
    std::unique_lock lock(mutex_);
    left_.wait(lock, [this] {
      return std::none_of(members_.begin(), members_.end(),
                          [](auto const& entry) { return entry.second.expired(); });
    });
  }

 private:
  // The highest bit: no more permits. The others count those that are out.
  static constexpr std::uint32_t closed = 0x8000'0000U;

  void wait_for_permits() noexcept {
    for (auto permits = permits_.load(); permits != closed; permits = permits_.load()) permits_.wait(permits);
  }

  std::mutex mutex_;
  std::condition_variable left_;
  std::unordered_map<context_member*, std::weak_ptr<context_member>> members_;
  std::atomic<std::uint32_t> permits_{0};
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
  leave_context();
}

void context_member::leave_context() noexcept {
  executor_ = {};
  if (registry_) registry_->remove(this);
}

context_member::permit::permit(context_member const& member) noexcept
    : registry_(member.registry_.get()), granted_(registry_ == nullptr || registry_->grant_permit()) {}

// The registry lives on: who holds a permit holds the member, too.
context_member::permit::~permit() {
  if (granted_ && registry_ != nullptr) registry_->take_back_permit();
}

// Asio shuts services down in the reverse order of their making. Ours comes after that of the strands: who has a
// permit may submit to a strand, and Asio's strand loses what another thread submits while its service is shut down.
void join_context(std::shared_ptr<context_member> const& member) {
  auto& context = asio::query(member->executor(), asio::execution::context);
  if (!asio::has_service<context_service>(context)) static_cast<void>(asio::make_strand(member->executor()));
  member->registry_ = asio::use_service<context_service>(context).members();
  member->registry_->add(member);
}

}  // namespace libvirt_asio::detail
