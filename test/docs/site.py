#!/usr/bin/env python3
"""The site that Doxygen makes has pages for what a reader looks for, and no link in it leads nowhere.

site.py ROOT FOLDER   (ROOT has the pages; no FOLDER without Doxygen)
"""

import html.parser
import pathlib
import re
import sys
import unittest
import urllib.parse


class Page(html.parser.HTMLParser):
    """What a page links to, and what in it can be linked to."""

    def __init__(self, path):
        super().__init__()
        self.targets = set()
        self.anchors = set()
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.targets.add(value)
            elif name in ("id", "name") and value:
                self.anchors.add(value)

    def handle_data(self, data):
        self.text += data


class Site(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pages = {path.name: Page(path) for path in SITE.glob("*.html")}

    def test_links_lead_to_files_and_places_that_are_there(self):
        for name, page in self.pages.items():
            for target in page.targets:
                url = urllib.parse.urlsplit(target)
                # The letters of an index are Doxygen's own affair: 1.17 has links to some that are not there.
                if url.scheme or re.fullmatch("index_([^_]|_[0-9A-Fa-f]+)", url.fragment):
                    continue
                with self.subTest(f"{name}: {target}"):
                    path = urllib.parse.unquote(url.path) or name
                    self.assertTrue((SITE / path).exists())
                    if url.fragment and path in self.pages:
                        self.assertTrue(urllib.parse.unquote(url.fragment) in self.pages[path].anchors)

    def test_no_link_is_left_as_it_was_written(self):
        for name, page in self.pages.items():
            if not name.endswith("_source.html"):
                with self.subTest(name):
                    self.assertEqual(re.findall(r"\]\([^\s)]*[./@][^\s)]*\)", page.text), [])

    def test_each_page_of_the_repository_is_one_of_the_site(self):
        for folder in ["docs", "examples"]:
            for page in (ROOT / folder).rglob("*.md"):
                path = page.relative_to(ROOT)
                name = str(path.with_suffix("")).lower().replace("/readme", "").replace("/", "_")
                if "vendor" not in path.parts:
                    self.assertTrue((SITE / f"{name}.html").exists(), name)

    def test_free_functions_enumerations_and_aliases_have_a_place(self):
        listed = self.pages["namespacemembers.html"].text
        for name in ["async_upload", "async_open_console", "client_errc", "connection"]:
            self.assertTrue(re.search(rf"\b{name}(\(\))?\s*:", listed), name)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        print("skipped: there is no Doxygen")
        sys.exit(77)
    ROOT, SITE = map(pathlib.Path, sys.argv[1:])
    unittest.main(argv=sys.argv[:1])
