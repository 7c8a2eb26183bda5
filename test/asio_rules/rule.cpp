#include "rule.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>

namespace asio_rules {

void run(session& s, std::function<asio::awaitable<void>()> const& coroutine) {
  // Not on the stack: a coroutine that hangs ends with the context.
  auto const ended = std::make_shared<bool>(false);
  auto const failure = std::make_shared<std::exception_ptr>();
  asio::co_spawn(*s.context, coroutine, [ended, failure](std::exception_ptr thrown) {
    *failure = thrown;
    *ended = true;
  });
  s.run_until([&] { return *ended; });
  if (*failure) std::rethrow_exception(*failure);
}

}  // namespace asio_rules
