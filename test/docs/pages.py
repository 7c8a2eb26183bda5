"""The pages of the documentation, as CommonMark with tables."""

import sys

sys.dont_write_bytecode = True

try:
    from markdown_it import MarkdownIt
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


def tokens_of(page):
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def pages_of(root):
    """All but the change log, which names what is gone, and those of others, which come with their files."""
    found = [page for folder in ("docs", "examples") for page in sorted((root / folder).rglob("*.md"))]
    return [root / "README.md", *(page for page in found if "vendor" not in page.relative_to(root).parts)]
