#!/usr/bin/env python3
# Copyright (c) 2026 The libvirt-asio authors
# Distributed under the Boost Software License, Version 1.0.
"""Writes C++ source that holds the files of the page: embed.py OUTPUT FOLDER FILE..."""

import pathlib
import sys

mime_types = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
}

output, folder, *files = (pathlib.Path(path).resolve() for path in sys.argv[1:])
arrays, entries = [], []
for number, file in enumerate(files):
    data = file.read_bytes()
    arrays.append(f"constexpr unsigned char data_{number}[] = {{{','.join(map(str, data))}}};")
    entries.append(f'    {{"/{file.relative_to(folder)}", "{mime_types[file.suffix]}", text_of(data_{number})}},')

output.write_text("""#include "page_files.hpp"

#include <cstddef>

namespace web_console {
namespace {

template <std::size_t Size>
std::string_view text_of(unsigned char const (&data)[Size]) {
  return {reinterpret_cast<char const*>(data), Size};
}

%s

}  // namespace

page_file const* find_page_file(std::string_view path) {
  static page_file const files[] = {
%s
  };
  for (auto const& each : files)
    if (each.path == path) return &each;
  return nullptr;
}

}  // namespace web_console
""" % ("\n".join(arrays), "\n".join(entries)))
