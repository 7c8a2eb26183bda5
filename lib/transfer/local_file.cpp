// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/local_file.hpp"

#include <boost/system/system_error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace libvirt_asio::detail {
namespace {

[[noreturn]] void throw_error(int number, std::filesystem::path const& path) {
  throw system_error(error_code(number, boost::system::system_category()), path.string());
}

[[noreturn]] void throw_errno(std::filesystem::path const& path) {
  throw_error(errno, path);
}

[[noreturn]] void throw_errno() {
  throw system_error(error_code(errno, boost::system::system_category()));
}

// Without O_NONBLOCK opening a FIFO waits for its other end, for ever if there is none. It changes nothing for
// regular files and block devices.
int open_file(std::filesystem::path const& path, int flags) {
  int const descriptor = ::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK, 0666);
  // A socket, or a device that is not there.
  if (descriptor < 0 && errno == ENXIO) throw system_error(client_errc::not_a_file, path.string());
  if (descriptor < 0) throw_errno(path);
  return descriptor;
}

mode_t type_of(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) throw_errno();
  return status.st_mode & S_IFMT;
}

// Calls a function that transfers some bytes until it has all of them or returns 0.
template <class Transfer>
std::size_t transfer_all(std::size_t size, Transfer transfer) {
  std::size_t done = 0;
  while (done != size) {
    ssize_t const some = transfer(done);
    if (some == 0) break;
    if (some > 0)
      done += static_cast<std::size_t>(some);
    else if (errno != EINTR)
      throw_errno();
  }
  return done;
}

}  // namespace

local_file local_file::open(std::filesystem::path const& path) {
  local_file file(open_file(path, O_RDONLY));
  auto const type = type_of(file.descriptor_);
  if (type == S_IFDIR) throw_error(EISDIR, path);
  if (type != S_IFREG && type != S_IFBLK) throw system_error(client_errc::not_a_file, path.string());
  return file;
}

local_file local_file::open_or_create(std::filesystem::path const& path) {
  local_file file(open_file(path, O_RDWR | O_CREAT));
  if (type_of(file.descriptor_) != S_IFREG) throw system_error(client_errc::not_a_file, path.string());
  return file;
}

local_file::local_file(local_file&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

local_file& local_file::operator=(local_file&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

local_file::~local_file() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::uint64_t local_file::length() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) throw_errno();
  if (S_ISREG(status.st_mode)) return static_cast<std::uint64_t>(status.st_size);
  // fstat does not know the length of a block device.
  off_t const end = ::lseek(descriptor_, 0, SEEK_END);
  if (end < 0) throw_errno();
  return static_cast<std::uint64_t>(end);
}

void local_file::set_length(std::uint64_t length) const {
  if (::ftruncate(descriptor_, static_cast<off_t>(length)) != 0) throw_errno();
}

std::size_t local_file::read_at(std::uint64_t offset, std::span<std::byte> buffer) const {
  return transfer_all(buffer.size(), [&](std::size_t done) {
    return ::pread(descriptor_, buffer.data() + done, buffer.size() - done, static_cast<off_t>(offset + done));
  });
}

void local_file::write_at(std::uint64_t offset, std::span<std::byte const> data) const {
  transfer_all(data.size(), [&](std::size_t done) {
    return ::pwrite(descriptor_, data.data() + done, data.size() - done, static_cast<off_t>(offset + done));
  });
}

section local_file::section_at(std::uint64_t offset, std::uint64_t end) const {
  off_t const data = ::lseek(descriptor_, static_cast<off_t>(offset), SEEK_DATA);
  // Block devices do not know.
  if (data < 0 && errno == EINVAL) return {false, end - offset};
  // ENXIO: nothing but a hole up to the end of the file, which may have come nearer.
  if (data < 0 && errno != ENXIO) throw_errno();
  if (data < 0 && length() < end) throw system_error(client_errc::source_too_short);
  auto const data_begin = data < 0 ? end : std::min(end, static_cast<std::uint64_t>(data));
  if (data_begin > offset) return {true, data_begin - offset};
  off_t const hole = ::lseek(descriptor_, static_cast<off_t>(offset), SEEK_HOLE);
  if (hole < 0) throw_errno();
  return {false, std::min(end, static_cast<std::uint64_t>(hole)) - offset};
}

}  // namespace libvirt_asio::detail
