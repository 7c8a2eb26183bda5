// The one list of operations that every rule is applied to.

#ifndef LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_HPP
#define LIBVIRT_ASIO_TEST_ASIO_RULES_OPERATIONS_HPP

#include "operations/connection.hpp"
#include "operations/connector.hpp"
#include "operations/event_loop.hpp"
#include "operations/events.hpp"
#include "operations/graphics.hpp"
#include "operations/open.hpp"
#include "operations/stream.hpp"
#include "operations/transfer.hpp"

#include <boost/mp11/list.hpp>

namespace asio_rules {

/// Named after the header or class and the function: `list_is_complete.py` compares them with the headers.
using operations = boost::mp11::mp_list<  //
    event_loop_async_drain,               //
    connection_async_open, connection_async_call_of_value, connection_async_call_of_handle,
    connection_async_call_of_void, connection_async_wait_closed, connection_async_close,  //
    connector_async_next_connection,  //
    stream_async_open, stream_async_read_some, stream_async_write_some, stream_async_receive,
    stream_async_send_hole, stream_async_wait, stream_async_finish, stream_async_abort,  //
    events_async_subscribe, events_async_next,  //
    graphics_async_open_graphics,               //
    open_async_open_console, open_async_open_channel, open_async_open_screenshot, open_async_open_download,
    open_async_open_upload,  //
    transfer_async_recv_all, transfer_async_sparse_recv_all, transfer_async_send_all,
    transfer_async_sparse_send_all, transfer_async_download, transfer_async_download_of_sink, transfer_async_upload,
    transfer_async_upload_of_source, transfer_async_copy>;

}  // namespace asio_rules

#endif
