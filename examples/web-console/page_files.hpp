// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_PAGE_FILES_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_PAGE_FILES_HPP

#include <string_view>

namespace web_console {

/// A file of the page, which is in the program.
struct page_file {
  std::string_view path;
  std::string_view mime_type;
  std::string_view data;
};

/// Null if there is none at this path.
page_file const* find_page_file(std::string_view path);

}  // namespace web_console

#endif
