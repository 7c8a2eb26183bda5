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

/**
 * @namespace libvirt_asio
 * @brief libvirt on Boost.Asio.
 *
 * This page has every name. The topics have them by subject; begin with @ref asynchronous_operations.
 */

/**
 * @defgroup asynchronous_operations Asynchronous operations
 * @brief What holds for every asynchronous function of this library.
 *
 * Guides: docs/cancellation.md, docs/executors.md.
 *
 * @par Completion token
 * The last argument. By default it is the default token of the object's executor, or `asio::deferred` if the executor
 * has none, so that `co_await` needs no token. In signatures this is `default_token`.
 *
 * @par Completion
 * The handler is called exactly once, on its associated executor, which by default is the executor of the object. It is
 * never called within the function that starts the operation. When the execution context is destroyed, the handlers
 * that are left are destroyed without being called.
 *
 * @par Immediate completion
 * Under this heading a function names the results that need no waiting. Such a completion goes to the
 * handler's associated immediate executor, which Boost 1.82 and newer have. By default this posts the handler; it is
 * called within the function that starts the operation only if you bind another immediate executor.
 *
 * @par Per-operation cancellation
 * Under this heading a function names the types of cancellation that its operation supports, and what is left after it.
 * A cancelled operation completes with `asio::error::operation_aborted`, unless its result was there already.
 *
 * @par Errors
 * "libvirt's error" is an `error_code` of `libvirt_category()`, which has libvirt's own message.
 * `asio::error::operation_aborted`, after a cancellation and when the object or its connection is closed, is not named
 * each time.
 *
 * @par Lifetime of arguments
 * Strings, options and function objects are moved or copied into the operation. Buffers must stay valid until the
 * operation completes, and are not touched after that. A pointer to an object of libvirt's must be valid when the
 * function is called; the operation takes a reference of its own. If it is null, the operation completes with libvirt's
 * error. An object on which operations are outstanding may be moved or destroyed, unless the function says otherwise.
 *
 * @par Threads
 * No asynchronous function blocks the calling thread: what blocks in libvirt is called on worker threads. Each class
 * says whether several threads may use one object at once.
 */

/**
 * @defgroup event_loops Event loop
 * @brief The event loop of libvirt on an Asio execution context. Everything else needs one.
 *
 * Guide: docs/event-loop.md.
 *
 * @defgroup connections Connections
 * @brief Connections to hypervisors, and libvirt's blocking functions as asynchronous operations.
 *
 * Guides: docs/connecting.md, docs/listing.md, docs/choosing-connections.md, docs/blocking-threads-memory.md.
 *
 * @defgroup streams Streams
 * @brief The streams of libvirt as Asio streams.
 *
 * A stream is constructed for a connection, opened (see @ref stream_opening), read and written, and at last finished or
 * aborted. Asio's algorithms work on it: `asio::async_read`, `asio::async_write`, `asio::async_read_until`.
 *
 * Guides: docs/streams.md, docs/sparse-streams.md, docs/slow-readers.md.
 *
 * @defgroup stream_opening Opening streams
 * @brief What a stream is opened for: consoles, channels, screenshots and volumes.
 *
 * @defgroup transfers Transfers
 * @brief Whole streams to and from functions, and whole volumes to and from files, functions and other volumes.
 *
 * Guide: docs/transfers.md.
 *
 * @par Your functions
 * Sinks, sources, `sections`, `skip` and the progress function are called on the executor of the stream or connection.
 * They may throw. This ends the operation as any other error does: streams are aborted, and a download leaves no file,
 * except the ".part" with `transfer_options::resume`. A `boost::system::system_error` gives the error code of the
 * operation. Any other exception leaves the `run()` that would have called the handler, and the handler is destroyed
 * without being called.
 * @par
 * Sinks, sources, `sections` and `skip` may also be coroutines: functions that return `asio::awaitable`.
 *
 * @defgroup event_sequences Events
 * @brief The events of libvirt as sequences that can be awaited, and a type for each kind of event.
 *
 * There is one type for each of libvirt's identifiers of events, with the fields that its callback has: `srcPath` is
 * `src_path`. An event owns what it has, objects too. Values of enums are numbers, because newer libvirts and daemons
 * have more of them. Where libvirt gives a null pointer, the string is empty.
 *
 * Guide: docs/events.md.
 *
 * @defgroup reconnecting Reconnecting
 * @brief A connection that is opened again whenever it was lost.
 *
 * Guide: docs/reconnecting.md.
 *
 * @defgroup graphics Graphics
 * @brief The screen of a guest as a socket.
 *
 * Guide: docs/graphics.md.
 *
 * @defgroup handles Handles
 * @brief Owners of libvirt's objects.
 *
 * @defgroup errors Errors
 * @brief Error codes for libvirt's errors and for those of this library.
 *
 * `error_code`, `error_category` and `system_error` are those of `boost::system`.
 *
 * Guide: docs/errors.md.
 */

#endif
