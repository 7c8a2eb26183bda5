#include "private_libvirtd.hpp"

#include "certificates.hpp"
#include "file_contents.hpp"
#include "loopback_port.hpp"
#include "programs.hpp"
#include "ready_socket.hpp"

#include <unistd.h>

#include <chrono>
#include <fstream>
#include <stdexcept>

namespace test_support {
namespace {

constexpr std::chrono::seconds patience{60};

// What libvirt probed about QEMU, which takes seconds, is kept for the next daemon of the same process.
temporary_folder const& shared_cache() {
  static temporary_folder const cache = [] {
    temporary_folder folder;
    folder.give_to(ordinary_user());
    return folder;
  }();
  return cache;
}

void make_folder_for(user_and_group const& owner, std::filesystem::path const& path) {
  std::filesystem::create_directory(path);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  change_owner(path, owner);
}

std::vector<std::string> environment_of_daemon(std::filesystem::path const& folder) {
  std::string const home = folder.string();
  return {
      "PATH=" + program_path(),
      "HOME=" + home,
      // Not a folder of its own: libvirt's sockets lie deep in it, and their names must stay short.
      "XDG_CONFIG_HOME=" + home,
      "XDG_RUNTIME_DIR=" + home + "/run",
      "XDG_DATA_HOME=" + home + "/data",
      "XDG_CACHE_HOME=" + shared_cache().path().string(),
      "NOTIFY_SOCKET=" + home + "/ready",
      "SASL_CONF_PATH=" + home + "/sasl",
      // Nobody listens there: a daemon of ours has no business on the machine's buses.
      "DBUS_SYSTEM_BUS_ADDRESS=unix:path=" + home + "/no-bus",
      "DBUS_SESSION_BUS_ADDRESS=unix:path=" + home + "/no-bus",
  };
}

std::vector<std::string> command_of_daemon(std::filesystem::path const& folder,
                                           libvirtd_options const& options, user_and_group const& user) {
  std::vector<std::string> command{find_program("setpriv"), "--pdeathsig", "TERM"};
  if (::geteuid() == 0)
    command.insert(command.end(), {"--reuid", std::to_string(user.user), "--regid",
                                   std::to_string(user.group), "--clear-groups"});
  command.insert(command.end(),
                 {find_program("libvirtd"), "-f", folder / "libvirtd.conf", "-p", folder / "libvirtd.pid"});
  if (options.listen_tcp || options.listen_tls) command.push_back("--listen");
  return command;
}

std::string tail(std::string const& text) {
  constexpr std::size_t longest = 2000;
  return text.size() > longest ? text.substr(text.size() - longest) : text;
}

}  // namespace

private_libvirtd::private_libvirtd(libvirtd_options const& options)
    : kills_all_{killing_processes_of(folder())}, options_{options}, user_{ordinary_user()} {
  auto const& path = folder();
  for (char const* name : {"libvirt", "run", "data"}) make_folder_for(user_, path / name);
  std::ofstream{path / "libvirt" / "qemu.conf"} << "stdio_handler = \"file\"\n"
                                                   "security_driver = \"none\"\n";
  folder_.give_to(user_);
  configure();
  start();
}

private_libvirtd::~private_libvirtd() {
  process_.reset();
  kill_leftovers(folder());
}

void private_libvirtd::configure() {
  std::ofstream configuration{folder() / "libvirtd.conf"};
  configuration << "listen_addr = \"127.0.0.1\"\nlisten_tcp = " << options_.listen_tcp
                << "\nlisten_tls = " << options_.listen_tls << '\n';
  if (options_.listen_tcp)
    configuration << "auth_tcp = \"none\"\ntcp_port = \"" << tcp_port_.emplace().number() << "\"\n";
  if (options_.listen_tls) {
    make_certificates(folder());
    change_owner(folder() / "serverkey.pem", user_);
    configuration << "tls_port = \"" << tls_port_.emplace().number() << "\"\nca_file = " << folder() / "cacert.pem"
                  << "\ncert_file = " << folder() / "servercert.pem"
                  << "\nkey_file = " << folder() / "serverkey.pem" << '\n';
  }
  if (options_.account) {
    make_sasl_folder(folder() / "sasl", *options_.account, user_);
    configuration << "auth_tls = \"sasl\"\n";
  }
}

void private_libvirtd::start() {
  ready_socket const ready{folder() / "ready"};
  auto environment = environment_of_daemon(folder());
  environment.insert(environment.end(), options_.environment.begin(), options_.environment.end());
  process_ = std::make_unique<process>(command_of_daemon(folder(), options_, user_), environment,
                                       folder() / "libvirtd.log");
  if (!ready.wait(*process_, patience))
    throw std::runtime_error{"libvirtd did not get ready; the end of its log:\n" + tail(log())};
}

std::string private_libvirtd::unix_uri() const {
  return "qemu+unix:///session?socket=" + (folder() / "run/libvirt/libvirt-sock").string();
}

std::string private_libvirtd::tcp_uri() const {
  if (!tcp_port_) throw std::logic_error{"this libvirtd does not listen on TCP"};
  return "qemu+tcp://127.0.0.1:" + std::to_string(tcp_port_->number()) + "/session";
}

std::string private_libvirtd::tls_uri(std::filesystem::path const& certificates) const {
  if (!tls_port_) throw std::logic_error{"this libvirtd does not listen for TLS"};
  return "qemu+tls://127.0.0.1:" + std::to_string(tls_port_->number()) +
         "/session?pkipath=" + (certificates.empty() ? folder() : certificates).string();
}

void private_libvirtd::kill() {
  process_->kill();
  kill_leftovers(folder());
}

std::string private_libvirtd::log() const {
  return file_contents(folder() / "libvirtd.log");
}

temporary_folder private_libvirtd::make_folder(std::filesystem::path const& base) const {
  temporary_folder result{base};
  result.give_to(user_);
  return result;
}

std::vector<std::string> private_libvirtd::missing() {
  return missing_programs({"setpriv", "libvirtd", "qemu-system-x86_64", "qemu-img"});
}

}  // namespace test_support
