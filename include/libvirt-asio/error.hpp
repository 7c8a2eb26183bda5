// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_ERROR_HPP
#define LIBVIRT_ASIO_ERROR_HPP

#include <libvirt-asio/detail/export.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <string>
#include <type_traits>

namespace libvirt_asio {

/// @addtogroup errors
/// @{

using boost::system::error_category;
using boost::system::error_code;
using boost::system::system_error;

/// libvirt's error numbers: `errc::no_domain` is `VIR_ERR_NO_DOMAIN`, `errc::warning_no_node` is `VIR_WAR_NO_NODE`.
/**
 * An `error_code` can be compared with an enumerator. Some numbers may be newer than the installed libvirt. A number
 * that is newer than this library has no enumerator; it is the `value()` of the `error_code`.
 *
 * @par libvirt
 * `virErrorNumber`
 *
 * @par Example
 * @snippet docs/snippets/reference/error.cpp errc
 */
enum class errc {
  ok = 0,  ///< Success.
  internal_error = 1,  ///< An internal error of libvirt, or one that has no number of its own.
  no_memory = 2,  ///< There is no memory left.
  no_support = 3,  ///< The driver does not have this function.
  unknown_host = 4,  ///< The name of the host cannot be resolved.
  no_connect = 5,  ///< No driver could connect to the hypervisor.
  invalid_conn = 6,  ///< Not a valid connection.
  invalid_domain = 7,  ///< Not a valid domain.
  invalid_arg = 8,  ///< An argument is not valid.
  operation_failed = 9,  ///< The operation failed.
  get_failed = 10,  ///< An HTTP GET failed.
  post_failed = 11,  ///< An HTTP POST failed.
  http_error = 12,  ///< An HTTP status that was not expected.
  sexpr_serial = 13,  ///< An S-expression could not be written.
  no_xen = 14,  ///< Xen's hypervisor control could not be opened.
  xen_call = 15,  ///< A call to the hypervisor failed.
  os_type = 16,  ///< The type of operating system is not known.
  no_kernel = 17,  ///< The kernel is not given.
  no_root = 18,  ///< The root device is not given.
  no_source = 19,  ///< The source of a device is not given.
  no_target = 20,  ///< The target of a device is not given.
  no_name = 21,  ///< The name is not given.
  no_os = 22,  ///< The operating system is not given.
  no_device = 23,  ///< The devices are not given.
  no_xenstore = 24,  ///< The Xen Store could not be opened.
  driver_full = 25,  ///< Too many drivers are registered.
  call_failed = 26,  ///< The drivers do not support the call; libvirt no longer uses it.
  xml_error = 27,  ///< A description in XML is not well formed, or lacks something.
  dom_exist = 28,  ///< The domain exists already.
  operation_denied = 29,  ///< Not allowed, for example on a read-only connection.
  open_failed = 30,  ///< A configuration file could not be opened.
  read_failed = 31,  ///< A configuration file could not be read.
  parse_failed = 32,  ///< A configuration file could not be parsed.
  conf_syntax = 33,  ///< A configuration file has a syntax error.
  write_failed = 34,  ///< A configuration file could not be written.
  xml_detail = 35,  ///< A detail of an error in XML.
  invalid_network = 36,  ///< Not a valid network.
  network_exist = 37,  ///< The network exists already.
  system_error = 38,  ///< A system call failed.
  rpc = 39,  ///< The remote procedure call failed.
  gnutls_error = 40,  ///< GnuTLS failed.
  warning_no_network = 41,  ///< The network driver could not be started.
  no_domain = 42,  ///< There is no such domain, or it has gone.
  no_network = 43,  ///< There is no such network.
  invalid_mac = 44,  ///< Not a valid MAC address.
  auth_failed = 45,  ///< The authentication failed.
  invalid_storage_pool = 46,  ///< Not a valid storage pool.
  invalid_storage_vol = 47,  ///< Not a valid storage volume.
  warning_no_storage = 48,  ///< The storage driver could not be started.
  no_storage_pool = 49,  ///< There is no such storage pool.
  no_storage_vol = 50,  ///< There is no such storage volume.
  warning_no_node = 51,  ///< The driver of host devices could not be started.
  invalid_node_device = 52,  ///< Not a valid device of the host.
  no_node_device = 53,  ///< There is no such device of the host.
  no_security_model = 54,  ///< There is no such security model.
  operation_invalid = 55,  ///< Not possible in the present state, for example on a domain that does not run.
  warning_no_interface = 56,  ///< The interface driver could not be started.
  no_interface = 57,  ///< There is no such interface, or no driver for it.
  invalid_interface = 58,  ///< Not a valid interface.
  multiple_interfaces = 59,  ///< More than one interface matches.
  warning_no_nwfilter = 60,  ///< The network filter driver could not be started.
  invalid_nwfilter = 61,  ///< Not a valid network filter.
  no_nwfilter = 62,  ///< There is no such network filter.
  build_firewall = 63,  ///< The rules of the firewall could not be made.
  warning_no_secret = 64,  ///< The secret driver could not be started.
  invalid_secret = 65,  ///< Not a valid secret.
  no_secret = 66,  ///< There is no such secret.
  config_unsupported = 67,  ///< The configuration asks for something that is not supported.
  operation_timeout = 68,  ///< It took too long.
  migrate_persist_failed = 69,  ///< The domain was migrated, but could not be made persistent on the target.
  hook_script_failed = 70,  ///< A hook script failed.
  invalid_domain_snapshot = 71,  ///< Not a valid snapshot.
  no_domain_snapshot = 72,  ///< There is no such snapshot.
  invalid_stream = 73,  ///< Not a valid stream.
  argument_unsupported = 74,  ///< The driver does not support this argument.
  storage_probe_failed = 75,  ///< The storage pool could not be probed.
  storage_pool_built = 76,  ///< The storage pool is built already.
  snapshot_revert_risky = 77,  ///< To revert to this snapshot is risky, and was not forced.
  operation_aborted = 78,  ///< An operation on a domain was cancelled.
  auth_cancelled = 79,  ///< Whoever was asked for the credentials gave up.
  no_domain_metadata = 80,  ///< The domain has no such metadata.
  migrate_unsafe = 81,  ///< The migration is not safe.
  overflow = 82,  ///< A number is too large.
  block_copy_active = 83,  ///< A block copy job is in the way.
  operation_unsupported = 84,  ///< The operation is not supported.
  ssh = 85,  ///< The transport over SSH, by libssh2, failed.
  agent_unresponsive = 86,  ///< The guest agent does not run, or does not answer.
  resource_busy = 87,  ///< Something is in use already.
  access_denied = 88,  ///< The access was denied.
  dbus_service = 89,  ///< A service on D-Bus failed.
  storage_vol_exist = 90,  ///< The storage volume exists already.
  cpu_incompatible = 91,  ///< The CPU is not compatible with that of the host.
  xml_invalid_schema = 92,  ///< The XML does not agree with its schema.
  migrate_finish_ok = 93,  ///< The migration was finished, and gives no domain.
  auth_unavailable = 94,  ///< No way to authenticate is available.
  no_server = 95,  ///< The daemon has no such server.
  no_client = 96,  ///< The daemon has no such client.
  agent_unsynced = 97,  ///< The guest agent answers another request; libvirt no longer uses it.
  libssh = 98,  ///< The transport over SSH, by libssh, failed.
  device_missing = 99,  ///< The device was not found.
  invalid_nwfilter_binding = 100,  ///< Not a valid binding of a network filter.
  no_nwfilter_binding = 101,  ///< There is no such binding of a network filter.
  invalid_domain_checkpoint = 102,  ///< Not a valid checkpoint.
  no_domain_checkpoint = 103,  ///< There is no such checkpoint.
  no_domain_backup = 104,  ///< The domain has no backup job.
  invalid_network_port = 105,  ///< Not a valid port of a network.
  network_port_exist = 106,  ///< The port of the network exists already.
  no_network_port = 107,  ///< There is no such port of the network.
  no_hostname = 108,  ///< The host name of the domain was not found.
  checkpoint_inconsistent = 109,  ///< The checkpoint cannot be used.
  multiple_domains = 110,  ///< More than one domain matches.
  no_network_metadata = 111,  ///< The network has no such metadata.
};

/// The errors of this library, for which libvirt has no number.
enum class client_errc {
  /// The object is already open, or is being opened.
  already_open = 1,
  /// The object is not open: it was never opened, or has been finished, aborted or closed.
  not_open,
  /// Another operation of the same kind is outstanding on this object.
  operation_in_progress,
  /// The connection to the hypervisor was lost.
  connection_lost,
  /// No `event_loop` is alive in this process.
  no_event_loop,
  /// The stream, or the installed libvirt, does not support the operation.
  not_supported,
  /// libvirt has aborted the stream: a console in this process, say, that another client has taken over.
  stream_aborted,
  /// The range ends beyond the end of the volume.
  range_beyond_volume,
  /// The source ended before all data to be sent had been read.
  source_too_short,
  /// The volume is too small for what is to be uploaded.
  volume_too_small,
  /// The volume does not hold everything that was uploaded, for example because the disk of the daemon is full.
  upload_incomplete,
  /// The ".part" file is not what an earlier download of the same part of the volume has left.
  cannot_resume,
  /// The file of a transfer is neither a regular file nor, for an upload, a block device.
  not_a_file,
  /// Events came faster than they were taken, and the oldest are gone.
  events_lost,
};

/// The category of libvirt's errors. The values are those of `errc`.
/**
 * The codes that this library reports have libvirt's own message. So `ec.message()` is for example "Domain not found:
 * no domain with matching name 'vm'", and the `what()` of an exception out of `co_await` begins with that. The messages
 * of the last 1,024 different errors are kept. An older code gives a generic message, or that of a newer error with the
 * same number.
 *
 * Such a code has a category of its own, which compares equal to this one. Compare categories by `==`, not by address.
 *
 * libvirt prints errors to stderr, or passes them to the function that the program has set by `virSetErrorFunc`. For
 * the calls that this library makes, printing is suppressed. A function of the program stays set, and is called for the
 * errors of all calls, on several worker threads at once too.
 */
LIBVIRT_ASIO_EXPORT [[nodiscard]] error_category const& libvirt_category() noexcept;

/// The category of this library's errors. The values are those of `client_errc`.
LIBVIRT_ASIO_EXPORT [[nodiscard]] error_category const& client_category() noexcept;

/// Makes an `error_code` without libvirt's own message. Enumerators convert to `error_code` by this function.
LIBVIRT_ASIO_EXPORT [[nodiscard]] error_code make_error_code(errc value) noexcept;

/// Makes an `error_code`. Enumerators convert to `error_code` by this function.
LIBVIRT_ASIO_EXPORT [[nodiscard]] error_code make_error_code(client_errc value) noexcept;

/// An error of libvirt with its details.
/**
 * @par libvirt
 * `virError`
 *
 * @par Example
 * @snippet docs/snippets/reference/error.cpp error_info
 */
struct error_info {
  /// The part of libvirt that raised the error: a `virErrorDomain`. 0 if that is not known.
  int domain = 0;
  /// The number of the error, as `errc` has them: a `virErrorNumber`.
  int code = 0;
  /// Whether it is a warning or an error: a `virErrorLevel`.
  int level = 0;
  /// libvirt's message.
  std::string message;
};

/// Returns the last libvirt error of the calling thread, with libvirt's message.
/**
 * Call it right after a libvirt function has failed, on the same thread: for example in a function given to
 * `basic_connection::async_call()`. There it also knows an error that libvirt has forgotten because a handle of this
 * library was destroyed.
 *
 * @param info If it is not null, it receives the whole error. It is left unchanged if there is none.
 *
 * @returns The error, or success if there is none.
 *
 * @par libvirt
 * `virGetLastError`
 *
 * @par Example
 * @snippet docs/snippets/reference/error.cpp last_libvirt_error
 */
LIBVIRT_ASIO_EXPORT [[nodiscard]] error_code last_libvirt_error(error_info* info = nullptr);

/// @}

}  // namespace libvirt_asio

/// @cond
namespace boost::system {

template <>
struct is_error_code_enum<libvirt_asio::errc> : std::true_type {};

template <>
struct is_error_code_enum<libvirt_asio::client_errc> : std::true_type {};

}  // namespace boost::system
/// @endcond

#endif
