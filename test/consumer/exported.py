#!/usr/bin/env python3
"""Compares the functions that the shared library defines for programs with those that it is to define."""

import subprocess
import sys

library, wanted_file = sys.argv[1:]

listed = subprocess.run(["nm", "--dynamic", "--defined-only", "--demangle", library],
                        check=True, capture_output=True, text=True).stdout
symbols = (line.split(" ", 2)[1:] for line in listed.splitlines())
# Templates and inline functions of Boost are weak.
exported = {name.split("(")[0] for kind, name in symbols if kind in "TDBR"}
with open(wanted_file, encoding="utf-8") as file:
    wanted = set(file.read().splitlines())

for name in sorted(exported - wanted):
    print(f"exported, but not in {wanted_file}: {name}")
for name in sorted(wanted - exported):
    print(f"in {wanted_file}, but not exported: {name}")
sys.exit(exported != wanted)
