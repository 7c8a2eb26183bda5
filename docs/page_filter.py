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
# The folders whose sources are in the site.
LISTED = {"docs", "examples", "include"}
# Code, which may look like a link, or a link, whose text may have code.
CODE_OR_LINK = re.compile(r"(?P<code>`[^`]+`)|\[(?P<text>(?:`[^`]+`|[^][`])*)\]\((?P<link>[^)\s]+)\)")
LINKED_IMAGE = re.compile(r"\[(!\[[^\]]*\]\([^)\s]+\))\]\([^)\s]+\)")


def identifier(page):
    """The same for each version of Doxygen, which makes others of file names as it grows older."""
    name = str(page.relative_to(ROOT).with_suffix("")).lower()
    return name.replace("/readme", "").replace("/", "_")


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


def site_link(page, text, link):
    """What a link of the page is in the site."""
    path, _, fragment = link.partition("#")
    if ":" in path:
        return f"[{text}]({link})"
    there = file_of(pathlib.Path(os.path.normpath(page.parent / path))) if path else page
    if there.suffix in {".hpp", ".cpp"}:
        is_listed = there.relative_to(ROOT).parts[0] in LISTED
        return f"[{text}](@ref {there.relative_to(ROOT)})" if is_listed else text
    if there.suffix != ".md":
        return f"[{text}]({there.name})" if there.suffix == ".png" else f'<a href="{there.name}">{text}</a>'
    if fragment:
        return f"[{text}](@ref {anchor(there, fragment)})"
    if page.name == "README.md" and page.parent != ROOT and page.parent in there.parents:
        return f'@subpage {identifier(there)} "{" ".join(text.split())}"'
    return f"[{text}](@ref {identifier(there)})"


def filtered_text(page, text):
    def replacement(found):
        if not found["code"]:
            # Doxygen knows links of plain text only.
            return site_link(page, found["text"].replace("`", ""), found["link"])
        # For Doxygen a single quote ends code that has only one backtick.
        return f"`{found['code']}`" if "'" in found["code"] else found["code"]

    return CODE_OR_LINK.sub(replacement, LINKED_IMAGE.sub(r"\1", text))



def blocks_of(page):
    """What a page consists of: paragraphs and tables, headings, and lines of anything else."""
    paragraph = []
    in_code = False
    for line in [*page.read_text(encoding="utf-8").splitlines(), ""]:
        is_fence = line.lstrip().startswith("```")
        if line and not in_code and not is_fence and not line.startswith(("    ", "#")):
            paragraph.append(line)
            continue
        if paragraph:
            yield "text", "\n".join(paragraph)
            paragraph = []
        yield "heading" if line.startswith("#") and not in_code else "line", line
        in_code = in_code != is_fence


def filtered(page):
    has_title = False
    for kind, block in blocks_of(page):
        if kind == "text":
            yield filtered_text(page, block)
        elif kind == "heading" and has_title:
            # Not a label of the heading, with which it would be in the navigation beside the pages.
            yield f"\\anchor {anchor(page, block.lstrip('# '))}"
            yield block
        elif kind == "heading":
            yield f"{block} {{#{identifier(page)}}}"
            has_title = True
        else:
            yield block


if __name__ == "__main__":
    print(*filtered(pathlib.Path(sys.argv[1]).resolve()), sep="\n")
