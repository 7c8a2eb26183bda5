#ifndef LIBVIRT_ASIO_TEST_SUPPORT_TEMPORARY_FOLDER_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_TEMPORARY_FOLDER_HPP

#include "ordinary_user.hpp"

#include <filesystem>

namespace test_support {

/// A folder of its own name, removed with all it holds when the object is destroyed.
class temporary_folder {
 public:
  /// Makes the folder below `base`, by default `$TMPDIR` or `/tmp`.
  explicit temporary_folder(std::filesystem::path const& base = {});
  ~temporary_folder();

  temporary_folder(temporary_folder&& other) noexcept;
  temporary_folder& operator=(temporary_folder&& other) noexcept;

  std::filesystem::path const& path() const noexcept { return path_; }

  /// Makes another user the owner, who may then write in it. Needs root, unless the user stays the same.
  void give_to(user_and_group const& owner) const;

 private:
  std::filesystem::path path_;
};

void change_owner(std::filesystem::path const& path, user_and_group const& owner);

}  // namespace test_support

#endif
