// Asio's headers cost most of a translation unit's compile time.
#include <boost/asio.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
