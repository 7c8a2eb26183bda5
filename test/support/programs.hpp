#ifndef LIBVIRT_ASIO_TEST_SUPPORT_PROGRAMS_HPP
#define LIBVIRT_ASIO_TEST_SUPPORT_PROGRAMS_HPP

#include <initializer_list>
#include <string>
#include <vector>

namespace test_support {

/// `$PATH`, and behind it the places of daemons, which ordinary users lack.
std::string program_path();

/// Where the program lies in `program_path()`; empty when it is not installed.
std::string find_program(std::string const& name);

/// Those of the programs that are not installed.
std::vector<std::string> missing_programs(std::initializer_list<char const*> names);

}  // namespace test_support

#endif
