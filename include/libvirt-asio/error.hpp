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

using boost::system::error_category;
using boost::system::error_code;
using boost::system::system_error;

/// libvirt's error numbers: `errc::no_domain` is `VIR_ERR_NO_DOMAIN`.
/**
 * Compare an `error_code` with an enumerator: `if (ec == libvirt_asio::errc::no_domain)`. The enumerators
 * include numbers that the installed libvirt may be too old to know; numbers newer than this library appear
 * as plain values.
 */
enum class errc {
  ok = 0,
  internal_error = 1,
  no_memory = 2,
  no_support = 3,
  unknown_host = 4,
  no_connect = 5,
  invalid_conn = 6,
  invalid_domain = 7,
  invalid_arg = 8,
  operation_failed = 9,
  get_failed = 10,
  post_failed = 11,
  http_error = 12,
  sexpr_serial = 13,
  no_xen = 14,
  xen_call = 15,
  os_type = 16,
  no_kernel = 17,
  no_root = 18,
  no_source = 19,
  no_target = 20,
  no_name = 21,
  no_os = 22,
  no_device = 23,
  no_xenstore = 24,
  driver_full = 25,
  call_failed = 26,
  xml_error = 27,
  dom_exist = 28,
  operation_denied = 29,
  open_failed = 30,
  read_failed = 31,
  parse_failed = 32,
  conf_syntax = 33,
  write_failed = 34,
  xml_detail = 35,
  invalid_network = 36,
  network_exist = 37,
  system_error = 38,
  rpc = 39,
  gnutls_error = 40,
  warning_no_network = 41,
  no_domain = 42,
  no_network = 43,
  invalid_mac = 44,
  auth_failed = 45,
  invalid_storage_pool = 46,
  invalid_storage_vol = 47,
  warning_no_storage = 48,
  no_storage_pool = 49,
  no_storage_vol = 50,
  warning_no_node = 51,
  invalid_node_device = 52,
  no_node_device = 53,
  no_security_model = 54,
  operation_invalid = 55,
  warning_no_interface = 56,
  no_interface = 57,
  invalid_interface = 58,
  multiple_interfaces = 59,
  warning_no_nwfilter = 60,
  invalid_nwfilter = 61,
  no_nwfilter = 62,
  build_firewall = 63,
  warning_no_secret = 64,
  invalid_secret = 65,
  no_secret = 66,
  config_unsupported = 67,
  operation_timeout = 68,
  migrate_persist_failed = 69,
  hook_script_failed = 70,
  invalid_domain_snapshot = 71,
  no_domain_snapshot = 72,
  invalid_stream = 73,
  argument_unsupported = 74,
  storage_probe_failed = 75,
  storage_pool_built = 76,
  snapshot_revert_risky = 77,
  operation_aborted = 78,
  auth_cancelled = 79,
  no_domain_metadata = 80,
  migrate_unsafe = 81,
  overflow = 82,
  block_copy_active = 83,
  operation_unsupported = 84,
  ssh = 85,
  agent_unresponsive = 86,
  resource_busy = 87,
  access_denied = 88,
  dbus_service = 89,
  storage_vol_exist = 90,
  cpu_incompatible = 91,
  xml_invalid_schema = 92,
  migrate_finish_ok = 93,
  auth_unavailable = 94,
  no_server = 95,
  no_client = 96,
  agent_unsynced = 97,
  libssh = 98,
  device_missing = 99,
  invalid_nwfilter_binding = 100,
  no_nwfilter_binding = 101,
  invalid_domain_checkpoint = 102,
  no_domain_checkpoint = 103,
  no_domain_backup = 104,
  invalid_network_port = 105,
  network_port_exist = 106,
  no_network_port = 107,
  no_hostname = 108,
  checkpoint_inconsistent = 109,
  multiple_domains = 110,
  no_network_metadata = 111,
};

/// This library's own errors, for which libvirt has no number.
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
  /// libvirt has aborted the stream, for example because another client has taken over the console.
  stream_aborted,
  /// The range ends beyond the end of the volume.
  range_beyond_volume,
  /// The source ended before all data to be sent had been read.
  source_too_short,
  /// The volume is too small for what is to be uploaded.
  volume_too_small,
  /// The volume does not hold everything that was uploaded, for example because the daemon's disk is full.
  upload_incomplete,
  /// The ".part" file of an earlier download does not belong to this one.
  cannot_resume,
  /// The file of a transfer is neither a regular file nor, for an upload, a block device.
  not_a_file,
  /// Events came faster than they were taken, and the oldest are gone.
  events_lost,
};

/// The category of libvirt's errors, whose values are those of `errc`.
/**
 * The codes that this library reports carry libvirt's own message: `ec.message()`, and so the `what()` of an
 * exception thrown out of `co_await`, says "Domain not found: no domain with matching name 'vm'". The
 * messages of the last 1,024 distinct errors are kept. An older code gives a generic message, or that of a
 * newer error with the same number.
 *
 * Such a code compares equal to its `errc`, and its category to this one: compare categories by `==`, not by
 * address.
 *
 * libvirt prints errors to stderr, or passes them to the function that the program has set by
 * `virSetErrorFunc`. For the calls that this library makes it suppresses the printing. The program's function
 * is left in place, and gets the errors of all calls, also on several worker threads at once.
 */
LIBVIRT_ASIO_EXPORT [[nodiscard]] error_category const& libvirt_category() noexcept;

/// The category of this library's own errors, whose values are those of `client_errc`.
LIBVIRT_ASIO_EXPORT [[nodiscard]] error_category const& client_category() noexcept;

LIBVIRT_ASIO_EXPORT [[nodiscard]] error_code make_error_code(errc value) noexcept;
LIBVIRT_ASIO_EXPORT [[nodiscard]] error_code make_error_code(client_errc value) noexcept;

/// The whole of a `virError`.
struct error_info {
  /// Which part of libvirt raised the error: a `virErrorDomain`.
  int domain = 0;
  /// A `virErrorNumber`, as `errc` has them.
  int code = 0;
  /// A `virErrorLevel`.
  int level = 0;
  /// libvirt's own words.
  std::string message;
};

/// The calling thread's last libvirt error, as an `error_code` that carries libvirt's words.
/**
 * Call it right after a libvirt function has failed, on the same thread: in the function given to
 * `async_call`, for example. There it also knows an error that libvirt has forgotten because one of the library's
 * handles was destroyed. If `info` is not null, it receives the whole error. libvirt: `virGetLastError`.
 */
LIBVIRT_ASIO_EXPORT [[nodiscard]] error_code last_libvirt_error(error_info* info = nullptr);

}  // namespace libvirt_asio

namespace boost::system {

template <>
struct is_error_code_enum<libvirt_asio::errc> : std::true_type {};

template <>
struct is_error_code_enum<libvirt_asio::client_errc> : std::true_type {};

}  // namespace boost::system

#endif
