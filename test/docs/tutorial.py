#!/usr/bin/env python3
"""Each step of the tutorial does what its page shows: the commands of the page are run, and what they print is compared.

tutorial.py ROOT PRIVATE_DAEMON CONSOLE PROGRAM...   (CONSOLE is the example)
"""

import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parent.parent / "examples")]
from guests import GuestsTest
from pages import tokens_of
from terminal import Terminal, read

root, daemon_program, console_program, *step_programs = sys.argv[1:]
pages = pathlib.Path(root) / "docs/tutorial"
programs = {path.name.removeprefix("tutorial-"): path.resolve() for path in map(pathlib.Path, step_programs)}


def blocks_of(step):
    return [(token.info, token.content) for token in tokens_of(pages / f"{step}.md") if token.type == "fence"]


def examples_of(step):
    """What is typed, and what is printed then: a block of commands with one of text right after it."""
    blocks = blocks_of(step)
    return [(commands, output) for (first, commands), (second, output) in zip(blocks, blocks[1:])
            if (first, second) == ("sh", "text")]


def comparable(text):
    """What a terminal shows in the end, without what differs from run to run, or from one version to another."""
    text = re.sub(r"\x1b\[[\d;]*m", "", text)
    text = re.sub(r"^.*\r(?!\n)", "", text, flags=re.M)
    # The console of a guest, and terminals, have both.
    text = text.replace("\r\n", "\n")
    # Another libvirt, another picture.
    text = re.sub(r"(?<=image/png, )\d+(?= bytes)", "N", text)
    # Newer Boosts may also say where in a source an error was made.
    text = re.sub(r"(\[\S+:\d+) at .*\]$", r"\1]", text, flags=re.M)
    # A daemon that is away is asked until it is back, as often as it takes.
    text = re.sub(r"^(Failed to connect socket to ').*('.*\n)(?:\1.*\n)*", r"\1SOCKET\2", text, flags=re.M)
    return text.strip()


class Running:
    """A program that runs until it is told to end."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, bufsize=0, **options)
        self.output = ""

    def wait_for(self, text, times=1):
        end = time.monotonic() + GuestsTest.patience
        while self.output.count(text) < times:
            try:
                self.output += read(self.process.stdout.fileno(), end - time.monotonic()).decode()
            except EOFError:
                raise AssertionError(f"it has ended: {self.output}") from None

    def end(self, number):
        self.process.send_signal(number)
        self.output += self.process.communicate(timeout=GuestsTest.patience)[0].decode()
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Commands(GuestsTest):
    daemon_program = daemon_program
    names = ("vm",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool_folder = tempfile.TemporaryDirectory()
        # For the daemon's user.
        pathlib.Path(cls.pool_folder.name).chmod(0o777)
        cls.virsh("pool-create-as", "default", "dir", "--target", cls.pool_folder.name)
        cls.boot("vm")

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.pool_folder.cleanup()

    @classmethod
    def boot(cls, name):
        """From when on the guest echoes. What it prints before somebody has its console open is lost."""
        cls.virsh("start", name, "--paused")
        with Terminal(console_program, "--connect", cls.uri, name) as console:
            console.expect(b"leaves.\r\n")
            cls.virsh("resume", name)
            console.expect(b"echo guest\r\n")
            console.type(b"\x1d")
            console.wait()

    def setUp(self):
        super().setUp()
        for step, program in programs.items():
            (self.folder / step).symlink_to(program)

    def command(self, text):
        """A daemon of the test's own stands for that of the system."""
        return ["sh", "-c", text.replace("qemu:///system", f"'{self.uri}'")]

    def assert_shown(self, printed, output):
        self.assertEqual(comparable(printed.replace(self.uri, "qemu:///system")), comparable(output))

    def start(self, commands):
        return Running(self.command("exec " + commands), cwd=self.folder)

    def test_programs_that_end_print_what_their_pages_show(self):
        for step in programs.keys() - {"events", "daemon"}:
            examples = examples_of(step)
            self.assertTrue(examples, step)
            for commands, output in examples:
                with self.subTest(commands):
                    done = subprocess.run(self.command(commands), cwd=self.folder, stdin=subprocess.DEVNULL,
                                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=self.patience)
                    self.assert_shown(done.stdout.decode(), output)

    def test_events(self):
        [(commands, output)] = examples_of("events")
        with self.start(commands) as program:
            program.wait_for("running\n")
            # It fails if a daemon that was started again finds the guest at that moment; the guest ends all the same.
            self.destroy("vm")
            program.wait_for("stopped\n")
            self.boot("vm")
            program.wait_for("started\n")
            program.end(signal.SIGINT)
            self.assert_shown(program.output, output)

    def test_daemon_survives_a_restart_and_ends_in_order(self):
        [(commands, output)] = examples_of("daemon")
        with self.start(commands) as program:
            program.wait_for("connected")
            self.tell_daemon("kill")
            program.wait_for("Failed")
            self.tell_daemon("start")
            program.wait_for("connected", times=2)
            self.assertEqual(program.end(signal.SIGTERM), 0)
            self.assert_shown(program.output, output)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
