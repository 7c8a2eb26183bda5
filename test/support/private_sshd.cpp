#include "private_sshd.hpp"

#include "file_contents.hpp"
#include "ordinary_user.hpp"
#include "private_libvirtd.hpp"
#include "programs.hpp"
#include "ready_socket.hpp"

#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <stdexcept>

namespace test_support {
namespace {

constexpr std::chrono::seconds patience{60};

std::string own_name() {
  passwd const* self = ::getpwuid(::geteuid());
  if (!self) throw std::runtime_error{"the user of this process has no name to log in by"};
  return self->pw_name;
}

// Not configurable: where sshd, as root, locks up the part of it that strangers talk to.
void make_folder_of_privilege_separation() {
  if (::geteuid() != 0 || !std::filesystem::create_directory("/run/sshd")) return;
  constexpr auto all_may_look = static_cast<std::filesystem::perms>(0755);
  std::filesystem::permissions("/run/sshd", all_may_look);
}

// virt-ssh-helper takes root's session for the system's, and nobody's shell lets nobody in.
std::string force_ordinary_user() {
  if (::geteuid() != 0) return {};
  auto const [user, group] = ordinary_user();
  return "ForceCommand exec setpriv --clear-groups --reuid " + std::to_string(user) + " --regid " +
         std::to_string(group) + " sh -c \"$SSH_ORIGINAL_COMMAND\"\n";
}

}  // namespace

private_sshd::private_sshd(private_libvirtd const& daemon) {
  make_keys();
  configure_server(daemon.folder() / "run");
  configure_client();
  make_folder_of_privilege_separation();
  auto const& folder = folder_.path();
  ready_socket const ready{folder / "ready"};
  process_.emplace(std::vector<std::string>{find_program("setpriv"), "--pdeathsig", "TERM", find_program("sshd"), "-D",
                                            "-e", "-f", folder / "sshd_config"},
                   std::vector{"PATH=" + program_path(), "NOTIFY_SOCKET=" + (folder / "ready").string()},
                   folder / "log");
  if (!ready.wait(*process_, patience))
    throw std::runtime_error{"sshd did not get ready; its log:\n" + file_contents(folder / "log")};
}

void private_sshd::make_keys() const {
  for (char const* name : {"host_key", "user_key"})
    run_program({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder_.path() / name}, folder_.path() / "log");
}

void private_sshd::configure_server(std::filesystem::path const& runtime_folder) const {
  auto const& folder = folder_.path();
  std::ofstream{folder / "sshd_config"} << "ListenAddress 127.0.0.1:" << port_.number() << "\nHostKey "
                                        << (folder / "host_key").string() << "\nAuthorizedKeysFile "
                                        << (folder / "user_key.pub").string()
                                        << "\nSetEnv XDG_RUNTIME_DIR=" << runtime_folder.string()
                                        << "\nPidFile none\n"
                                           "StrictModes no\n"
                                           "UsePAM no\n"
                                           "PasswordAuthentication no\n"
                                           "KbdInteractiveAuthentication no\n"
                                           "PermitRootLogin prohibit-password\n"
                                        << force_ordinary_user();
}

// libvirt gives ssh no configuration of its own, but lets the program be chosen.
void private_sshd::configure_client() const {
  auto const& folder = folder_.path();
  std::ofstream{folder / "known_hosts"} << "[127.0.0.1]:" << port_.number() << ' '
                                        << file_contents(folder / "host_key.pub");
  std::ofstream{folder / "ssh_config"} << "User " << own_name() << "\nIdentityFile " << (folder / "user_key").string()
                                       << "\nIdentitiesOnly yes\nUserKnownHostsFile "
                                       << (folder / "known_hosts").string() << "\nGlobalKnownHostsFile none\n";
  std::ofstream{folder / "ssh"} << "#!/bin/sh\nexec ssh -F " << (folder / "ssh_config").string() << " \"$@\"\n";
  std::filesystem::permissions(folder / "ssh", std::filesystem::perms::owner_all);
}

void private_sshd::freeze_sessions() {
  auto const sessions = process_->descendants();
  if (sessions.empty()) throw std::runtime_error{"nobody is connected to sshd"};
  std::string thaw = "kill -CONT";
  for (pid_t const session : sessions) thaw += ' ' + std::to_string(session);
  thaws_sessions_.emplace(thaw);
  for (pid_t const session : sessions) ::kill(session, SIGSTOP);
}

void private_sshd::thaw_sessions() const {
  for (pid_t const session : process_->descendants()) ::kill(session, SIGCONT);
}

std::string private_sshd::uri(std::string const& host) const {
  return "qemu+ssh://" + host + ":" + std::to_string(port_.number()) +
         "/session?mode=legacy&no_tty=1&command=" + (folder_.path() / "ssh").string();
}

std::string private_sshd::uri_by_library(std::string const& library, std::string const& host) const {
  auto const& folder = folder_.path();
  return "qemu+" + library + "://" + own_name() + '@' + host + ':' + std::to_string(port_.number()) +
         "/session?mode=legacy&sshauth=privkey&keyfile=" + (folder / "user_key").string() +
         "&known_hosts=" + (folder / "known_hosts").string();
}

std::vector<std::string> private_sshd::missing() {
  return missing_programs({"sshd", "ssh", "ssh-keygen", "virt-ssh-helper"});
}

}  // namespace test_support
