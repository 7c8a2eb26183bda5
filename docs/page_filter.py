#!/usr/bin/env python3
"""Prints a page of this project as Doxygen wants it.

Pages are written for whoever reads them in the repository: links name files and folders. In the site they lead to the
page or to the listing that Doxygen makes of the file. A folder's README.md is the parent of the pages that it names.

page_filter.py PAGE
"""

import os
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CODE = re.compile(r"(`[^`]+`)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
LINKED_IMAGE = re.compile(r"\[(!\[[^\]]*\]\([^)\s]+\))\]\([^)\s]+\)")
LINKED_CODE = re.compile(r"\[`([^`]+)`\]")
HEADING = re.compile(r"^(#+) (.*)$")


def identifier(page):
    """The same for each version of Doxygen, which makes others of file names as it grows older."""
    name = str(page.relative_to(ROOT).with_suffix("")).lower()
    return "index_page" if name == "readme" else name.replace("/readme", "").replace("/", "_")


def anchor(page, heading):
    """As in the repository's own view of pages, behind the page's name, as all pages share one space of names."""
    slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
    return f"{identifier(page)}_{slug}"


def file_of(path):
    """What a link to a folder shows: its page, or its program."""
    for name in ("README.md", "main.cpp"):
        if (path / name).exists():
            return path / name
    return path


def target(page, link):
    """What a link of the page is in the site."""
    path, _, fragment = link.partition("#")
    if ":" in path:
        return link
    there = file_of(pathlib.Path(os.path.normpath(page.parent / path))) if path else page
    if there.suffix == ".md":
        if fragment:
            return "@ref " + anchor(there, fragment)
        is_child = page.name == "README.md" and page.parent != ROOT and page.parent in there.parents
        return ("@subpage " if is_child else "@ref ") + identifier(there)
    if there.suffix in {".hpp", ".cpp"}:
        return f"@ref {there.relative_to(ROOT)}"
    return there.name


def filtered_text(page, text):
    # Doxygen knows links of plain text only.
    text = LINKED_CODE.sub(r"[\1]", LINKED_IMAGE.sub(r"\1", text))
    parts = CODE.split(text)
    for at, part in enumerate(parts):
        if at % 2 == 0:
            parts[at] = LINK.sub(lambda link: f"]({target(page, link.group(1))})", part)
        elif "'" in part:
            # For Doxygen a single quote ends code that has only one backtick.
            parts[at] = f"`{part}`"
    return "".join(parts)


def filtered(page):
    in_block = False
    has_title = False
    # A code span may go on in the next line, but never beyond its paragraph; no page has one that does.
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.lstrip().startswith("```"):
            in_block = not in_block
        heading = HEADING.match(line)
        if in_block or line.startswith("    "):
            yield line
        elif heading and has_title:
            # Not a label of the heading, with which it would be in the navigation beside the pages.
            yield f"\\anchor {anchor(page, heading.group(2))}"
            yield line
        elif heading:
            # Not as a heading with a label, since newer versions take a folder's README.md for words about the folder.
            yield line if page == ROOT / "README.md" else f"@page {identifier(page)} {heading.group(2)}"
            has_title = True
        else:
            yield filtered_text(page, line)


if __name__ == "__main__":
    print(*filtered(pathlib.Path(sys.argv[1]).resolve()), sep="\n")
