#!/usr/bin/env python3
"""Finds what is used of libvirt though it is newer than the oldest version that the library is to be built with, by
what libvirt's description of its own interface says. A name may be newer between `#if LIBVIR_VERSION_NUMBER >= …` and
`#else` or `#endif`."""

import pathlib
import re
import sys
import xml.etree.ElementTree

description, oldest, *folders = sys.argv[1:]


def version_number(version):
    major, minor, micro = (version.split(".") + ["0"])[:3]
    return int(major) * 1_000_000 + int(minor) * 1_000 + int(micro)


def newer_names(path):
    # Without comments, which may name what is newer.
    text = re.sub(r"/\*.*?\*/", lambda comment: "\n" * comment[0].count("\n"), path.read_text(encoding="utf-8"),
                  flags=re.DOTALL)
    lines = text.splitlines()
    conditions = [version_number(oldest)]
    for number, line in enumerate(lines, start=1):
        if re.match(r"\s*#\s*if", line):
            guard = re.fullmatch(r"\s*#\s*if LIBVIR_VERSION_NUMBER >= (\d+)", line)
            conditions.append(max(conditions[-1], int(guard[1])) if guard else conditions[-1])
        elif re.match(r"\s*#\s*el", line):
            conditions[-1] = conditions[-2]
        elif re.match(r"\s*#\s*endif", line):
            conditions.pop()
        for name in re.findall(r"\b_?vir[A-Z]\w*|\b(?:LIB)?VIR_\w+", re.split(r"(?<![:/])//", line)[0]):
            if version_number(versions.get(name, "0.0.0")) > conditions[-1]:
                yield f"{path}:{number}: {name} came with libvirt {versions[name]}"


symbols = xml.etree.ElementTree.parse(description).getroot().find("symbols")
versions = {symbol.attrib["name"]: symbol.attrib["version"] for symbol in symbols}
sources = [path for folder in folders for path in sorted(pathlib.Path(folder).rglob("*.[ch]pp"))]
newer = [found for path in sources for found in newer_names(path)]
for found in newer:
    print(found)
sys.exit(not sources or newer != [])
