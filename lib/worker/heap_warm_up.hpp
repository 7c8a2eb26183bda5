// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_WORKER_HEAP_WARM_UP_HPP
#define LIBVIRT_ASIO_WORKER_HEAP_WARM_UP_HPP

namespace libvirt_asio::detail {

/// Has the heap keep what libvirt frees for each packet of a stream. Once in a process is enough.
void warm_up_heap();

}  // namespace libvirt_asio::detail

#endif
