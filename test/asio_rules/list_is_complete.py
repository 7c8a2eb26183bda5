#!/usr/bin/env python3
"""Compares the list of operations (the first argument) with the asynchronous functions of the headers (the others)."""

import pathlib
import re
import sys


def functions_of(header):
    text = pathlib.Path(header).read_text()
    # What is in the namespace `detail` is nobody's to call.
    text = re.sub(r"namespace detail \{.*?\n\}  // namespace detail", "", text, flags=re.DOTALL)
    return {f"{pathlib.Path(header).stem}_{name}" for name in re.findall(r"^\s*auto (async_\w+)\(", text, re.MULTILINE)}


listed = set()
tested = pathlib.Path(sys.argv[1]).read_text()
listing = re.search(r"using operations = boost::mp11::mp_list<(.*?)>;", tested, re.DOTALL).group(1)
for operation in re.findall(r"\w+", re.sub(r"//.*", "", listing)):
    # Several tests of one function say what differs: `connection_async_call_of_void`.
    listed.add(re.sub(r"_of_\w+$", "", operation))

declared = set().union(*(functions_of(header) for header in sys.argv[2:]))
for missing in sorted(declared - listed):
    print(f"{missing} is not in the list of operations: no rule of Asio's is tested for it")
for unknown in sorted(listed - declared):
    print(f"{unknown} is in the list of operations, but in no header")
sys.exit(not declared or declared != listed)
