#!/usr/bin/env python3
"""Tries the example `events` on guests and pools of a private libvirtd, and on a daemon that goes away."""

import fcntl
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
from guests import GuestsTest
from terminal import Terminal, read

daemon_program, events_program, root = sys.argv[1:]
root = pathlib.Path(root)


class Output:
    """What comes out of a pipe."""

    def __init__(self, pipe):
        self.pipe = pipe
        self.text = ""

    def wait_for(self, words, times=1):
        end = time.monotonic() + GuestsTest.patience
        while self.text.count(words) < times:
            self.text += read(self.pipe.fileno(), end - time.monotonic()).decode()

    def rest(self):
        self.text += self.pipe.read().decode()
        return self.text


class Events:
    """The program, when it listens."""

    def __init__(self, *arguments, hosts=1, **options):
        self.process = subprocess.Popen([events_program, *arguments], stdout=subprocess.PIPE, bufsize=0,
                                        **{"stderr": subprocess.PIPE, **options})
        self.out = Output(self.process.stdout)
        self.err = Output(self.process.stderr or self.process.stdout)
        self.err.wait_for(": waiting for events\n", times=hosts)

    def lines(self):
        return self.out.rest().splitlines()

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(GuestsTest.patience)


def fields_of_structs():
    """The names of the fields of each event's struct, as in the library's headers."""
    structs = {}
    for name in ("domain_events.hpp", "object_events.hpp"):
        text = (root / "include/libvirt-asio" / name).read_text()
        for struct, body in re.findall(r"^struct (\w+) \{\n(.*?)^\};", text, re.M | re.S):
            structs[struct] = re.findall(r"^  [\w:]\S*(?:<.*>)?(?: long)* (?:long )?(\w+)(?: = \w+)?;", body, re.M)
    return structs


