// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/part_file.hpp"

#include <boost/system/system_error.hpp>

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <utility>

namespace libvirt_asio::detail {
namespace {

// The trailer: this, and a trailer_range for each range.
struct trailer_start {
  std::array<char, 16> signature;
  std::uint64_t volume;
  std::uint64_t offset;
  std::uint64_t length;
  std::uint64_t ranges;
};

struct trailer_range {
  std::uint64_t offset;
  std::uint64_t length;
  std::uint64_t progress;
};

constexpr std::array<char, 16> trailer_signature{'l', 'i', 'b', 'v', 'i', 'r', 't',
                                                 '-', 'a', 's', 'i', 'o', ' ', '1'};

template <class Value>
std::span<std::byte const> bytes_of(Value const& value) {
  return std::as_bytes(std::span(&value, 1));
}

template <class Value>
bool read_value(local_file const& file, std::uint64_t offset, Value& value) {
  return file.read_at(offset, std::as_writable_bytes(std::span(&value, 1))) == sizeof(Value);
}

// FNV-1a: the same in every build of this library.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (char const character : text) hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3U;
  return hash;
}

// The finished file may replace a regular file, and nothing else.
std::filesystem::path checked(std::filesystem::path target) {
  struct stat status {};
  if (::stat(target.c_str(), &status) != 0 || S_ISREG(status.st_mode)) return target;
  if (S_ISDIR(status.st_mode))
    throw system_error(error_code(EISDIR, boost::system::system_category()), target.string());
  throw system_error(client_errc::not_a_file, target.string());
}

std::uint64_t place_of(byte_range whole, std::size_t range) {
  return whole.length + sizeof(trailer_start) + range * sizeof(trailer_range);
}

}  // namespace

part_file::part_file(std::filesystem::path target, std::string_view volume_key, byte_range whole,
                     std::vector<byte_range> ranges)
    : target_(checked(std::move(target))),
      file_(local_file::open_or_create(name_for(target_))),
      volume_(hash_of(volume_key)),
      whole_(whole),
      ranges_(std::move(ranges)),
      progress_(ranges_.size()) {}

part_file part_file::create(std::filesystem::path const& target, std::string_view volume_key, byte_range whole,
                            std::vector<byte_range> const& ranges) {
  part_file file(target, volume_key, whole, ranges);
  try {
    file.file_.set_length(0);
    file.write_trailer();
  } catch (...) {
    file.discard();
    throw;
  }
  return file;
}

part_file part_file::resume(std::filesystem::path const& target, std::string_view volume_key, byte_range whole,
                            std::vector<byte_range> const& ranges) {
  part_file file(target, volume_key, whole, ranges);
  if (file.file_.length() == 0)
    file.write_trailer();
  else if (!file.read_trailer())
    throw system_error(client_errc::cannot_resume, name_for(target).string());
  return file;
}

std::vector<byte_range> part_file::ranges_left() const {
  std::vector<byte_range> left;
  for (std::size_t range = 0; range != ranges_.size(); ++range)
    left.push_back({ranges_[range].offset + progress_[range], ranges_[range].length - progress_[range]});
  return left;
}

void part_file::write_at(std::uint64_t offset, std::span<std::byte const> data) const {
  file_.write_at(offset - whole_.offset, data);
}

void part_file::record_progress(std::size_t range, std::uint64_t up_to) {
  progress_[range] = up_to - ranges_[range].offset;
  file_.write_at(place_of(whole_, range) + offsetof(trailer_range, progress), bytes_of(progress_[range]));
}

void part_file::complete() const {
  file_.set_length(whole_.length);
  if (::rename(name_for(target_).c_str(), target_.c_str()) != 0)
    throw system_error(error_code(errno, boost::system::system_category()), target_.string());
}

void part_file::discard() const noexcept {
  std::error_code ignored;
  std::filesystem::remove(name_for(target_), ignored);
}

std::filesystem::path part_file::name_for(std::filesystem::path const& target) {
  auto name = target;
  name += ".part";
  return name;
}

void part_file::write_trailer() const {
  trailer_start const start{trailer_signature, volume_, whole_.offset, whole_.length, ranges_.size()};
  file_.write_at(whole_.length, bytes_of(start));
  for (std::size_t range = 0; range != ranges_.size(); ++range) {
    trailer_range const recorded{ranges_[range].offset, ranges_[range].length, progress_[range]};
    file_.write_at(place_of(whole_, range), bytes_of(recorded));
  }
}

bool part_file::read_trailer() {
  trailer_start start{};
  if (!read_value(file_, whole_.length, start)) return false;
  bool const belongs = start.signature == trailer_signature && start.volume == volume_ &&
                       start.offset == whole_.offset && start.length == whole_.length &&
                       file_.length() == place_of(whole_, static_cast<std::size_t>(start.ranges));
  if (!belongs) return false;
  ranges_.clear();
  progress_.clear();
  for (std::size_t range = 0; range != start.ranges; ++range) {
    trailer_range recorded{};
    if (!read_value(file_, place_of(whole_, range), recorded) || recorded.progress > recorded.length) return false;
    ranges_.push_back({recorded.offset, recorded.length});
    progress_.push_back(recorded.progress);
  }
  return true;
}

}  // namespace libvirt_asio::detail
