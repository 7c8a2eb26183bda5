// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "transfer/volume_size.hpp"

#include "libvirt/error_words.hpp"

#include <libvirt-asio/detail/call.hpp>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <libvirt/virterror.h>

#include <memory>
#include <sstream>

namespace libvirt_asio::detail {
namespace {

void check(bool success) {
  error_info info;
  if (!success) throw system_error(failed_call(info));
}

bool is_raw(virStorageVolPtr volume) {
  std::unique_ptr<char, decltype(&std::free)> const description(virStorageVolGetXMLDesc(volume, 0), &std::free);
  check(description != nullptr);
  std::istringstream text(description.get());
  boost::property_tree::ptree parsed;
  try {
    boost::property_tree::read_xml(text, parsed);
  } catch (boost::property_tree::ptree_error const& error) {
    throw system_error(worded_error(VIR_ERR_XML_ERROR, error.what()));
  }
  return parsed.get<std::string>("volume.target.format.<xmlattr>.type", "raw") == "raw";
}

}  // namespace

byte_range part_of(volume_size const& size, byte_range wanted) {
  if (wanted.offset > size.physical || wanted.length > size.physical - wanted.offset)
    throw system_error(client_errc::range_beyond_volume);
  if (wanted.length == 0) wanted.length = size.physical - wanted.offset;
  return wanted;
}

volume_size size_of(virStorageVolPtr volume) {
  virStorageVolInfo usual{};
  virStorageVolInfo physical{};
  check(virStorageVolGetInfo(volume, &usual) == 0);
  check(virStorageVolGetInfoFlags(volume, &physical, VIR_STORAGE_VOL_GET_PHYSICAL) == 0);
  return {physical.allocation, usual.capacity, usual.allocation, is_raw(volume)};
}

}  // namespace libvirt_asio::detail
