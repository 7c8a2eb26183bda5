#!/usr/bin/env python3
"""Compares what the shared library exports with what it is to export: functions for programs, and that of Boost which
a process must have one of. The static library knows all that Boost has brought."""

import pathlib
import re
import subprocess
import sys
from fnmatch import fnmatchcase

shared_library, static_library, lists = sys.argv[1:]
complaints = []


def symbols(*arguments):
    listed = subprocess.run(["nm", "--defined-only", "--demangle", *arguments],
                            check=True, capture_output=True, text=True).stdout
    fields = (line.split(" ", 2) for line in listed.splitlines())
    return [(field[1], field[2]) for field in fields if len(field) == 3]


def lines_of(name):
    return pathlib.Path(lists, name).read_text(encoding="utf-8").splitlines()


def matches(name, patterns):
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def complain(what, names):
    complaints.extend(f"{what}: {name}" for name in sorted(names))


exported = symbols("--dynamic", shared_library)
functions = {name.split("(")[0] for kind, name in exported if kind in "TDBR"}
wanted = set(lines_of("exported.txt"))
complain("exported, but not in exported.txt", functions - wanted)
complain("in exported.txt, but not exported", wanted - functions)

# Templates, inline functions and their variables are weak, or unique.
of_boost = {name for kind, name in exported if kind in "WVu"}
shared = lines_of("exported_of_boost.txt")
complain("exported, but not in exported_of_boost.txt", {name for name in of_boost if not matches(name, shared)})

# Variables that a process has one of, if nobody hides them: unique ones by GCC, weak ones by Clang, whose tables of
# types are weak variables, too. Those of constants may be hidden.
variables = {name for kind, name in symbols(static_library)
             if kind in "uV" and re.match("(?!typeinfo|vtable|VTT|construction).*boost::(asio|system)::", name)}
hidden = variables - of_boost
constants = lines_of("hidden_of_boost.txt")
complain("hidden, but not in hidden_of_boost.txt", {name for name in hidden if not matches(name, constants)})

for complaint in complaints:
    print(complaint)
sys.exit(bool(complaints))
