// What every integration test includes; Asio's coroutines and Boost.Test cost most of the compile time.
#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>
