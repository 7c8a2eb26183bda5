#include "process.hpp"

#include "file_contents.hpp"
#include "programs.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace test_support {
namespace {

struct file_actions : posix_spawn_file_actions_t {
  file_actions() { ::posix_spawn_file_actions_init(this); }
  ~file_actions() { ::posix_spawn_file_actions_destroy(this); }
  file_actions(file_actions const&) = delete;
  file_actions& operator=(file_actions const&) = delete;
};

struct attributes : posix_spawnattr_t {
  attributes() { ::posix_spawnattr_init(this); }
  ~attributes() { ::posix_spawnattr_destroy(this); }
  attributes(attributes const&) = delete;
  attributes& operator=(attributes const&) = delete;
};

void redirect(file_actions& actions, std::filesystem::path const& log, int input) {
  if (input >= 0)
    ::posix_spawn_file_actions_adddup2(&actions, input, 0);
  else
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
}

// The child keeps nothing of our signal handling, nor does Ctrl-C in our terminal reach it.
void detach_signals(attributes& attributes) {
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& string : strings) result.push_back(string.data());
  result.push_back(nullptr);
  return result;
}

int open_end_descriptor(pid_t id) {
  return static_cast<int>(::syscall(SYS_pidfd_open, id, 0U));
}

bool wait_for_end(int end_descriptor, std::chrono::milliseconds patience) {
  pollfd end{end_descriptor, POLLIN, 0};
  int result;
  do result = ::poll(&end, 1, static_cast<int>(patience.count()));
  while (result < 0 && errno == EINTR);
  return result > 0;
}

bool was_started_with(pid_t id, std::string const& text) {
  return file_contents("/proc/" + std::to_string(id) + "/cmdline").find(text) != std::string::npos;
}

std::vector<pid_t> children_of(pid_t id) {
  auto const name = std::to_string(id);
  std::ifstream file{"/proc/" + name + "/task/" + name + "/children"};
  return {std::istream_iterator<pid_t>{file}, {}};
}

void add_descendants(std::vector<pid_t>& found, pid_t parent) {
  for (pid_t const child : children_of(parent)) {
    found.push_back(child);
    add_descendants(found, child);
  }
}

void kill_leftover(pid_t id, std::string const& folder) {
  int end_descriptor = open_end_descriptor(id);
  if (end_descriptor < 0) return;
  // Looked at after the descriptor was opened: the id cannot be another process's from here on.
  if (was_started_with(id, folder) &&
      ::syscall(SYS_pidfd_send_signal, end_descriptor, SIGKILL, nullptr, 0U) == 0)
    wait_for_end(end_descriptor, std::chrono::seconds{10});
  ::close(end_descriptor);
}

}  // namespace

process::process(std::vector<std::string> arguments, std::vector<std::string> environment,
                 std::filesystem::path const& log, int input) {
  file_actions actions;
  redirect(actions, log, input);
  attributes attributes;
  detach_signals(attributes);
  int error = ::posix_spawnp(&id_, arguments.front().c_str(), &actions, &attributes,
                             pointers(arguments).data(), pointers(environment).data());
  if (error != 0)
    throw std::system_error{error, std::generic_category(), "cannot start " + arguments.front()};
  end_descriptor_ = open_end_descriptor(id_);
  if (end_descriptor_ < 0) {
    error = errno;
    kill();
    throw std::system_error{error, std::generic_category(), "pidfd_open"};
  }
}

process::~process() {
  terminate(std::chrono::seconds{10});
  ::close(end_descriptor_);
}

void process::freeze() {
  signal(SIGSTOP);
  if (id_ > 0)
    while (::waitpid(id_, nullptr, WUNTRACED) < 0 && errno == EINTR)
      ;
}

void process::thaw() {
  signal(SIGCONT);
}

std::vector<pid_t> process::descendants() const {
  std::vector<pid_t> found;
  add_descendants(found, id_);
  return found;
}

void process::kill() {
  signal(SIGKILL);
  reap();
}

void process::terminate(std::chrono::milliseconds patience) {
  if (id_ <= 0) return;
  thaw();
  signal(SIGTERM);
  if (!wait_for_end(end_descriptor_, patience)) signal(SIGKILL);
  reap();
}

void process::signal(int number) {
  if (id_ > 0) ::kill(id_, number);
}

int process::reap() {
  int status = 0;
  if (id_ > 0)
    while (::waitpid(id_, &status, 0) < 0)
      if (errno != EINTR) throw std::system_error{errno, std::generic_category(), "waitpid"};
  id_ = 0;
  return status;
}

void run_program(std::vector<std::string> const& arguments, std::filesystem::path const& log) {
  if (process(arguments, {"PATH=" + program_path()}, log).wait() != 0)
    throw std::runtime_error{arguments.front() + " failed: " + file_contents(log)};
}

void kill_leftovers(std::filesystem::path const& folder) {
  std::error_code ignored;
  std::vector<std::filesystem::path> files;
  for (auto entry = std::filesystem::recursive_directory_iterator{folder, ignored};
       entry != std::filesystem::recursive_directory_iterator{}; entry.increment(ignored))
    if (entry->path().extension() == ".pid") files.push_back(entry->path());
  for (auto const& file : files)
    if (pid_t id = 0; std::ifstream{file} >> id && id > 1) kill_leftover(id, folder.string());
}

}  // namespace test_support
