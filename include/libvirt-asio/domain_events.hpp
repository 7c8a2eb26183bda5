// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DOMAIN_EVENTS_HPP
#define LIBVIRT_ASIO_DOMAIN_EVENTS_HPP

#include <libvirt-asio/handle.hpp>

#include <string>
#include <variant>
#include <vector>

namespace libvirt_asio {

// What happens to domains, one type for each identifier of libvirt's, with the fields that its callback has: `srcPath`
// is `src_path`. Each owns what it carries. Values of enums are numbers, as newer libvirts and daemons know more of
// them. A null pointer of libvirt's is an empty string.

/// A parameter of an event. libvirt: `virTypedParameter`.
struct typed_parameter {
  std::string field;
  /// Empty if it is of a type that libvirt has come to know since.
  std::variant<std::monostate, int, unsigned, long long, unsigned long long, double, bool, std::string> value;
};

/// One end of the connection to a graphical console. libvirt: `virDomainEventGraphicsAddress`.
struct graphics_address {
  /// A `virDomainEventGraphicsAddressType`.
  int family = 0;
  /// The address of the host, or the path of a UNIX socket.
  std::string node;
  /// The port.
  std::string service;
};

/// What is known of a client of a graphical console. libvirt: `virDomainEventGraphicsSubjectIdentity`.
struct graphics_identity {
  /// "x509dname" or "saslUsername", say.
  std::string type;
  std::string name;
};

/// A domain was defined, started, suspended, stopped and so on. libvirt: `VIR_DOMAIN_EVENT_ID_LIFECYCLE`.
struct domain_lifecycle_event {
  domain dom;
  /// A `virDomainEventType`.
  int event = 0;
  /// Of the enum that belongs to `event`: of `VIR_DOMAIN_EVENT_STOPPED` a `virDomainEventStoppedDetailType`, say.
  int detail = 0;
};

/// A guest has rebooted. libvirt: `VIR_DOMAIN_EVENT_ID_REBOOT`.
struct domain_reboot_event {
  domain dom;
};

/// A guest has set its clock. libvirt: `VIR_DOMAIN_EVENT_ID_RTC_CHANGE`.
struct domain_rtc_change_event {
  domain dom;
  /// Its distance from UTC, in seconds.
  long long utcoffset = 0;
};

/// A watchdog has fired. libvirt: `VIR_DOMAIN_EVENT_ID_WATCHDOG`.
struct domain_watchdog_event {
  domain dom;
  /// A `virDomainEventWatchdogAction`.
  int action = 0;
};

/// A disk has failed. libvirt: `VIR_DOMAIN_EVENT_ID_IO_ERROR`.
struct domain_io_error_event {
  domain dom;
  std::string src_path;
  std::string dev_alias;
  /// A `virDomainEventIOErrorAction`.
  int action = 0;
};

/// A client of a graphical console has come, has been let in, or has left. libvirt: `VIR_DOMAIN_EVENT_ID_GRAPHICS`.
struct domain_graphics_event {
  domain dom;
  /// A `virDomainEventGraphicsPhase`.
  int phase = 0;
  /// The server's.
  graphics_address local;
  /// The client's.
  graphics_address remote;
  /// How the client was let in.
  std::string auth_scheme;
  /// Who the client is, as far as that is known.
  std::vector<graphics_identity> subject;
};

/// A disk has failed, and why. libvirt: `VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON`.
struct domain_io_error_reason_event {
  domain dom;
  std::string src_path;
  std::string dev_alias;
  /// A `virDomainEventIOErrorAction`.
  int action = 0;
  /// "enospc", say; empty if it is not known.
  std::string reason;
};

/// libvirt has lost the monitor of a domain. libvirt: `VIR_DOMAIN_EVENT_ID_CONTROL_ERROR`.
struct domain_control_error_event {
  domain dom;
};

/// A job on a disk, known by its path, has ended or got ready. libvirt: `VIR_DOMAIN_EVENT_ID_BLOCK_JOB`.
struct domain_block_job_event {
  domain dom;
  std::string disk;
  /// A `virDomainBlockJobType`.
  int type = 0;
  /// A `virConnectDomainEventBlockJobStatus`.
  int status = 0;
};

/// The source of a disk has changed. libvirt: `VIR_DOMAIN_EVENT_ID_DISK_CHANGE`.
struct domain_disk_change_event {
  domain dom;
  std::string old_src_path;
  std::string new_src_path;
  std::string dev_alias;
  /// A `virConnectDomainEventDiskChangeReason`.
  int reason = 0;
};

/// The tray of a removable disk was opened or closed. libvirt: `VIR_DOMAIN_EVENT_ID_TRAY_CHANGE`.
struct domain_tray_change_event {
  domain dom;
  std::string dev_alias;
  /// A `virDomainEventTrayChangeReason`.
  int reason = 0;
};

/// A guest has been woken up. libvirt: `VIR_DOMAIN_EVENT_ID_PMWAKEUP`.
struct domain_pmwakeup_event {
  domain dom;
  /// Always 0 so far.
  int reason = 0;
};

/// A guest has been suspended to memory. libvirt: `VIR_DOMAIN_EVENT_ID_PMSUSPEND`.
struct domain_pmsuspend_event {
  domain dom;
  /// Always 0 so far.
  int reason = 0;
};

/// The memory of a guest has changed by its balloon. libvirt: `VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE`.
struct domain_balloon_change_event {
  domain dom;
  /// In KiB.
  unsigned long long actual = 0;
};

/// A guest has been suspended to disk. libvirt: `VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK`.
struct domain_pmsuspend_disk_event {
  domain dom;
  /// Always 0 so far.
  int reason = 0;
};

/// A device was removed from a domain. libvirt: `VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED`.
struct domain_device_removed_event {
  domain dom;
  std::string dev_alias;
};

/// A job on a disk, known by its target, has ended or got ready. libvirt: `VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2`.
struct domain_block_job_2_event {
  domain dom;
  /// "vda", say.
  std::string dst;
  /// A `virDomainBlockJobType`.
  int type = 0;
  /// A `virConnectDomainEventBlockJobStatus`.
  int status = 0;
};

/// Tunable parameters of a domain have changed. libvirt: `VIR_DOMAIN_EVENT_ID_TUNABLE`.
struct domain_tunable_event {
  domain dom;
  /// Those named `VIR_DOMAIN_TUNABLE_…`.
  std::vector<typed_parameter> params;
};

/// The guest agent was connected or disconnected. libvirt: `VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE`.
struct domain_agent_lifecycle_event {
  domain dom;
  /// A `virConnectDomainEventAgentLifecycleState`.
  int state = 0;
  /// A `virConnectDomainEventAgentLifecycleReason`.
  int reason = 0;
};

/// A device was added to a domain. libvirt: `VIR_DOMAIN_EVENT_ID_DEVICE_ADDED`.
struct domain_device_added_event {
  domain dom;
  std::string dev_alias;
};

/// A migration has begun another iteration. libvirt: `VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION`.
struct domain_migration_iteration_event {
  domain dom;
  int iteration = 0;
};

/// A job of a domain, a migration say, has been completed. libvirt: `VIR_DOMAIN_EVENT_ID_JOB_COMPLETED`.
struct domain_job_completed_event {
  domain dom;
  /// Those named `VIR_DOMAIN_JOB_…`.
  std::vector<typed_parameter> params;
};

/// A device could not be removed from a domain. libvirt: `VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED`.
struct domain_device_removal_failed_event {
  domain dom;
  std::string dev_alias;
};

/// The metadata of a domain have changed. libvirt: `VIR_DOMAIN_EVENT_ID_METADATA_CHANGE`.
struct domain_metadata_change_event {
  domain dom;
  /// A `virDomainMetadataType`.
  int type = 0;
  /// The namespace of the changed element; empty for title and description.
  std::string nsuri;
};

/// More has been written to a disk than its threshold. libvirt: `VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD`.
struct domain_block_threshold_event {
  domain dom;
  /// "vda" or "vda[1]", say.
  std::string dev;
  std::string path;
  /// In bytes.
  unsigned long long threshold = 0;
  /// By how many bytes it was exceeded.
  unsigned long long excess = 0;
};

/// Memory of the host, or of the guest, has failed. libvirt: `VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE`, since libvirt 6.9.
struct domain_memory_failure_event {
  domain dom;
  /// A `virDomainMemoryFailureRecipientType`.
  int recipient = 0;
  /// A `virDomainMemoryFailureActionType`.
  int action = 0;
  /// `virDomainMemoryFailureFlags`.
  unsigned flags = 0;
};

/// The size of a memory device has changed. libvirt: `VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE`, since libvirt
/// 7.9.
struct domain_memory_device_size_change_event {
  domain dom;
  std::string alias;
  /// In KiB.
  unsigned long long size = 0;
};

/// A guest has changed the address of a network interface. libvirt: `VIR_DOMAIN_EVENT_ID_NIC_MAC_CHANGE`, since libvirt
/// 11.2.
struct domain_nic_mac_change_event {
  domain dom;
  std::string alias;
  std::string old_mac;
  std::string new_mac;
};

/// A virtual CPU was removed from a domain. libvirt: `VIR_DOMAIN_EVENT_ID_VCPU_REMOVED`, since libvirt 12.4.
struct domain_vcpu_removed_event {
  domain dom;
  unsigned vcpuid = 0;
};

/// A guest has opened or closed a channel. libvirt: `VIR_DOMAIN_EVENT_ID_CHANNEL_LIFECYCLE`, since libvirt 12.4.
struct domain_channel_lifecycle_event {
  domain dom;
  std::string channel_name;
  /// A `virConnectDomainEventChannelLifecycleState`.
  int state = 0;
  /// A `virConnectDomainEventChannelLifecycleReason`.
  int reason = 0;
};

}  // namespace libvirt_asio

#endif
