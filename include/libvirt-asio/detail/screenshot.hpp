// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_SCREENSHOT_HPP
#define LIBVIRT_ASIO_DETAIL_SCREENSHOT_HPP

#include <libvirt-asio/error.hpp>

#include <boost/asio/associator.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace libvirt_asio::detail {

/// The handler of a screenshot, in the place of that of the opening of its stream: it adds the MIME type.
template <class Handler>
struct mime_type_handler {
  Handler handler;
  std::shared_ptr<std::string> mime_type;

  void operator()(error_code error) {
    std::string type;
    if (!error) type.swap(*mime_type);
    mime_type.reset();
    std::move(handler)(error, std::move(type));
  }
};

/// The initiation of `async_open_screenshot`. `opening`, the stream's own deferred operation, owns what it needs.
template <class Executor>
class screenshot_initiation {
 public:
  using executor_type = Executor;

  explicit screenshot_initiation(Executor executor) : executor_(std::move(executor)) {}

  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

  template <class Handler, class Opening>
  void operator()(Handler&& handler, Opening&& opening, std::shared_ptr<std::string> mime_type) const {
    std::forward<Opening>(opening)(
        mime_type_handler<std::decay_t<Handler>>{std::forward<Handler>(handler), std::move(mime_type)});
  }

 private:
  Executor executor_;
};

}  // namespace libvirt_asio::detail

/// What is associated with the handler is associated with the one in its place.
template <template <class, class> class Associator, class Handler, class Default>
struct boost::asio::associator<Associator, libvirt_asio::detail::mime_type_handler<Handler>, Default>
    : Associator<Handler, Default> {
  static decltype(auto) get(libvirt_asio::detail::mime_type_handler<Handler> const& wrapper) noexcept {
    return Associator<Handler, Default>::get(wrapper.handler);
  }

  static decltype(auto) get(libvirt_asio::detail::mime_type_handler<Handler> const& wrapper,
                            Default const& otherwise) noexcept {
    return Associator<Handler, Default>::get(wrapper.handler, otherwise);
  }
};

#endif
