// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_EXPORT_HPP
#define LIBVIRT_ASIO_DETAIL_EXPORT_HPP

/// What the compiled library defines for programs: everything else of it is hidden.
#define LIBVIRT_ASIO_EXPORT [[gnu::visibility("default")]]

#endif
