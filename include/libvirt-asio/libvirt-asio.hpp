// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_LIBVIRT_ASIO_HPP
#define LIBVIRT_ASIO_LIBVIRT_ASIO_HPP

#include <libvirt-asio/connection.hpp>
#include <libvirt-asio/connector.hpp>
#include <libvirt-asio/error.hpp>
#include <libvirt-asio/event_loop.hpp>
#include <libvirt-asio/events.hpp>
#include <libvirt-asio/graphics.hpp>
#include <libvirt-asio/handle.hpp>
#include <libvirt-asio/open.hpp>
#include <libvirt-asio/stream.hpp>
#include <libvirt-asio/transfer.hpp>

#endif
