// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// The calls that connection_core has worker threads make.

#include "asio/cancellation.hpp"
#include "connection/connection_core.hpp"

#include <boost/asio/error.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace libvirt_asio::detail {

class connection_core::call_task final : public task {
 public:
  call_task(std::weak_ptr<connection_core> core, std::shared_ptr<native_connection> native,
            std::shared_ptr<pending_call> call)
      : core_(std::move(core)), native_(std::move(native)), call_(std::move(call)) {}

  void run() noexcept override {
    auto const info = call_->run(native_->get());
    auto const core = core_.lock();
    if (!core) return;
    core->remember_error(info);
    permit const allowed(*core);
    if (allowed) core->call_ended(*call_);
  }

 private:
  std::weak_ptr<connection_core> const core_;
  std::shared_ptr<native_connection> const native_;
  std::shared_ptr<pending_call> const call_;
};

void connection_core::call(std::shared_ptr<pending_call> call, waits_for waits) {
  auto const id = call->id();
  call->assign_cancellation(weak_from_this());
  std::shared_ptr<bounded_queue> queue;
  std::shared_ptr<call_task> task;
  {
    std::lock_guard lock(mutex_);
    if (native_) {
      queue = waits == waits_for::libvirt ? native_->calls() : native_->files();
      task = std::make_shared<call_task>(weak_from_this(), native_, call);
      calls_.add(id, {call, waits, queue, task});
    }
  }
  if (!task) return call->give_up(client_errc::not_open).complete_immediately();
  queue->submit(std::move(task));
}

void connection_core::call_ended(pending_call& call) {
  std::shared_ptr<pending_call> taken;
  {
    std::lock_guard lock(mutex_);
    taken = calls_.take(call.id());
  }
  if (taken) taken->result().post();
}

// A call that has begun goes on in libvirt, which cannot interrupt it; only its result is given up.
void connection_core::cancel_call(operation_id id, bool started_too) {
  std::optional<outstanding_calls::entry> found;
  {
    std::lock_guard lock(mutex_);
    found = calls_.find(id);
  }
  if (!found || (!found->withdraw() && !started_too)) return;
  std::shared_ptr<pending_call> taken;
  {
    std::lock_guard lock(mutex_);
    taken = calls_.take(id);
  }
  if (taken) taken->give_up(asio::error::operation_aborted).post();
}

void connection_core::give_up(std::vector<outstanding_calls::entry> const& calls) {
  for (auto const& each : calls) {
    each.withdraw();
    each.call->give_up(asio::error::operation_aborted).post();
  }
}

}  // namespace libvirt_asio::detail
