// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "libvirt/error_words.hpp"

#include <cstddef>
#include <functional>
#include <iterator>
#include <list>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace libvirt_asio::detail {
namespace {

constexpr std::size_t errors_kept = 1'024;

class recent_words;

/// The category of one error.
class worded_category final : public libvirt_error_category {
 public:
  worded_category(recent_words const& owner, int value, std::string words)
      : owner_(owner), value_(value), words_(std::move(words)) {}

  std::string message(int value) const override;

 private:
  friend recent_words;

  recent_words const& owner_;
  int value_;
  std::string words_;
};

/// The words of the latest errors, the oldest first.
class recent_words {
 public:
  error_category const& category_for(int value, std::string const& words) {
    std::lock_guard const lock(mutex_);
    if (auto const known = positions_.find({value, words}); known != positions_.end())
      return latest(known->second);
    auto const used = categories_.size() < errors_kept ? add(value, words) : reuse_oldest(value, words);
    positions_.emplace(key{value, used->words_}, used);
    return latest(used);
  }

  std::string message(worded_category const& category, int value) const {
    std::lock_guard const lock(mutex_);
    // The category may have been reused for another error.
    return value == category.value_ ? category.words_ : libvirt_category().message(value);
  }

 private:
  using position = std::list<worded_category>::iterator;

  struct key {
    int value;
    // Of the category itself, which stays where it is.
    std::string_view words;
    bool operator==(key const&) const = default;
  };

  struct key_hash {
    std::size_t operator()(key const& hashed) const {
      return std::hash<std::string_view>()(hashed.words) ^ std::hash<int>()(hashed.value);
    }
  };

  position add(int value, std::string const& words) {
    return categories_.emplace(categories_.end(), *this, value, words);
  }

  position reuse_oldest(int value, std::string const& words) {
    auto const oldest = categories_.begin();
    positions_.erase({oldest->value_, oldest->words_});
    oldest->value_ = value;
    oldest->words_ = words;
    return oldest;
  }

  error_category const& latest(position used) {
    categories_.splice(categories_.end(), categories_, used);
    return *used;
  }

  mutable std::mutex mutex_;
  std::list<worded_category> categories_;
  std::unordered_map<key, position, key_hash> positions_;
};

std::string worded_category::message(int value) const {
  return owner_.message(*this, value);
}

// Never destroyed: error codes may be printed while the process exits.
recent_words& recent() {
  static auto& words = *new recent_words;
  return words;
}

}  // namespace

std::string libvirt_error_category::message(int value) const {
  return "libvirt error " + std::to_string(value);
}

error_code worded_error(int value, std::string const& words) {
  return {value, recent().category_for(value, words)};
}

}  // namespace libvirt_asio::detail
