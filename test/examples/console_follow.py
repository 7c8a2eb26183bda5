#!/usr/bin/env python3
"""Tries `console --follow` on a guest that ends and starts again."""

import select
import sys
import time
import unittest

sys.dont_write_bytecode = True
from guests import GuestsTest
from terminal import Terminal, patience, read

daemon_program, console_program = sys.argv[1:]


class ConsoleFollowTest(GuestsTest):
    daemon_program = daemon_program

    def lose_guest(self, *options):
        """A console whose guest has ended."""
        self.run_guest("one")
        console = Terminal(console_program, "--connect", self.uri, "one", *options)
        self.addCleanup(console.__exit__)
        console.expect(b"leaves.\r\n")
        self.virsh("destroy", "one")
        return console

    def test_the_next_start_of_the_guest_is_followed(self):
        console = self.lose_guest("--follow")
        console.expect(b"is waited for.\r\n")
        self.virsh("start", "one")
        # Again and again, as it says nothing before its console is open.
        end = time.monotonic() + patience
        before = len(console.output)
        while b"echoed" not in console.output[before:] and time.monotonic() < end:
            console.type(b"echoed")
            if select.select([console.user], [], [], 0.2)[0]:
                console.output += read(console.user)
        self.assertIn(b"echoed", console.output[before:])
        console.type(b"\x1d")
        self.assertEqual(console.wait(), 0)

    def test_it_is_left_while_the_guest_is_away(self):
        console = self.lose_guest("--follow")
        console.expect(b"is waited for.\r\n")
        console.type(b"\x1d")
        self.assertEqual(console.wait(), 0)

    def test_the_time_that_was_given_includes_that_without_a_guest(self):
        console = self.lose_guest("--follow", "--timeout", "3")
        self.assertEqual(console.wait(), 1)
        console.expect(b"console: timed out after 3 s")

    def test_without_it_the_end_of_the_guest_ends_the_console(self):
        console = self.lose_guest("--expect", "never said")
        self.assertEqual(console.wait(), 1)
        console.expect(b"console: the console has ended without 'never said'")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
