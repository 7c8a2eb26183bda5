// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_TEXT_TABLE_HPP
#define LIBVIRT_ASIO_EXAMPLES_TEXT_TABLE_HPP

#include "emphasis.hpp"

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace example {

/// Rows under a heading, in columns as wide as what is in them.
class text_table {
 public:
  using row = std::vector<std::string>;

  explicit text_table(row heading) : widths_(heading.size()) { add(std::move(heading)); }

  void add(row next) {
    for (std::size_t column = 0; column < widths_.size(); ++column)
      widths_[column] = std::max(widths_[column], next[column].size());
    rows_.push_back(std::move(next));
  }

  void print(std::ostream& out) const {
    out << emphasized(line_of(rows_.front())) << '\n';
    for (auto each = rows_.begin() + 1; each != rows_.end(); ++each) out << line_of(*each) << '\n';
  }

 private:
  [[nodiscard]] std::string line_of(row const& cells) const {
    std::string line;
    for (std::size_t column = 0; column < cells.size(); ++column) {
      line += cells[column];
      // Nothing is to the right of the last.
      if (column + 1 < cells.size()) line.append(widths_[column] - cells[column].size() + 2, ' ');
    }
    return line;
  }

  std::vector<std::size_t> widths_;
  std::vector<row> rows_;
};

}  // namespace example

#endif
