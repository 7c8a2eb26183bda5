#ifndef LIBVIRT_ASIO_TEST_SUPPORT_PROCESS_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_PROCESS_HPP

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace test_support {

/// A child process, which ends with the object at the latest.
class process {
 public:
  /// Starts `arguments[0]`, looked up in `$PATH`; what it prints goes to the file `log`. It reads from the descriptor
  /// `input`, or nothing.
  process(std::vector<std::string> arguments, std::vector<std::string> environment,
          std::filesystem::path const& log, int input = -1);
  /// Asks it to end with SIGTERM; a process that takes no notice is killed.
  ~process();

  process(process const&) = delete;
  process& operator=(process const&) = delete;

  pid_t id() const noexcept { return id_; }

  /// Becomes readable, for `poll()`, when the process has ended.
  int end_descriptor() const noexcept { return end_descriptor_; }

  /// Sends SIGSTOP and returns when the process has stopped.
  void freeze();
  /// Sends SIGCONT.
  void thaw();
  /// The children of the process, and theirs.
  std::vector<pid_t> descendants() const;
  /// Sends SIGKILL and returns when the process has ended.
  void kill();
  /// Returns when it has ended by itself, and how: as `waitpid()` says, 0 for success.
  int wait() { return reap(); }
  /// Sends SIGTERM, after `patience` SIGKILL, and returns when the process has ended.
  void terminate(std::chrono::milliseconds patience);

 private:
  void signal(int number);
  int reap();

  pid_t id_ = 0;
  int end_descriptor_ = -1;
};

/// Runs a program to its end. If it fails, what it printed, which is in the file `log` then, is told by an exception.
void run_program(std::vector<std::string> const& arguments, std::filesystem::path const& log);

/// Kills processes that are nobody's child any more, such as guests whose daemon was killed: those
/// which wrote their id to a file `*.pid` below `folder` and were started with `folder` in an argument.
void kill_leftovers(std::filesystem::path const& folder);

}  // namespace test_support

#endif
