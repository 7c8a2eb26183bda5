#!/usr/bin/env python3
"""Every block of code in the pages stands as it is, but for its indentation, in a file that is built, and each page of
the tutorial has the whole of a short program.

code_blocks.py ROOT FILE...   (the files that are built)
"""

import pathlib
import sys
import textwrap
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
from pages import pages_of, tokens_of

# What is built. Commands, their output and settings of other programs are in blocks of other languages.
LANGUAGES = {"cpp", "meson", "cmake"}
OTHER_LANGUAGES = {"sh", "text", "json", "xml", "ini", "c", "python", "perl"}


def has_block(lines, block):
    """Whether the lines have those of the block one after the other, all of them indented by as much more."""
    return any(textwrap.dedent("\n".join(lines[first : first + len(block)])).splitlines() == block
               for first in range(len(lines) - len(block) + 1))


class CodeBlocks(unittest.TestCase):
    def blocks(self):
        for page in pages_of(ROOT):
            for token in tokens_of(page):
                if token.type == "fence":
                    yield f"{page.relative_to(ROOT)}:{token.map[0] + 1}", token.info, token.content

    def test_each_block_names_its_language(self):
        for place, language, _ in self.blocks():
            self.assertIn(language, LANGUAGES | OTHER_LANGUAGES, place)

    def test_code_is_that_of_a_file_that_is_built(self):
        built = [path.read_text(encoding="utf-8").splitlines() for path in FILES]
        checked = 0
        for place, language, code in self.blocks():
            if language not in LANGUAGES:
                continue
            block = textwrap.dedent(code).splitlines()
            with self.subTest(place):
                self.assertTrue(any(has_block(lines, block) for lines in built), f"{place}:\n{code}")
            checked += 1
        self.assertGreater(checked, 0)


class Tutorial(unittest.TestCase):
    def steps(self):
        found = sorted((ROOT / "docs/tutorial").glob("*.cpp"))
        self.assertNotEqual(found, [])
        return found

    def test_programs_have_under_60_lines(self):
        for path in self.steps():
            self.assertLess(len(path.read_text().splitlines()), 60, path.name)

    def test_each_page_shows_its_program_whole(self):
        for path in self.steps():
            _, program = path.read_text().split("\n\n", 1)
            tokens = tokens_of(path.with_suffix(".md"))
            shown = [token.content for token in tokens if token.type == "fence" and token.info == "cpp"]
            self.assertEqual(shown, [program], path.name)


if __name__ == "__main__":
    ROOT = pathlib.Path(sys.argv[1])
    FILES = [pathlib.Path(argument) for argument in sys.argv[2:]]
    unittest.main(argv=sys.argv[:1])
