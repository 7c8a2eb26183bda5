// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Boost.JSON's compiled part, so that the examples need no more of Boost's packages than they do.

#include <boost/json/src.hpp>
