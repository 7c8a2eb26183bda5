// The initiation that a completion token gets is a type that tells its executor, as Asio's own are: without
// one `asio::cancel_after` and the partial tokens of newer versions do not compile.

#include "rule.hpp"

#include <boost/asio/async_result.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace asio_rules {

/// A completion token that does not start the operation, but looks at its initiation.
struct look_at_initiation {};

template <class Initiation>
struct seen_initiation {
  static constexpr bool has_executor = requires(Initiation const& initiation) {
    typename Initiation::executor_type;
    { initiation.get_executor() }
    noexcept->std::same_as<typename Initiation::executor_type>;
  };
};

}  // namespace asio_rules

namespace boost::asio {

template <class... Signatures>
class async_result<asio_rules::look_at_initiation, Signatures...> {
 public:
  template <class Initiation, class... Args>
  static auto initiate(Initiation&&, asio_rules::look_at_initiation, Args&&...) {
    return asio_rules::seen_initiation<std::decay_t<Initiation>>();
  }
};

}  // namespace boost::asio

namespace {
using namespace asio_rules;
}

BOOST_AUTO_TEST_SUITE(initiations)

ASIO_RULE(its_initiation_tells_its_executor) {
  using seen = decltype(Operation::start(std::declval<session&>(), look_at_initiation()));
  static_assert(seen::has_executor);
}

BOOST_AUTO_TEST_SUITE_END()
