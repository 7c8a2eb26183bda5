#!/usr/bin/env python3
"""Tries the example `console-logger` on guests that start, end and start again, and a daemon that does."""

import os
import select
import signal
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
from guests import GuestsTest

daemon_program, logger_program = sys.argv[1:]
patience = GuestsTest.patience
banner = "libvirt-asio echo guest"


class Log:
    """What is written to a log, whatever its file is called by then."""

    def __init__(self, path):
        self.text = ""
        self.tail = subprocess.Popen(["tail", "-n", "+1", "-F", path], stdout=subprocess.PIPE,
                                     stderr=subprocess.DEVNULL)

    def wait_for(self, words, times=1):
        end = time.monotonic() + patience
        while self.text.count(words) < times:
            if not select.select([self.tail.stdout], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(self.text)
            if not (data := os.read(self.tail.stdout.fileno(), 65536)):
                raise EOFError(self.text)
            self.text += data.decode()

    def close(self):
        self.tail.kill()
        self.tail.wait()
        self.tail.stdout.close()


class ConsoleLoggerTest(GuestsTest):
    daemon_program = daemon_program

    def start_logger(self, *options):
        logger = subprocess.Popen([logger_program, "--connect", self.uri, *options, str(self.folder)],
                                  stderr=subprocess.PIPE, text=True)
        self.addCleanup(logger.stderr.close)
        self.addCleanup(logger.wait)
        self.addCleanup(logger.kill)
        return logger

    def end(self, logger):
        logger.terminate()
        self.assertEqual(logger.wait(patience), 128 + signal.SIGTERM)

    def log(self, name):
        log = Log(self.folder / f"{name}.log")
        self.addCleanup(log.close)
        return log

    def wait_for_banner(self, name, log, opened=1):
        """A guest has its console open, and boots. What it has printed before that is lost."""
        log.wait_for("the console is open", times=opened)
        before = log.text.count(banner)
        self.virsh("reset", name)
        log.wait_for(banner, times=before + 1)

    def test_each_guest_is_logged_from_its_start(self):
        one, two = self.log("one"), self.log("two")
        self.run_guest("one")
        logger = self.start_logger()
        one.wait_for("the console is open")
        self.run_guest("two")
        self.wait_for_banner("two", two)
        self.virsh("destroy", "two")
        two.wait_for("the console has ended")
        self.virsh("start", "two")
        self.wait_for_banner("two", two, opened=2)
        self.end(logger)
        one.wait_for(" console-logger: ends]\n")
        self.assertEqual(logger.stderr.read(), "")

    def test_lines_have_their_times_if_that_is_wanted(self):
        one = self.log("one")
        logger = self.start_logger("--times")
        self.run_guest("one")
        self.wait_for_banner("one", one)
        self.end(logger)
        self.assertRegex(one.text, r"(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} " + banner)

    def test_files_are_rotated_by_their_size(self):
        # The first remark is not to be cut, as it is waited for.
        one = self.log("one")
        logger = self.start_logger("--max-size=100", "--backups=2")
        self.run_guest("one")
        # Enough to fill four files.
        for _ in range(14):
            self.wait_for_banner("one", one)
        self.end(logger)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["one.log", "one.log.1", "one.log.2"])
        for name in ("one.log.1", "one.log.2"):
            self.assertEqual((self.folder / name).stat().st_size, 100)
        self.assertLessEqual((self.folder / "one.log").stat().st_size, 100)

    def test_files_are_opened_again_on_hangup(self):
        one = self.log("one")
        logger = self.start_logger()
        self.run_guest("one")
        self.wait_for_banner("one", one)
        (self.folder / "one.log").rename(self.folder / "old.log")
        logger.send_signal(signal.SIGHUP)
        self.wait_for_banner("one", one)
        self.end(logger)
        for name in ("old.log", "one.log"):
            self.assertIn(banner, (self.folder / name).read_text())

    def test_a_restart_of_the_daemon_is_told_and_survived(self):
        one = self.log("one")
        logger = self.start_logger()
        self.run_guest("one")
        self.wait_for_banner("one", one)
        self.tell_daemon("kill")
        one.wait_for("console-logger: away: ")
        self.tell_daemon("start")
        self.wait_for_banner("one", one, opened=2)
        self.end(logger)

    def test_a_console_that_is_taken_is_logged_again_when_it_is_left(self):
        one = self.log("one")
        logger = self.start_logger()
        self.run_guest("one")
        one.wait_for("the console is open")
        user, program = os.openpty()
        self.addCleanup(os.close, user)
        virsh = subprocess.Popen(["virsh", "--connect", self.uri, "console", "--force", "one"], stdin=program,
                                 stdout=program, stderr=program, start_new_session=True)
        os.close(program)
        self.addCleanup(virsh.wait)
        self.addCleanup(virsh.kill)
        one.wait_for("cannot be opened: operation failed: Active console session exists")
        os.write(user, b"\x1d")
        self.wait_for_banner("one", one, opened=2)
        self.end(logger)

    def test_a_console_that_somebody_has_open_is_waited_for(self):
        one = self.log("one")
        self.run_guest("one")
        first = self.start_logger()
        one.wait_for("the console is open")
        second = self.start_logger()
        one.wait_for("cannot be opened: operation failed: Active console session exists")
        self.end(first)
        one.wait_for("the console is open", times=2)
        self.end(second)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
