#include "echo_guest.hpp"

#include "libvirt_failure.hpp"

#include <fstream>
#include <memory>

extern "C" char const echo_guest_boot_sector[512];

namespace test_support {
namespace {

struct stream_deleter {
  void operator()(virStreamPtr stream) const {
    ::virStreamAbort(stream);
    ::virStreamFree(stream);
  }
};
using stream_handle = std::unique_ptr<virStream, stream_deleter>;

std::filesystem::path write_disk(std::filesystem::path const& folder) {
  std::filesystem::path disk = folder / "echo_guest.img";
  std::ofstream{disk, std::ios::binary}.write(echo_guest_boot_sector, sizeof(echo_guest_boot_sector));
  // QEMU runs as another user, and opens the disk of a guest for writing.
  std::filesystem::permissions(disk, static_cast<std::filesystem::perms>(0666));
  return disk;
}

std::string domain_xml(std::string const& name, std::filesystem::path const& disk) {
  return R"(<domain type='qemu'>
  <name>)" +
         name + R"(</name>
  <memory unit='MiB'>16</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file=')" +
         disk.string() + R"('/>
      <target dev='hda' bus='ide'/>
    </disk>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
    <video><model type='vga'/></video>
    <serial type='pty'/>
    <console type='pty'/>
    <channel type='unix'><target type='virtio' name=')" +
         echo_guest::channel + R"('/></channel>
  </devices>
</domain>)";
}

virDomainPtr create(virConnectPtr connection, std::string const& xml, echo_guest_options const& options) {
  unsigned int flags = 0;
  if (options.autodestroy) flags |= VIR_DOMAIN_START_AUTODESTROY;
  if (options.paused) flags |= VIR_DOMAIN_START_PAUSED;
  virDomainPtr domain = ::virDomainCreateXML(connection, xml.c_str(), flags);
  if (!domain) throw_last_error("cannot start the guest " + options.name);
  return domain;
}

stream_handle open_console(virDomainPtr domain) {
  stream_handle stream{::virStreamNew(::virDomainGetConnect(domain), 0)};
  if (!stream || ::virDomainOpenConsole(domain, nullptr, stream.get(), 0) < 0)
    throw_last_error("cannot open the console of the guest");
  return stream;
}

void read_banner(virStreamPtr console) {
  std::string line;
  for (char byte = 0; line != echo_guest::banner; line += byte)
    if (line.size() == echo_guest::banner.size() || ::virStreamRecv(console, &byte, 1) != 1)
      throw_last_error("the guest did not boot, it said '" + line + "'");
}

}  // namespace

echo_guest::echo_guest(virConnectPtr connection, echo_guest_options const& options)
    : name_{options.name},
      domain_{create(connection, domain_xml(name_, write_disk(folder_.path())), options)} {}

echo_guest::~echo_guest() {
  ::virDomainDestroy(domain_);
  ::virDomainFree(domain_);
}

void echo_guest::resume() {
  if (::virDomainResume(domain_) < 0) throw_last_error("cannot resume the guest " + name_);
}

void echo_guest::boot() {
  stream_handle console = open_console(domain_);
  resume();
  read_banner(console.get());
}

}  // namespace test_support
