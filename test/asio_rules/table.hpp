// The operations as rows of a table, with handlers of any kind: rules for which the handler's type does not matter
// are compiled once, and applied to each row.

#ifndef LIBVIRT_ASIO_TEST_ASIO_RULES_TABLE_HPP
#define LIBVIRT_ASIO_TEST_ASIO_RULES_TABLE_HPP

#include "operations.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associator.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asio_rules {

/// A handler, with its associated executor, allocator and cancellation slot, to which the error alone matters.
class any_handler {
 public:
  using inner_handler = asio::any_completion_handler<void(error_code)>;

  template <class Handler>
    requires(!std::same_as<std::remove_cvref_t<Handler>, any_handler>)
  any_handler(Handler&& handler) : inner_(std::forward<Handler>(handler)) {}

  template <class... Values>
  void operator()(error_code error, Values const&...) {
    std::move(inner_)(error);
  }

  [[nodiscard]] inner_handler const& inner() const noexcept { return inner_; }

 private:
  inner_handler inner_;
};

/// A row of the table.
struct operation {
  std::string name;
  void (*start)(session&, any_handler);
  void (*soon)(session&);
  void (*refused)(session&);
  /// Destroys the object that the operation is one of.
  void (*destroy)(session&);
  /// Closes it, if it can be closed.
  void (*close)(session&);
  /// Whether that object must live until the operation completes.
  bool must_outlive;
  /// Whether a refusal is an immediate completion.
  bool completes_immediately;
  error_code refusal;
  states outstanding;
};

[[nodiscard]] std::vector<operation> const& table();

/// A rule, as a suite with a test of each operation.
class rule_suite : public boost::unit_test::test_unit_generator {
 public:
  rule_suite(char const* name, void (*rule)(operation const&), char const* file, std::size_t line);

  boost::unit_test::test_unit* next() const override { return std::exchange(suite_, nullptr); }

 private:
  mutable boost::unit_test::test_unit* suite_;
};

#define ASIO_RULE_OF_TABLE(rule)                                                                              \
  static void rule(asio_rules::operation const& tested);                                                      \
  static boost::unit_test::ut_detail::auto_test_unit_registrar const registered_##rule(                       \
      asio_rules::rule_suite(#rule, &rule, __FILE__, __LINE__),                                               \
      boost::unit_test::decorator::collector_t::instance());                                                  \
  static void rule(asio_rules::operation const& tested)

}  // namespace asio_rules

namespace boost::asio {

template <template <class, class> class Associator, class Default>
struct associator<Associator, asio_rules::any_handler, Default>
    : Associator<asio_rules::any_handler::inner_handler, Default> {
  using inner = Associator<asio_rules::any_handler::inner_handler, Default>;

  static auto get(asio_rules::any_handler const& handler) noexcept { return inner::get(handler.inner()); }
  static auto get(asio_rules::any_handler const& handler, Default const& otherwise) noexcept {
    return inner::get(handler.inner(), otherwise);
  }
};

}  // namespace boost::asio

#endif
