#ifndef LIBVIRT_ASIO_TEST_OPERATIONS_OUTCOME_HPP
#define LIBVIRT_ASIO_TEST_OPERATIONS_OUTCOME_HPP

#include <libvirt-asio/error.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

namespace operations {

/// How an operation ended, or that it has not yet. Its handlers may outlive it.
template <class... Values>
class outcome {
 public:
  /// The operation's handler.
  auto handler() const {
    return [state = state_](libvirt_asio::error_code error, Values... values) {
      ++state->calls;
      state->result.emplace(error, std::move(values)...);
    };
  }

  bool ended() const { return state_->result.has_value(); }
  int calls() const { return state_->calls; }
  libvirt_asio::error_code error() const { return std::get<0>(*state_->result); }
  auto& value() const { return std::get<1>(*state_->result); }

 private:
  struct state {
    int calls = 0;
    std::optional<std::tuple<libvirt_asio::error_code, Values...>> result;
  };
  std::shared_ptr<state> state_ = std::make_shared<state>();
};

using plain_outcome = outcome<>;
using transfer_outcome = outcome<std::size_t>;

}  // namespace operations

#endif
