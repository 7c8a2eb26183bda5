// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_EVENTS_DESCRIBED_EVENTS_HPP
#define LIBVIRT_ASIO_EXAMPLES_EVENTS_DESCRIBED_EVENTS_HPP

#include "../look_up.hpp"

#include <libvirt-asio/domain_events.hpp>
#include <libvirt-asio/object_events.hpp>

#include <boost/describe/class.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_from.hpp>

// What Boost.JSON needs to make objects of events. It looks for both in their namespace.
namespace libvirt_asio {

BOOST_DESCRIBE_STRUCT(typed_parameter, (), (field, value))
BOOST_DESCRIBE_STRUCT(graphics_address, (), (family, node, service))
BOOST_DESCRIBE_STRUCT(graphics_identity, (), (type, name))

BOOST_DESCRIBE_STRUCT(domain_lifecycle_event, (), (dom, event, detail))
BOOST_DESCRIBE_STRUCT(domain_reboot_event, (), (dom))
BOOST_DESCRIBE_STRUCT(domain_rtc_change_event, (), (dom, utcoffset))
BOOST_DESCRIBE_STRUCT(domain_watchdog_event, (), (dom, action))
BOOST_DESCRIBE_STRUCT(domain_io_error_event, (), (dom, src_path, dev_alias, action))
BOOST_DESCRIBE_STRUCT(domain_graphics_event, (), (dom, phase, local, remote, auth_scheme, subject))
BOOST_DESCRIBE_STRUCT(domain_io_error_reason_event, (), (dom, src_path, dev_alias, action, reason))
BOOST_DESCRIBE_STRUCT(domain_control_error_event, (), (dom))
BOOST_DESCRIBE_STRUCT(domain_block_job_event, (), (dom, disk, type, status))
BOOST_DESCRIBE_STRUCT(domain_disk_change_event, (), (dom, old_src_path, new_src_path, dev_alias, reason))
BOOST_DESCRIBE_STRUCT(domain_tray_change_event, (), (dom, dev_alias, reason))
BOOST_DESCRIBE_STRUCT(domain_pmwakeup_event, (), (dom, reason))
BOOST_DESCRIBE_STRUCT(domain_pmsuspend_event, (), (dom, reason))
BOOST_DESCRIBE_STRUCT(domain_balloon_change_event, (), (dom, actual))
BOOST_DESCRIBE_STRUCT(domain_pmsuspend_disk_event, (), (dom, reason))
BOOST_DESCRIBE_STRUCT(domain_device_removed_event, (), (dom, dev_alias))
BOOST_DESCRIBE_STRUCT(domain_block_job_2_event, (), (dom, dst, type, status))
BOOST_DESCRIBE_STRUCT(domain_tunable_event, (), (dom, params))
BOOST_DESCRIBE_STRUCT(domain_agent_lifecycle_event, (), (dom, state, reason))
BOOST_DESCRIBE_STRUCT(domain_device_added_event, (), (dom, dev_alias))
BOOST_DESCRIBE_STRUCT(domain_migration_iteration_event, (), (dom, iteration))
BOOST_DESCRIBE_STRUCT(domain_job_completed_event, (), (dom, params))
BOOST_DESCRIBE_STRUCT(domain_device_removal_failed_event, (), (dom, dev_alias))
BOOST_DESCRIBE_STRUCT(domain_metadata_change_event, (), (dom, type, nsuri))
BOOST_DESCRIBE_STRUCT(domain_block_threshold_event, (), (dom, dev, path, threshold, excess))
BOOST_DESCRIBE_STRUCT(domain_memory_failure_event, (), (dom, recipient, action, flags))
BOOST_DESCRIBE_STRUCT(domain_memory_device_size_change_event, (), (dom, alias, size))
BOOST_DESCRIBE_STRUCT(domain_nic_mac_change_event, (), (dom, alias, old_mac, new_mac))
BOOST_DESCRIBE_STRUCT(domain_vcpu_removed_event, (), (dom, vcpuid))
BOOST_DESCRIBE_STRUCT(domain_channel_lifecycle_event, (), (dom, channel_name, state, reason))

BOOST_DESCRIBE_STRUCT(network_lifecycle_event, (), (net, event, detail))
BOOST_DESCRIBE_STRUCT(network_metadata_change_event, (), (net, type, nsuri))
BOOST_DESCRIBE_STRUCT(storage_pool_lifecycle_event, (), (pool, event, detail))
BOOST_DESCRIBE_STRUCT(storage_pool_refresh_event, (), (pool))
BOOST_DESCRIBE_STRUCT(node_device_lifecycle_event, (), (dev, event, detail))
BOOST_DESCRIBE_STRUCT(node_device_update_event, (), (dev))
BOOST_DESCRIBE_STRUCT(secret_lifecycle_event, (), (secret, event, detail))
BOOST_DESCRIBE_STRUCT(secret_value_changed_event, (), (secret))

inline void tag_invoke(boost::json::value_from_tag const&, boost::json::value& to, domain const& from) {
  to = {{"name", virDomainGetName(from.get())}, {"uuid", example::uuid_of(from.get())}};
}

inline void tag_invoke(boost::json::value_from_tag const&, boost::json::value& to, network const& from) {
  to = {{"name", virNetworkGetName(from.get())},
        {"uuid", example::uuid_of(from.get(), &virNetworkGetUUIDString)}};
}

inline void tag_invoke(boost::json::value_from_tag const&, boost::json::value& to, storage_pool const& from) {
  to = {{"name", virStoragePoolGetName(from.get())},
        {"uuid", example::uuid_of(from.get(), &virStoragePoolGetUUIDString)}};
}

inline void tag_invoke(boost::json::value_from_tag const&, boost::json::value& to, node_device const& from) {
  to = {{"name", virNodeDeviceGetName(from.get())}};
}

inline void tag_invoke(boost::json::value_from_tag const&, boost::json::value& to, secret const& from) {
  to = {{"uuid", example::uuid_of(from.get(), &virSecretGetUUIDString)}};
}

}  // namespace libvirt_asio

#endif
