"""The pages of the documentation, as CommonMark with tables."""

import sys

sys.dont_write_bytecode = True

from markdown_it import MarkdownIt


def tokens_of(page):
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def pages_of(root):
    """Those that belong to a version; the change log names files that are gone."""
    return [root / "README.md", root / "examples/README.md", *sorted((root / "docs").rglob("*.md"))]
