// What costs most of each test's compile time.
#include <boost/asio.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/mp11/list.hpp>
#include <boost/test/unit_test.hpp>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
