#include "embedded_qemu.hpp"

#include "process.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace test_support {
namespace {

// libvirt puts a little beside `root`, in places which GLib looks up once for the life of a process.
void keep_out_of_home() {
  static temporary_folder const home;
  for (char const* name : {"HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"})
    ::setenv(name, home.path().c_str(), 1);
}

}  // namespace

embedded_qemu::embedded_qemu() : kills_guests_{killing_processes_of(folder())} {
  keep_out_of_home();
  std::filesystem::create_directory(folder() / "etc");
  std::ofstream configuration{folder() / "etc" / "qemu.conf"};
  configuration << "stdio_handler = \"file\"\n"
                   "security_driver = \"none\"\n";
  if (::geteuid() == 0)
    configuration << "user = \"root\"\n"
                     "group = \"root\"\n"
                     "namespaces = []\n"
                     "remember_owner = 0\n";
}

embedded_qemu::~embedded_qemu() {
  kill_leftovers(folder());
}

std::string embedded_qemu::uri() const {
  return "qemu:///embed?root=" + folder().string();
}

}  // namespace test_support
