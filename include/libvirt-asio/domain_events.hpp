// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DOMAIN_EVENTS_HPP
#define LIBVIRT_ASIO_DOMAIN_EVENTS_HPP

#include <libvirt-asio/handle.hpp>

#include <string>
#include <variant>
#include <vector>

namespace libvirt_asio {

/// @addtogroup event_sequences
/// @{

/// A parameter of an event.
/**
 * @par libvirt
 * `virTypedParameter`
 */
struct typed_parameter {
  /// Its name.
  std::string field;
  /// Its value. Empty if it is of a type that is newer than this library.
  std::variant<std::monostate, int, unsigned, long long, unsigned long long, double, bool, std::string> value;
};

/// One end of the connection to a graphical console.
/**
 * @par libvirt
 * `virDomainEventGraphicsAddress`
 */
struct graphics_address {
  /// The kind of address: a `virDomainEventGraphicsAddressType`.
  int family = 0;
  /// The address of the host, or the path of a UNIX socket.
  std::string node;
  /// The port.
  std::string service;
};

/// What is known of a client of a graphical console.
/**
 * @par libvirt
 * `virDomainEventGraphicsSubjectIdentity`
 */
struct graphics_identity {
  /// What is known: for example "x509dname" or "saslUsername".
  std::string type;
  /// Its value.
  std::string name;
};

/// A domain was defined, started, suspended, stopped and so on.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_LIFECYCLE`
 *
 * @par Example
 * @snippet docs/snippets/reference/events.cpp domain_lifecycle_event
 */
struct domain_lifecycle_event {
  domain dom;  ///< The domain.
  /// What has happened: a `virDomainEventType`.
  int event = 0;
  /// Why: a value of the enum that belongs to `event`, for example a `virDomainEventStoppedDetailType`.
  int detail = 0;
};

/// A guest has rebooted.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_REBOOT`
 */
struct domain_reboot_event {
  domain dom;  ///< The domain.
};

/// A guest has set its clock.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_RTC_CHANGE`
 */
struct domain_rtc_change_event {
  domain dom;  ///< The domain.
  /// The distance of the new time from UTC, in seconds.
  long long utcoffset = 0;
};

/// A watchdog has fired.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_WATCHDOG`
 */
struct domain_watchdog_event {
  domain dom;  ///< The domain.
  /// What is done about it: a `virDomainEventWatchdogAction`.
  int action = 0;
};

/// A disk has failed.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_IO_ERROR`
 */
struct domain_io_error_event {
  domain dom;  ///< The domain.
  /// The file or device of the host.
  std::string src_path;
  /// The alias of the disk.
  std::string dev_alias;
  /// What is done about it: a `virDomainEventIOErrorAction`.
  int action = 0;
};

/// A client of a graphical console has come, has been let in, or has left.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_GRAPHICS`
 */
struct domain_graphics_event {
  domain dom;  ///< The domain.
  /// What has happened: a `virDomainEventGraphicsPhase`.
  int phase = 0;
  /// The address of the server.
  graphics_address local;
  /// The address of the client.
  graphics_address remote;
  /// How the client was authenticated.
  std::string auth_scheme;
  /// Who the client is, as far as that is known.
  std::vector<graphics_identity> subject;
};

/// A disk has failed, and why.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON`
 */
struct domain_io_error_reason_event {
  domain dom;  ///< The domain.
  /// The file or device of the host.
  std::string src_path;
  /// The alias of the disk.
  std::string dev_alias;
  /// What is done about it: a `virDomainEventIOErrorAction`.
  int action = 0;
  /// Why: for example "enospc". Empty if that is not known.
  std::string reason;
};

/// libvirt can no longer talk to the monitor of a domain.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_CONTROL_ERROR`
 */
struct domain_control_error_event {
  domain dom;  ///< The domain.
};

/// A job on a disk, known by its path, has ended or got ready.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_BLOCK_JOB`
 */
struct domain_block_job_event {
  domain dom;  ///< The domain.
  /// The path of the disk.
  std::string disk;
  /// The type of the job: a `virDomainBlockJobType`.
  int type = 0;
  /// What has become of it: a `virConnectDomainEventBlockJobStatus`.
  int status = 0;
};

/// The source of a disk has changed.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_DISK_CHANGE`
 */
struct domain_disk_change_event {
  domain dom;  ///< The domain.
  /// The path of the old source. Empty if there was none.
  std::string old_src_path;
  /// The path of the new source. Empty if there is none.
  std::string new_src_path;
  /// The alias of the disk.
  std::string dev_alias;
  /// Why: a `virConnectDomainEventDiskChangeReason`.
  int reason = 0;
};

/// The tray of a removable disk was opened or closed.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_TRAY_CHANGE`
 */
struct domain_tray_change_event {
  domain dom;  ///< The domain.
  /// The alias of the disk.
  std::string dev_alias;
  /// Whether it was opened or closed: a `virDomainEventTrayChangeReason`.
  int reason = 0;
};

/// A guest has been woken up.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_PMWAKEUP`
 */
struct domain_pmwakeup_event {
  domain dom;  ///< The domain.
  /// Always 0 so far.
  int reason = 0;
};

/// A guest has been suspended to memory.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_PMSUSPEND`
 */
struct domain_pmsuspend_event {
  domain dom;  ///< The domain.
  /// Always 0 so far.
  int reason = 0;
};

/// The memory of a guest has changed by its balloon.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE`
 */
struct domain_balloon_change_event {
  domain dom;  ///< The domain.
  /// The memory that the guest has now, in KiB.
  unsigned long long actual = 0;
};

/// A guest has been suspended to disk.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK`
 */
struct domain_pmsuspend_disk_event {
  domain dom;  ///< The domain.
  /// Always 0 so far.
  int reason = 0;
};

/// A device was removed from a domain.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED`
 */
struct domain_device_removed_event {
  domain dom;  ///< The domain.
  /// The alias of the device.
  std::string dev_alias;
};

/// A job on a disk, known by its target, has ended or got ready.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2`
 */
struct domain_block_job_2_event {
  domain dom;  ///< The domain.
  /// The target of the disk: for example "vda".
  std::string dst;
  /// The type of the job: a `virDomainBlockJobType`.
  int type = 0;
  /// What has become of it: a `virConnectDomainEventBlockJobStatus`.
  int status = 0;
};

/// Tunable parameters of a domain have changed.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_TUNABLE`
 */
struct domain_tunable_event {
  domain dom;  ///< The domain.
  /// The new values. Their names are those of `VIR_DOMAIN_TUNABLE_…`.
  std::vector<typed_parameter> params;
};

/// The guest agent was connected or disconnected.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE`
 */
struct domain_agent_lifecycle_event {
  domain dom;  ///< The domain.
  /// Whether it is connected: a `virConnectDomainEventAgentLifecycleState`.
  int state = 0;
  /// Why: a `virConnectDomainEventAgentLifecycleReason`.
  int reason = 0;
};

/// A device was added to a domain.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_DEVICE_ADDED`
 */
struct domain_device_added_event {
  domain dom;  ///< The domain.
  /// The alias of the device.
  std::string dev_alias;
};

/// A migration has begun another iteration.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION`
 */
struct domain_migration_iteration_event {
  domain dom;  ///< The domain.
  /// The number of the iteration.
  int iteration = 0;
};

/// A job of a domain, for example a migration, has been completed.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_JOB_COMPLETED`
 */
struct domain_job_completed_event {
  domain dom;  ///< The domain.
  /// The statistics of the job. Their names are those of `VIR_DOMAIN_JOB_…`.
  std::vector<typed_parameter> params;
};

/// A device could not be removed from a domain.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED`
 */
struct domain_device_removal_failed_event {
  domain dom;  ///< The domain.
  /// The alias of the device.
  std::string dev_alias;
};

/// The metadata of a domain have changed.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_METADATA_CHANGE`
 */
struct domain_metadata_change_event {
  domain dom;  ///< The domain.
  /// Which metadata: a `virDomainMetadataType`.
  int type = 0;
  /// The namespace of the changed element. Empty for title and description.
  std::string nsuri;
};

/// More has been written to a disk than its threshold.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD`
 */
struct domain_block_threshold_event {
  domain dom;  ///< The domain.
  /// The disk, or the part of its backing chain: for example "vda" or "vda[1]".
  std::string dev;
  /// Its path, if it is a file or device of the host.
  std::string path;
  /// The threshold, in bytes.
  unsigned long long threshold = 0;
  /// How many bytes have been written beyond it; 0 if the hypervisor does not tell.
  unsigned long long excess = 0;
};

/// Memory of the host, or of the guest, has failed.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE`, since libvirt 6.9.
 */
struct domain_memory_failure_event {
  domain dom;  ///< The domain.
  /// Whose memory: a `virDomainMemoryFailureRecipientType`.
  int recipient = 0;
  /// What was done about it: a `virDomainMemoryFailureActionType`.
  int action = 0;
  /// More about it: `virDomainMemoryFailureFlags`.
  unsigned flags = 0;
};

/// The size of a memory device has changed.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE`, since libvirt 7.9.
 */
struct domain_memory_device_size_change_event {
  domain dom;  ///< The domain.
  /// The alias of the memory device.
  std::string alias;
  /// Its new size, in KiB.
  unsigned long long size = 0;
};

/// A guest has changed the MAC address of a network interface.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_NIC_MAC_CHANGE`, since libvirt 11.2.
 */
struct domain_nic_mac_change_event {
  domain dom;  ///< The domain.
  /// The alias of the network interface.
  std::string alias;
  /// The MAC address that it had.
  std::string old_mac;
  /// The MAC address that it has.
  std::string new_mac;
};

/// A virtual CPU was removed from a domain.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_VCPU_REMOVED`, since libvirt 12.4.
 */
struct domain_vcpu_removed_event {
  domain dom;  ///< The domain.
  /// The number of the virtual CPU.
  unsigned vcpuid = 0;
};

/// A guest has opened or closed a channel.
/**
 * @par libvirt
 * `VIR_DOMAIN_EVENT_ID_CHANNEL_LIFECYCLE`, since libvirt 12.4.
 */
struct domain_channel_lifecycle_event {
  domain dom;  ///< The domain.
  /// The name of the channel.
  std::string channel_name;
  /// Whether it is open: a `virConnectDomainEventChannelLifecycleState`.
  int state = 0;
  /// Why: a `virConnectDomainEventChannelLifecycleReason`.
  int reason = 0;
};

/// @}

}  // namespace libvirt_asio

#endif
