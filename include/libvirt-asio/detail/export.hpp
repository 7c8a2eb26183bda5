// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_DETAIL_EXPORT_HPP
#define LIBVIRT_ASIO_DETAIL_EXPORT_HPP

// Said here, as each header of the library includes this one, or one that does, before any other.
#if __cplusplus < 202002L
#error "libvirt-asio needs C++20: -std=c++20, or cpp_std=c++20 among the options of a Meson project"
#endif

/// What the compiled library defines for programs: everything else of it is hidden.
#define LIBVIRT_ASIO_EXPORT [[gnu::visibility("default")]]

#endif
