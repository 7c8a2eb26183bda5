// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

// Uploads a file to a storage volume, downloads a volume to a file, or copies a volume to another host's; and tells
// which volumes there are.

#include "../command_line.hpp"
#include "../run.hpp"
#include "listing.hpp"
#include "transfer.hpp"

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/program_options.hpp>

#include <iostream>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;

int run(asio::awaitable<void> work) {
  asio::io_context context{1};
  libvirt_asio::event_loop loop{context};
  return example::run("volume", context, std::move(work));
}

/// Which of the command lines below is meant: the first argument, whatever options come before it.
std::string action_of(int count, char const* const* words) {
  namespace options = boost::program_options;
  options::options_description with_values;
  with_values.add_options()("connect,c", options::value<std::string>())("pool", options::value<std::string>());
  auto const parsed = options::command_line_parser(count, words).options(with_values).allow_unregistered().run();
  for (auto const& word : options::collect_unrecognized(parsed.options, options::include_positional))
    if (!word.starts_with('-')) return word;
  return "";
}

void add_options(example::command_line& line, volume::listing_settings& wanted) {
  line.connect(wanted.uri);
  line.add("pool", "POOL", wanted.pool, "in which pools, also by a pattern such as 'd*'; otherwise in all active ones");
  line.flag("json", wanted.json, "each as a JSON object on a line of its own, with sizes in bytes");
}

int list(int count, char const* const* words) {
  std::string action;
  volume::listing_settings wanted;
  example::command_line line("volume", "Lists storage volumes.");
  add_options(line, wanted);
  line.argument("list", action);
  if (auto const exit_code = line.parse(count, words)) return *exit_code;
  return run(volume::show(std::move(wanted)));
}

int info(int count, char const* const* words) {
  std::string action;
  volume::listing_settings wanted;
  example::command_line line("volume", "Tells what there is to know of a volume, by its name, its key or its path.");
  add_options(line, wanted);
  line.argument("info", action).argument("VOLUME", wanted.volume);
  if (auto const exit_code = line.parse(count, words)) return *exit_code;
  return run(volume::show(std::move(wanted)));
}

int transfer(int count, char const* const* words) {
  volume::transfer_settings wanted;
  auto& options = wanted.options;
  example::command_line line("volume",
                             "Copies a file to a storage volume, a volume to a file, or a volume to another. "
                             "For a file, - stands for standard input or output.\n"
                             "See also 'volume list --help' and 'volume info --help'.");
  line.connect(wanted.uri)
      .argument("upload|download|copy", wanted.action, {"upload", "download", "copy"})
      .argument("POOL", wanted.pool)
      .argument("VOLUME", wanted.volume)
      .argument("FILE|-|POOL/VOLUME", wanted.target);
  line.add("to", "URI", wanted.to_uri, "copy: the hypervisor to copy to; otherwise the same");
  line.add("sparse", "auto|never", wanted.sparse, "whether to recreate holes where that is possible",
           {"auto", "never"});
  line.add("streams", "N", options.streams,
           "how many parts to move at once; 0: as many as suit");
  line.flag("resume", options.resume, "download: continue an interrupted one");
  line.add_size("offset", options.range.offset, "where in the volume to begin, in bytes or as 1G");
  line.add_size("length", options.range.length, "how much; otherwise all up to the end");
  line.flag("json", wanted.json, "tell at the end what was moved, as a JSON object");
  if (auto const exit_code = line.parse(count, words)) return *exit_code;
  if (wanted.json && wanted.action == "download" && wanted.target == "-") {
    std::cerr << "volume: --json needs the standard output that the volume goes to\n";
    return 2;
  }
  return run(volume::transfer(std::move(wanted)));
}

}  // namespace

int main(int count, char** words) {
  std::string action;
  try {
    action = action_of(count, words);
  } catch (boost::program_options::error const&) {
    // To be told of by whoever reads all of them.
  }
  if (action == "list") return list(count, words);
  if (action == "info") return info(count, words);
  return transfer(count, words);
}
