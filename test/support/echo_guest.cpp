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

std::string channel_xml(std::string const& name) {
  return "<channel type='unix'><target type='virtio' name='" + name + "'/></channel>\n";
}

std::string spare_devices_xml(int count) {
  std::string xml;
  for (int number = 1; number <= count; ++number)
    xml += "<console type='pty'><target type='virtio'/></console>\n" +
           channel_xml(echo_guest::spare_channel(number));
  return xml;
}

std::string domain_xml(echo_guest_options const& options, std::filesystem::path const& disk) {
  return R"(<domain type='qemu'>
  <name>)" +
         options.name + R"(</name>
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
    <graphics type='vnc'><listen type='none'/></graphics>
    <serial type='pty'/>
    <console type='pty'/>
    )" + channel_xml(echo_guest::channel) +
         spare_devices_xml(options.spare_devices) + R"(  </devices>
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

std::filesystem::path write_echo_guest(std::filesystem::path const& folder) {
  std::filesystem::path disk = folder / "echo_guest.img";
  std::ofstream{disk, std::ios::binary}.write(echo_guest_boot_sector, sizeof(echo_guest_boot_sector));
  // QEMU runs as another user, and opens the disk of a guest for writing.
  std::filesystem::permissions(disk, static_cast<std::filesystem::perms>(0666));
  return disk;
}

echo_guest::echo_guest(virConnectPtr connection, echo_guest_options const& options)
    : name_{options.name},
      domain_{create(connection, domain_xml(options, write_echo_guest(folder_.path())), options)} {}

echo_guest::~echo_guest() {
  ::virDomainDestroy(domain_);
  ::virDomainFree(domain_);
}

// libvirt names consoles by their order, of which the first is the serial line.
std::string echo_guest::spare_console(int number) {
  return "console" + std::to_string(number);
}

std::string echo_guest::spare_channel(int number) {
  return std::string(channel) + "." + std::to_string(number);
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
