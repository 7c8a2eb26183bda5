// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_VOLUME_USES_HPP
#define LIBVIRT_ASIO_EXAMPLES_IMAGE_SERVER_VOLUME_USES_HPP

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace image_server {

/// Who reads and writes which volume: one writer alone, or any number of readers. Remembers which volumes have only a
/// part of what was to be written, so that nobody takes them for complete.
class volume_uses {
  struct state {
    unsigned readers = 0;
    bool is_written = false;
    bool is_incomplete = false;
    /// How large it is when it is complete.
    std::uint64_t size = 0;
  };

 public:
  /// To be kept while the volume is read.
  class reading {
   public:
    explicit reading(state& of) : of_(of) { ++of_.readers; }
    ~reading() { --of_.readers; }
    reading(reading const&) = delete;
    reading& operator=(reading const&) = delete;

   private:
    state& of_;
  };

  /// To be kept while the volume is written.
  class writing {
   public:
    writing(state& of, std::uint64_t& ended) : of_(of), ended_(ended) { of_.is_written = true; }
    ~writing() {
      of_.is_written = false;
      ++ended_;
    }
    writing(writing const&) = delete;
    writing& operator=(writing const&) = delete;

    /// It is written from its beginning on: until `complete()` it has only a part.
    void begin(std::uint64_t size) {
      was_incomplete_ = std::exchange(of_.is_incomplete, true);
      if (!was_incomplete_) of_.size = size;
    }
    /// So much has been written: if it was not complete before, it is only if that was all.
    void complete(std::uint64_t written) { of_.is_incomplete = was_incomplete_ && written < of_.size; }
    /// Nothing was written.
    void refused() { of_.is_incomplete = was_incomplete_; }

   private:
    state& of_;
    std::uint64_t& ended_;
    bool was_incomplete_ = false;
  };

  /// Why the volume cannot be read; null if it can.
  [[nodiscard]] char const* refuses_reading(std::string const& key) const {
    auto const& now = of(key);
    if (now.is_written) return "the volume is being written";
    return now.is_incomplete ? "the last upload to the volume was broken off" : nullptr;
  }

  /// Why the volume cannot be written; null if it can.
  [[nodiscard]] char const* refuses_writing(std::string const& key) const {
    auto const& now = of(key);
    if (now.is_written) return "the volume is being written";
    return now.readers != 0 ? "the volume is being read" : nullptr;
  }

  [[nodiscard]] reading read(std::string const& key) { return reading(all_[key]); }
  [[nodiscard]] writing write(std::string const& key) { return writing(all_[key], ended_writings_); }

  /// What was known of volumes is still true if this is what it was, and nobody writes them.
  [[nodiscard]] std::uint64_t ended_writings() const { return ended_writings_; }

 private:
  [[nodiscard]] state of(std::string const& key) const {
    auto const found = all_.find(key);
    return found != all_.end() ? found->second : state();
  }

  std::map<std::string, state> all_;
  std::uint64_t ended_writings_ = 0;
};

}  // namespace image_server

#endif
