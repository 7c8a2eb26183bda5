#ifndef LIBVIRT_ASIO_TEST_SUPPORT_LAST_WILL_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_LAST_WILL_HPP

#include "process.hpp"
#include "temporary_folder.hpp"

#include <filesystem>
#include <string>

namespace test_support {

/// The command that kills all processes which were started with a file of that folder in an argument.
std::string killing_processes_of(std::filesystem::path const& folder);

/// A command of the shell that is run if this process ends without having destroyed the object: by a signal, say.
class last_will {
 public:
  explicit last_will(std::string const& command);
  ~last_will();

  last_will(last_will const&) = delete;
  last_will& operator=(last_will const&) = delete;

 private:
  // The kernel closes the end that is written to when this process is gone, whoever ended it and how.
  struct pipe_ends {
    pipe_ends();
    ~pipe_ends();
    pipe_ends(pipe_ends const&) = delete;
    pipe_ends& operator=(pipe_ends const&) = delete;

    int descriptors[2];
  };

  temporary_folder folder_;
  pipe_ends ends_;
  process executor_;
};

}  // namespace test_support

#endif
