// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_LIBVIRT_LAST_ERROR_HPP
#define LIBVIRT_ASIO_LIBVIRT_LAST_ERROR_HPP

#include <libvirt/virterror.h>

namespace libvirt_asio::detail {

/// Keeps libvirt's last error on this thread, if there is one, for the caller of the function that has
/// failed.
/**
 * `virGetLastError` forgets it as soon as another function of libvirt is called, be it the `vir…Free` of a
 * handle on the way out.
 */
void record_last_error();

/// libvirt's error function for the whole process, until the program sets its own: prints as libvirt does,
/// but for errors of the library's calls, which are kept for their caller.
void print_or_record(void*, virErrorPtr error);

}  // namespace libvirt_asio::detail

#endif
