#ifndef LIBVIRT_ASIO_TEST_ASIO_RULES_INLINE_EXECUTOR_HPP
#define LIBVIRT_ASIO_TEST_ASIO_RULES_INLINE_EXECUTOR_HPP

#include <memory>
#include <utility>

namespace asio_rules {

/// The least that Asio takes for an executor: it runs functions where they are handed over, and counts them.
class inline_executor {
 public:
  template <class Function>
  void execute(Function&& function) const {
    ++*executed_;
    ++*inside_;
    std::forward<Function>(function)();
    --*inside_;
  }

  [[nodiscard]] int executed() const { return *executed_; }
  [[nodiscard]] bool running() const { return *inside_ != 0; }

  friend bool operator==(inline_executor const& a, inline_executor const& b) noexcept {
    return a.executed_ == b.executed_;
  }
  friend bool operator!=(inline_executor const& a, inline_executor const& b) noexcept { return !(a == b); }

 private:
  std::shared_ptr<int> executed_ = std::make_shared<int>(0);
  std::shared_ptr<int> inside_ = std::make_shared<int>(0);
};

}  // namespace asio_rules

#endif