class EventsTest(GuestsTest):
    daemon_program = daemon_program

    def listen(self, *arguments, **options):
        events = Events("--connect", self.uri, *arguments, **options)
        self.addCleanup(events.process.stdout.close)
        if events.process.stderr:
            self.addCleanup(events.process.stderr.close)
        self.addCleanup(events.process.wait)
        self.addCleanup(events.process.kill)
        return events

    @staticmethod
    def run_to_end(*arguments):
        return subprocess.run([events_program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=GuestsTest.patience)

    def assert_fails(self, result, words, exit_code=1):
        self.assertEqual((result.returncode, result.stdout), (exit_code, ""), result)
        self.assertIn(words, result.stderr)

    def set_metadata(self, name, numbers):
        """An event for each number, which is in it."""
        commands = "".join(f"metadata {name} --uri urn:{number} --key k --set '<a/>' --config\n" for number in numbers)
        self.virsh(input=commands)

    def test_the_life_of_a_domain_is_told_in_the_words_of_virsh(self):
        events = self.listen("--event", "lifecycle", "--loop")
        self.run_guest("one")
        for command in ("suspend", "resume", "destroy"):
            self.virsh(command, "one")
        events.out.wait_for("Stopped")
        events.end()
        self.assertEqual([line for line in events.lines() if "Resumed" not in line],
                         [f"event 'lifecycle' for domain 'one': {what}" for what in (
                             "Started Booted", "Suspended Paused", "Shutdown Finished after host request",
                             "Stopped Destroyed")])
        self.assertIn("event 'lifecycle' for domain 'one': Resumed Unpaused", events.lines())

    def test_json_has_the_fields_of_the_event(self):
        events = self.listen("--event", "metadata-change", "--loop", "--json")
        self.set_metadata("one", [1])
        events.out.wait_for("\n")
        events.end()
        record = json.loads(events.out.rest())
        self.assertRegex(record.pop("time"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        uuid = self.virsh("domuuid", "one").strip()
        self.assertEqual(record, {"uri": self.uri, "event": "metadata-change",
                                  "fields": {"dom": {"name": "one", "uuid": uuid}, "type": "element",
                                             "nsuri": "urn:1"}})

    def test_pools_have_events_too(self):
        # For the daemon's user.
        self.folder.chmod(0o755)
        events = self.listen("--event", "pool-lifecycle", "--event", "pool-refresh", "--loop")
        self.virsh("pool-create-as", "pool", "dir", "--target", str(self.folder))
        self.virsh("pool-refresh", "pool")
        self.virsh("pool-destroy", "pool")
        events.out.wait_for("Stopped")
        events.end()
        lines = events.lines()
        self.assertIn("event 'pool-refresh' for storage pool 'pool'", lines)
        self.assertIn("event 'pool-lifecycle' for storage pool 'pool': Started detail=0", lines)
        self.assertIn("event 'pool-lifecycle' for storage pool 'pool': Stopped detail=0", lines)

    def test_every_type_and_every_field_of_the_library_is_known(self):
        described = (root / "examples/events/described_events.hpp").read_text()
        known = {struct: fields.split(", ") for struct, fields
                 in re.findall(r"BOOST_DESCRIBE_STRUCT\((\w+), \(\), \((.*?)\)\)", described)}
        structs = fields_of_structs()
        self.assertEqual(known, structs)
        names = self.run_to_end("--list").stdout.splitlines()
        self.assertEqual(len(set(names)), sum(struct.endswith("_event") for struct in structs))

    def test_the_names_of_types_are_those_of_virsh(self):
        names = self.run_to_end("--list").stdout.splitlines()
        for command, prefix in (("event", ""), ("net-event", "net-"), ("pool-event", "pool-"),
                                ("nodedev-event", "nodedev-"), ("secret-event", "secret-")):
            theirs = self.virsh(command, "--list").split()
            self.assertIn("lifecycle", theirs)
            self.assertLessEqual({prefix + name for name in theirs}, set(names))

    def test_without_loop_it_ends_with_the_first_event(self):
        events = self.listen("--timestamp")
        self.set_metadata("one", [1, 2, 3])
        self.assertEqual(events.process.wait(self.patience), 0)
        [line] = events.lines()
        self.assertRegex(line, r"""^\S+Z: event 'metadata-change' for domain 'one': element nsuri="urn:1"$""")

    def test_only_the_events_of_one_domain(self):
        events = self.listen("--domain", "two", "--loop")
        self.set_metadata("one", [1])
        self.set_metadata("two", [2])
        events.out.wait_for("\n")
        events.end()
        self.assertEqual(events.lines(), ["""event 'metadata-change' for domain 'two': element nsuri="urn:2\""""])

    def test_each_line_of_several_hypervisors_begins_with_its_uri(self):
        events = self.listen("--connect", "test:///default", hosts=2)
        self.set_metadata("one", [1])
        self.assertEqual(events.process.wait(self.patience), 0)
        self.assertTrue(events.out.rest().startswith(f"{self.uri}: event 'metadata-change' "), events.out.text)

    def test_the_timeout_fails_unless_there_was_an_event(self):
        self.assert_fails(self.run_to_end("--connect", self.uri, "--event", "reboot", "--timeout", "1"),
                          "events: timed out after 1 s\n")
        events = self.listen("--loop", "--timeout", "5")
        self.set_metadata("one", [1])
        self.assertEqual(events.process.wait(self.patience), 0)
        self.assertEqual(len(events.lines()), 1)

    def test_what_cannot_be_listened_to_is_an_error(self):
        self.assert_fails(self.run_to_end("--connect", self.uri, "--domain", "nobody"),
                          f"events: {self.uri}: Domain not found: no domain with matching name 'nobody'\n")
        self.assert_fails(self.run_to_end("--connect", "test:///default", "--event", "secret-lifecycle"),
                          "events: test:///default: no events of secret-lifecycle: this function is not supported by")
        self.assert_fails(self.run_to_end("--event", "nothing"), "events: 'nothing' is not TYPE", exit_code=2)

    def test_a_signal_ends_it(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            events = self.listen("--loop")
            self.assertEqual(events.end(number), 128 + number)
            self.assertEqual(events.out.rest(), "")
            self.assertTrue(events.err.rest().endswith(": waiting for events\n"), events.err.text)

    def test_it_ends_when_nobody_reads_on(self):
        events = self.listen("--loop")
        events.process.stdout.close()
        self.assertEqual(events.process.wait(self.patience), 0)

    def test_names_are_bold_on_a_terminal_which_is_left_as_it_was(self):
        with Terminal(events_program, "--connect", self.uri) as terminal:
            terminal.expect(b": waiting for events\r\n")
            self.set_metadata("one", [1])
            terminal.expect(b"for domain '\x1b[1mone\x1b[0m': element")
            self.assertEqual(terminal.wait(), 0)
            self.assertTrue(terminal.is_restored())

    def test_losses_are_told_in_their_place(self):
        events = self.listen("--event", "metadata-change", "--loop", "--json", stderr=subprocess.STDOUT)
        fcntl.fcntl(events.process.stdout, fcntl.F_SETPIPE_SZ, 4096)
        # More than wait in the sequence; the last ones come when that has been read.
        count = 1500
        self.set_metadata("one", range(count))
        events.out.wait_for("of 'metadata-change': ")
        events.out.wait_for(f'urn:{count - 1}"')
        events.end()
        expected = 0
        for line in events.lines():
            if told := re.fullmatch(r"events: .*: (\d+) of 'metadata-change': .+", line):
                expected += int(told[1])
            elif line.startswith("{"):
                self.assertEqual(json.loads(line)["fields"]["nsuri"], f"urn:{expected}")
                expected += 1
        self.assertEqual(expected, count)

    def test_the_restart_of_the_daemon_is_survived(self):
        events = self.listen("--loop")
        for times in (2, 3):
            self.tell_daemon("kill")
            events.err.wait_for(": The connection to libvirt was lost\n", times=times - 1)
            self.tell_daemon("start")
            events.err.wait_for(": waiting for events\n", times=times)
            self.set_metadata("one", [times])
            events.out.wait_for(f'"urn:{times}"')


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
