#!/usr/bin/env python3
"""Compares what the example `inventory` shows with virsh, while the daemon goes away and comes back."""

import os
import queue
import signal
import statistics
import subprocess
import sys
import threading
import time
import unittest

sys.dont_write_bytecode = True
from guests import GuestsTest

daemon_program, inventory_program = sys.argv[1:]
patience = 30
# After the daemon is back, in seconds.
soon = 2

states = ["running", "idle", "paused", "in shutdown", "shut off", "crashed", "pmsuspended"]


def rows_of(text):
    """The identities, names and states in a table of virsh's or ours."""
    rows = []
    for line in text.splitlines():
        words = line.split()
        if len(words) < 3 or not (words[0] == "-" or words[0].isdigit()):
            continue
        rest = " ".join(words[2:])
        rows.append((words[0], words[1], next(state for state in states if rest.startswith(state))))
    return rows


class Inventory:
    """The program, and the last tables that it has printed."""

    def __init__(self, *uris):
        self.process = subprocess.Popen([inventory_program, *uris], stdout=subprocess.PIPE, text=True)
        self.tables = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        lines = []
        for line in self.process.stdout:
            if line.strip():
                lines.append(line)
            else:
                self.tables.put((lines[0].strip(), "".join(lines[1:])))
                lines = []

    def wait_for(self, uri, is_expected):
        """Waits for a table of which something is true."""
        end = time.monotonic() + patience
        seen = None
        while time.monotonic() < end:
            try:
                seen = self.tables.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                break
            if seen[0].split(": ")[0] == uri and is_expected(*seen):
                return seen[1]
        raise AssertionError(f"not seen; the last table: {seen}")


class InventoryTest(GuestsTest):
    daemon_program = daemon_program
    names = ("one", "two", "three")
    patience = patience

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.virsh("start", "two")
        cls.inventory = Inventory("test:///default", cls.uri)

    @classmethod
    def tearDownClass(cls):
        cls.inventory.process.terminate()
        cls.inventory.process.wait(patience)
        cls.inventory.process.stdout.close()
        super().tearDownClass()

    def assert_shown(self, expected):
        return self.inventory.wait_for(
            self.uri, lambda header, table: header == self.uri and rows_of(table) == expected)

    def test_changes_are_followed(self):
        self.assert_shown(rows_of(self.virsh("list", "--all")))
        self.virsh("suspend", "two")
        expected = rows_of(self.virsh("list", "--all"))
        self.assertIn("paused", [state for _, _, state in expected])
        table = self.assert_shown(expected)
        # Since when, and how often something has happened in the last minute.
        self.assertRegex(table, r"two +paused +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +[1-9]")
        self.virsh("resume", "two")
        self.virsh("undefine", "three")
        expected = rows_of(self.virsh("list", "--all"))
        self.assertEqual(sorted(name for _, name, _ in expected), ["one", "two"])
        self.assert_shown(expected)

    def test_a_signal_leaves_the_terminal_as_it_was(self):
        user, program = os.openpty()
        process = subprocess.Popen([inventory_program, "test:///default"], stdout=program)
        os.close(program)
        output = b""
        while b"running" not in output:
            output += os.read(user, 65536)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(patience), 128 + signal.SIGINT)
        try:
            while data := os.read(user, 65536):
                output += data
        except OSError:
            pass
        os.close(user)
        self.assertTrue(output.startswith(b"\x1b[?1049h\x1b[?25l"), output)
        self.assertTrue(output.endswith(b"\x1b[?25h\x1b[?1049l"), output)

    # unittest runs the tests by their names: this is the last one.
    def test_the_restarts_of_the_daemon_are_followed(self):
        times = []
        for _ in range(10):
            self.tell_daemon("kill")
            self.inventory.wait_for(self.uri, lambda header, _: header != self.uri)
            self.tell_daemon("start")
            back = time.monotonic()
            expected = rows_of(self.virsh("list", "--all"))
            self.assertEqual(sorted(name for _, name, _ in expected), ["one", "two"])
            self.assert_shown(expected)
            times.append(time.monotonic() - back)
        print("shown after", ", ".join(f"{each:.2f}" for each in times), "s")
        # Not the longest: the machine may have other things to do.
        self.assertLess(statistics.median(times), soon)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
