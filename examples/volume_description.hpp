// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_VOLUME_DESCRIPTION_HPP
#define LIBVIRT_ASIO_EXAMPLES_VOLUME_DESCRIPTION_HPP

#include "look_up.hpp"

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>

#include <cstdlib>
#include <memory>
#include <sstream>

namespace example {

/// What libvirt tells of a volume, as a tree of its XML; throws if it fails. On a worker thread.
inline boost::property_tree::ptree describe_volume(virStorageVolPtr volume) {
  std::unique_ptr<char, decltype(&std::free)> const xml(virStorageVolGetXMLDesc(volume, 0), &std::free);
  check(xml != nullptr);
  std::istringstream text(xml.get());
  boost::property_tree::ptree tree;
  try {
    boost::property_tree::read_xml(text, tree);
  } catch (boost::property_tree::ptree_error const&) {
    throw libvirt_asio::system_error(libvirt_asio::errc::xml_error);
  }
  auto const described = tree.get_child_optional("volume");
  if (!described) throw libvirt_asio::system_error(libvirt_asio::errc::xml_error);
  return *described;
}

}  // namespace example

#endif
