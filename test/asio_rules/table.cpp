#include "table.hpp"

#include <boost/core/demangle.hpp>
#include <boost/mp11/algorithm.hpp>

#include <typeinfo>

namespace asio_rules {
namespace {

template <class Operation>
operation row() {
  auto const name = boost::core::demangle(typeid(Operation).name());
  return {.name = name.substr(name.rfind(':') + 1),
          .start = [](session& s, any_handler handler) { Operation::start(s, std::move(handler)); },
          .soon = &Operation::soon,
          .refused = &Operation::refused,
          .destroy = &Operation::destroy,
          .close = &Operation::close,
          .must_outlive = Operation::must_outlive,
          .completes_immediately = Operation::completes_immediately,
          .refusal = Operation::refusal,
          .outstanding = Operation::outstanding()};
}

template <class... Operations>
std::vector<operation> rows(boost::mp11::mp_list<Operations...>) {
  return {row<Operations>()...};
}

}  // namespace

std::vector<operation> const& table() {
  static std::vector<operation> const all = rows(operations());
  return all;
}

rule_suite::rule_suite(char const* name, void (*rule)(operation const&), char const* file, std::size_t line) {
  auto* const suite = new boost::unit_test::test_suite(name, file, line);
  for (auto const& tested : table())
    suite->add(boost::unit_test::make_test_case([rule, &tested] { rule(tested); }, tested.name, file, line));
  suite_ = suite;
}

}  // namespace asio_rules
