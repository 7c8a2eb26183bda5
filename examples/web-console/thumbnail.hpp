// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_THUMBNAIL_HPP
#define LIBVIRT_ASIO_EXAMPLES_WEB_CONSOLE_THUMBNAIL_HPP

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <stdexcept>
#include <string>

namespace web_console {

/// A portable pixmap, as QEMU gives it, made small: each of its pixels is the mean of a square of others.
inline std::string make_thumbnail(std::string const& picture) {
  constexpr std::size_t max_width = 320;
  std::istringstream header(picture);
  std::string format;
  std::size_t width = 0, height = 0, depth = 0;
  header >> format >> width >> height >> depth;
  header.get();
  bool const is_known = header && format == "P6" && depth == 255 && width != 0 && height != 0;
  auto const begin = is_known ? static_cast<std::size_t>(header.tellg()) : 0;
  if (!is_known || width > 65'536 || height > 65'536 || picture.size() - begin < width * height * 3)
    throw std::runtime_error("the picture is no portable pixmap");

  auto const side = (width + max_width - 1) / max_width;
  auto const new_width = std::max<std::size_t>(width / side, 1), new_height = std::max<std::size_t>(height / side, 1);
  auto const color = [&](std::size_t x, std::size_t y, std::size_t channel) {
    return static_cast<unsigned char>(picture[begin + (y * width + x) * 3 + channel]);
  };
  auto const mean = [&](std::size_t left, std::size_t top, std::size_t channel) {
    auto const right = std::min(left + side, width), bottom = std::min(top + side, height);
    std::size_t sum = 0;
    for (auto y = top; y != bottom; ++y)
      for (auto x = left; x != right; ++x) sum += color(x, y, channel);
    return static_cast<char>(sum / ((right - left) * (bottom - top)));
  };
  auto small = "P6\n" + std::to_string(new_width) + ' ' + std::to_string(new_height) + "\n255\n";
  for (std::size_t y = 0; y != new_height; ++y)
    for (std::size_t x = 0; x != new_width; ++x)
      for (std::size_t channel = 0; channel != 3; ++channel) small += mean(x * side, y * side, channel);
  return small;
}

}  // namespace web_console

#endif
