#!/usr/bin/env python3
"""Every link of the pages to a place in this project leads there.

links.py ROOT
"""

import pathlib
import re
import sys
import unittest
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
from pages import pages_of, tokens_of


def flattened(tokens):
    for token in tokens:
        yield token
        yield from flattened(token.children or [])


def targets_of(page):
    for token in flattened(tokens_of(page)):
        if token.type == "link_open":
            yield token.attrs["href"]
        elif token.type == "image":
            yield token.attrs["src"]


def anchors_of(page):
    """As GitHub makes them of headings, and Doxygen too, with MARKDOWN_ID_STYLE or without links into pages."""
    tokens = tokens_of(page)
    headings = [tokens[at + 1] for at, token in enumerate(tokens) if token.type == "heading_open"]
    texts = ["".join(part.content for part in heading.children) for heading in headings]
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts}


class Links(unittest.TestCase):
    def links(self):
        for page in pages_of(ROOT):
            for target in targets_of(page):
                yield page, target, urllib.parse.urlsplit(target)

    def test_links_into_the_project_lead_somewhere(self):
        checked = 0
        for page, target, url in self.links():
            if url.scheme:
                continue
            there = (page.parent / url.path).resolve() if url.path else page
            with self.subTest(f"{page.relative_to(ROOT)}: {target}"):
                self.assertTrue(there.exists())
                if url.fragment:
                    self.assertIn(url.fragment, anchors_of(there))
            checked += 1
        self.assertGreater(checked, 0)

    def test_links_elsewhere_are_encrypted(self):
        for page, target, url in self.links():
            if url.scheme:
                self.assertEqual(url.scheme, "https", f"{page.relative_to(ROOT)}: {target}")

    def test_each_page_is_linked_from_the_readme_or_from_a_page_that_is(self):
        found = set()
        waiting = [ROOT / "README.md"]
        while waiting:
            page = waiting.pop()
            if page in found:
                continue
            found.add(page)
            there = [(page.parent / urllib.parse.urlsplit(target).path).resolve() for target in targets_of(page)]
            # A link to a folder shows what the folder says of itself.
            there += [path / "README.md" for path in there]
            waiting += [path for path in there if path.suffix == ".md" and path.exists()]
        self.assertEqual([str(page.relative_to(ROOT)) for page in pages_of(ROOT) if page not in found], [])


if __name__ == "__main__":
    ROOT = pathlib.Path(sys.argv[1]).resolve()
    unittest.main(argv=sys.argv[:1])
