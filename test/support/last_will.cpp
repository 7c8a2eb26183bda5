#include "last_will.hpp"

#include "programs.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace test_support {

// In brackets, lest the shell that runs it is found, too.
std::string killing_processes_of(std::filesystem::path const& folder) {
  return "pkill -KILL -f '[/]" + folder.string().substr(1) + "/'";
}

last_will::pipe_ends::pipe_ends() {
  if (::pipe2(descriptors, O_CLOEXEC) != 0) throw std::system_error{errno, std::generic_category(), "pipe2"};
}

last_will::pipe_ends::~pipe_ends() {
  for (int const descriptor : descriptors) ::close(descriptor);
}

last_will::last_will(std::string const& command)
    : executor_{{"sh", "-c", "read line; " + command},
                {"PATH=" + program_path()},
                folder_.path() / "log",
                ends_.descriptors[0]} {}

// While it still waits.
last_will::~last_will() {
  executor_.kill();
}

}  // namespace test_support
