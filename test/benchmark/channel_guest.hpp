// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_TEST_BENCHMARK_CHANNEL_GUEST_HPP
#define LIBVIRT_ASIO_TEST_BENCHMARK_CHANNEL_GUEST_HPP

#include "libvirt_handles.hpp"

#include <filesystem>
#include <string>

namespace benchmark {

/// A guest that does not run, with many channels. What libvirt connects to is not QEMU's end of one, but whoever takes
/// the place of its socket: a process of ours that echoes.
class channel_guest {
 public:
  channel_guest(virConnectPtr connection, std::string name, int channels, std::filesystem::path const& folder)
      : name_(std::move(name)),
        domain_(checked(::virDomainCreateXML(connection, description(channels, folder).c_str(),
                                             VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_AUTODESTROY),
                        "cannot start the guest")) {}

  [[nodiscard]] std::string const& name() const { return name_; }

  /// The channels of all guests have numbers.
  [[nodiscard]] static std::string channel(int number) { return "channel" + std::to_string(number); }
  [[nodiscard]] static std::filesystem::path socket(std::filesystem::path const& folder, std::string const& guest,
                                                    int number) {
    return folder / (guest + "-" + std::to_string(number));
  }

 private:
  [[nodiscard]] std::string description(int channels, std::filesystem::path const& folder) const {
    std::string xml = "<domain type='qemu'><name>" + name_ +
                      "</name><memory unit='MiB'>16</memory>"
                      "<os><type arch='x86_64' machine='pc'>hvm</type></os><devices>"
                      "<controller type='usb' model='none'/><memballoon model='none'/>";
    for (int number = 0; number != channels; ++number)
      xml += "<channel type='unix'><source mode='bind' path='" + socket(folder, name_, number).string() +
             "'/><target type='virtio' name='" + channel(number) + "'/></channel>";
    return xml + "</devices></domain>";
  }

  std::string name_;
  libvirt_asio::domain domain_;
};

}  // namespace benchmark

#endif
