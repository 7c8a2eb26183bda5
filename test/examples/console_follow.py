#!/usr/bin/env python3
"""Tries `console --follow` on a guest that ends and starts again."""

import os
import select
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
from guests import GuestsTest, patience

daemon_program, console_program = sys.argv[1:]


class ConsoleFollowTest(GuestsTest):
    daemon_program = daemon_program

    def start_console(self, *options):
        """On a terminal of its own."""
        self.user, program = os.openpty()
        self.output = b""
        console = subprocess.Popen([console_program, "--connect", self.uri, "one", *options], stdin=program,
                                   stdout=program, stderr=program, start_new_session=True)
        os.close(program)
        self.addCleanup(os.close, self.user)
        self.addCleanup(console.wait)
        self.addCleanup(console.kill)
        return console

    def expect(self, text, after=0):
        end = time.monotonic() + patience
        while text not in self.output[after:]:
            if not select.select([self.user], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(self.output)
            self.output += os.read(self.user, 65536)

    def test_the_next_start_of_the_guest_is_followed(self):
        self.run_guest("one")
        console = self.start_console("--follow")
        self.expect(b"leaves.\r\n")
        self.virsh("destroy", "one")
        self.expect(b"is waited for.\r\n")
        self.virsh("start", "one")
        # Again and again, as it says nothing before its console is open.
        end = time.monotonic() + patience
        before = len(self.output)
        while b"echoed" not in self.output[before:] and time.monotonic() < end:
            os.write(self.user, b"echoed")
            if select.select([self.user], [], [], 0.2)[0]:
                self.output += os.read(self.user, 65536)
        self.assertIn(b"echoed", self.output[before:])
        os.write(self.user, b"\x1d")
        self.assertEqual(console.wait(patience), 0)

    def test_it_is_left_while_the_guest_is_away(self):
        self.run_guest("one")
        console = self.start_console("--follow")
        self.expect(b"leaves.\r\n")
        self.virsh("destroy", "one")
        self.expect(b"is waited for.\r\n")
        os.write(self.user, b"\x1d")
        self.assertEqual(console.wait(patience), 0)

    def test_the_time_that_was_given_includes_that_without_a_guest(self):
        self.run_guest("one")
        console = self.start_console("--follow", "--timeout", "3")
        self.expect(b"leaves.\r\n")
        self.virsh("destroy", "one")
        self.assertEqual(console.wait(patience), 1)
        self.expect(b"console: timed out after 3 s")

    def test_without_it_the_end_of_the_guest_ends_the_console(self):
        self.run_guest("one")
        console = self.start_console("--expect", "never said")
        self.expect(b"leaves.\r\n")
        self.virsh("destroy", "one")
        self.assertEqual(console.wait(patience), 1)
        self.expect(b"console: the console has ended without 'never said'")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
