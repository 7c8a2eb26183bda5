#!/usr/bin/env python3
"""Copies the first C++ example of a Markdown file to a file of its own."""

import re
import sys

source, target = sys.argv[1:]
with open(source, encoding="utf-8") as markdown:
    example = re.search(r"^```cpp\n(.*?)^```$", markdown.read(), re.DOTALL | re.MULTILINE)
if example is None:
    sys.exit(f"{source} has no C++ example")
with open(target, "w", encoding="utf-8") as extracted:
    extracted.write(example.group(1))
