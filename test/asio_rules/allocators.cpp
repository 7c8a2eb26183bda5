// What an operation allocates comes from its handler's allocator, and goes back to it.

#include "rule.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <atomic>
#include <memory>
#include <type_traits>

namespace {

using namespace asio_rules;

/// Counts what it gives and takes back.
template <class Value>
struct counting_allocator {
  using value_type = Value;

  struct counts {
    std::atomic<int> given = 0;
    std::atomic<int> taken_back = 0;
  };
  std::shared_ptr<void> kept;
  std::atomic<int>* given;
  std::atomic<int>* taken_back;

  counting_allocator() {
    auto const all = std::make_shared<counts>();
    kept = all;
    given = &all->given;
    taken_back = &all->taken_back;
  }
  template <class Other>
  counting_allocator(counting_allocator<Other> const& other)
      : kept(other.kept), given(other.given), taken_back(other.taken_back) {}

  Value* allocate(std::size_t size) {
    ++*given;
    return std::allocator<Value>().allocate(size);
  }
  void deallocate(Value* memory, std::size_t size) {
    ++*taken_back;
    std::allocator<Value>().deallocate(memory, size);
  }
  friend bool operator==(counting_allocator const& a, counting_allocator const& b) {
    return a.kept == b.kept;
  }
  friend bool operator!=(counting_allocator const& a, counting_allocator const& b) { return !(a == b); }
};

/// Whether an operation makes its allocations by the handler's allocator.
/**
 * Whole streams are transferred by a coroutine that starts with the operation. Its memory is what Asio
 * recycles on each thread: `asio::co_spawn` takes it there whatever the allocator of its handler, and there
 * is nothing else to allocate.
 */
template <class Operation>
constexpr bool allocates_by_handler = !std::is_base_of_v<of_whole_stream, Operation>;

template <class Operation>
void check_given(counting_allocator<char> const& allocator) {
  if (allocates_by_handler<Operation>) BOOST_TEST(*allocator.given > 0);
}

template <class Operation>
void check_all_is_back(counting_allocator<char> const& allocator) {
  check_given<Operation>(allocator);
  BOOST_TEST(*allocator.given == *allocator.taken_back);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(allocators)

ASIO_RULE(memory_is_back_when_its_handler_is_called) {
  session s;
  Operation::soon(s);
  counting_allocator<char> const allocator;
  outcome ended;
  Operation::start(
      s, asio::bind_allocator(allocator, [&, inner = ended.handler()](error_code error, auto const&...) {
        // As Asio has it: the handler can use the memory for the next operation.
        BOOST_TEST(*allocator.given == *allocator.taken_back);
        inner(error);
      }));
  check_ends(s, ended);
  check_all_is_back<Operation>(allocator);
}

ASIO_RULE(memory_is_back_when_it_was_cancelled) {
  session s;
  counting_allocator<char> const allocator;
  asio::cancellation_signal signal;
  outcome ended;
  start_outstanding<Operation>(
      s, asio::bind_allocator(allocator, asio::bind_cancellation_slot(signal.slot(), ended.handler())));
  check_given<Operation>(allocator);
  signal.emit(terminal);
  check_ends(s, ended, asio::error::operation_aborted);
  // A coroutine's last frame goes a moment later.
  s.run_until([&] { return *allocator.given == *allocator.taken_back; });
}

ASIO_RULE(memory_is_back_when_the_context_was_destroyed) {
  session s;
  counting_allocator<char> const allocator;
  outcome ended;
  start_outstanding<Operation>(s, asio::bind_allocator(allocator, ended.handler()));
  s.loop.reset();
  s.context.reset();
  BOOST_TEST(!ended.ended());
  check_all_is_back<Operation>(allocator);
}

BOOST_AUTO_TEST_SUITE_END()
