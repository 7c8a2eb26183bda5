// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#ifndef LIBVIRT_ASIO_EXAMPLES_COMMAND_LINE_HPP
#define LIBVIRT_ASIO_EXAMPLES_COMMAND_LINE_HPP

#include <boost/program_options.hpp>

#include <algorithm>
#include <cctype>
#include <concepts>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace example {

/// The command line of an example: positional arguments, options, and the one that every example has, `--help`.
class command_line {
 public:
  command_line(std::string program, std::string purpose)
      : program_(std::move(program)), purpose_(std::move(purpose)) {
    flag("help,h", help_, "print this and exit");
  }

  /// A positional argument; if there are choices, one of them.
  command_line& argument(std::string const& name, std::string& value, std::vector<std::string> choices = {}) {
    hidden_.add_options()(name.c_str(), one_of(name, value, std::move(choices)));
    positions_.add(name.c_str(), 1);
    arguments_.push_back(name);
    return *this;
  }

  /// Positional arguments, one or more.
  command_line& arguments(std::string const& name, std::vector<std::string>& values) {
    hidden_.add_options()(name.c_str(), boost::program_options::value(&values));
    positions_.add(name.c_str(), -1);
    arguments_.push_back(name);
    return *this;
  }

  /// `--connect`; the URI stays empty for libvirt's default, which is `LIBVIRT_DEFAULT_URI` if that is set.
  command_line& connect(std::string& uri) {
    return add("connect,c", "URI", uri,
               "the hypervisor; otherwise the one that LIBVIRT_DEFAULT_URI names, or else libvirt's default");
  }

  /// The same for several hypervisors.
  command_line& connect(std::vector<std::string>& uris) {
    return add("connect,c", "URI", uris,
               "a hypervisor, or several; otherwise the one that LIBVIRT_DEFAULT_URI names, or else libvirt's default");
  }

  command_line& add(std::string const& name, std::string const& value_name, std::string& value,
                    std::string const& description, std::vector<std::string> choices = {}) {
    visible_.add_options()(name.c_str(), one_of(value_name, value, std::move(choices))->value_name(value_name),
                           description.c_str());
    return *this;
  }

  /// An option that may be given several times.
  command_line& add(std::string const& name, std::string const& value_name, std::vector<std::string>& values,
                    std::string const& description, std::vector<std::string> choices = {}) {
    auto const check = [value_name, choices = std::move(choices)](std::vector<std::string> const& texts) {
      for (auto const& text : texts) check_choice(value_name, text, choices);
    };
    visible_.add_options()(
        name.c_str(), boost::program_options::value(&values)->value_name(value_name)->notifier(check),
        description.c_str());
    return *this;
  }

  template <std::unsigned_integral Number>
  command_line& add(std::string const& name, std::string const& value_name, Number& value,
                    std::string const& description) {
    auto const read = [&value](std::string const& text) { value = number<Number>(text); };
    visible_.add_options()(
        name.c_str(), boost::program_options::value<std::string>()->value_name(value_name)->notifier(read),
        description.c_str());
    return *this;
  }

  /// A number of bytes, which may have a unit as for virsh: `K`, `M`, `G`, `T`, also with `iB`; with `B` alone they are
  /// powers of 1,000.
  command_line& add_size(std::string const& name, std::uint64_t& value, std::string const& description) {
    auto const read = [&value](std::string const& text) { value = size(text); };
    visible_.add_options()(name.c_str(),
                           boost::program_options::value<std::string>()->value_name("SIZE")->notifier(read),
                           description.c_str());
    return *this;
  }

  command_line& flag(std::string const& name, bool& value, std::string const& description) {
    visible_.add_options()(name.c_str(), boost::program_options::bool_switch(&value), description.c_str());
    return *this;
  }

  /// Reads the command line; returns the exit code if there is nothing to do but exit.
  std::optional<int> parse(int count, char const* const* words) {
    try {
      read(count, words);
    } catch (boost::program_options::error const& error) {
      std::cerr << program_ << ": " << error.what() << "\nTry '" << program_ << " --help'.\n";
      return 2;
    }
    if (!help_) return std::nullopt;
    std::cout << "Usage: " << usage() << "\n" << purpose_ << "\n\n" << visible_;
    return EXIT_SUCCESS;
  }

  [[nodiscard]] std::string const& program() const { return program_; }

 private:
  static auto one_of(std::string const& name, std::string& value, std::vector<std::string> choices)
      -> boost::program_options::typed_value<std::string>* {
    return boost::program_options::value(&value)->notifier([name, choices](std::string const& text) {
      check_choice(name, text, choices);
    });
  }

  static void check_choice(std::string const& name, std::string const& text, std::vector<std::string> const& choices) {
    if (!choices.empty() && std::find(choices.begin(), choices.end(), text) == choices.end())
      throw boost::program_options::error("'" + text + "' is not " + name);
  }

  // Boost.Program_options itself takes "-1" for a large number.
  template <class Number>
  static Number number(std::string const& text) {
    Number value{};
    std::istringstream stream(text);
    if (text.find('-') != std::string::npos || !(stream >> value) || !stream.eof())
      throw boost::program_options::error("'" + text + "' is not a number that can be used here");
    return value;
  }

  static std::uint64_t size(std::string const& text) {
    auto const digits = text.find_first_not_of("0123456789");
    auto const count = number<std::uint64_t>(text.substr(0, digits));
    if (digits == std::string::npos) return count;
    constexpr std::string_view prefixes = "KMGT";
    auto const power = prefixes.find(static_cast<char>(std::toupper(static_cast<unsigned char>(text[digits]))));
    auto const unit = text.substr(digits + 1);
    std::uint64_t factor = 1;
    if (power != prefixes.npos && (unit.empty() || unit == "iB" || unit == "B"))
      for (auto left = power + 1; left != 0; --left) factor *= unit == "B" ? 1'000 : 1'024;
    if (factor == 1 || count > std::numeric_limits<std::uint64_t>::max() / factor)
      throw boost::program_options::error("'" + text + "' is not a size that can be used here");
    return count * factor;
  }

  void read(int count, char const* const* words) {
    namespace options = boost::program_options;
    options::options_description all;
    all.add(visible_).add(hidden_);
    options::variables_map values;
    options::store(options::command_line_parser(count, words).options(all).positional(positions_).run(),
                   values);
    options::notify(values);
    if (help_) return;
    for (auto const& name : arguments_)
      if (values.count(name) == 0) throw options::error("the argument " + name + " is missing");
  }

  [[nodiscard]] std::string usage() const {
    std::string line = program_ + " [OPTION]...";
    for (auto const& name : arguments_) line += " " + name;
    return line;
  }

  std::string program_;
  std::string purpose_;
  bool help_ = false;
  std::vector<std::string> arguments_;
  boost::program_options::options_description visible_{"Options"};
  boost::program_options::options_description hidden_;
  boost::program_options::positional_options_description positions_;
};

}  // namespace example

#endif
