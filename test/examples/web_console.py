#!/usr/bin/env python3
"""Tries the consoles, the list and the pictures of the example `web-console` on guests of a private libvirtd."""

import os
import re
import signal
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
from guests import GuestsTest
from web_server import WebServer
from web_socket import patience

daemon_program, program = sys.argv[1:3]

# Prints the alphabet again and again, without end.
chatter = bytes.fromhex("fa" "b361"             # cli; mov bl, 'a'
                        "bafd03" "ec" "a820"    # next: mov dx, 0x3fd; wait: in al, dx; test al, 0x20
                        "74fb"                  # jz wait
                        "baf803" "88d8" "ee"    # mov dx, 0x3f8; mov al, bl; out dx, al
                        "fec3" "80fb7b"         # inc bl; cmp bl, 'z' + 1
                        "75eb" "b361" "ebe7"    # jnz next; mov bl, 'a'; jmp next
                        ).ljust(510, b"\0") + b"\x55\xaa"
alphabet = b"abcdefghijklmnopqrstuvwxyz"


class WebConsoleTest(GuestsTest):
    daemon_program = daemon_program
    names = ("one", "two", "chatter")
    boot_sectors = {"chatter": chatter}
    devices = "<video><model type='vga'/></video>"

    def start_server(self, *options):
        server = WebServer(program, *options, self.uri)
        self.addCleanup(lambda: server.process.poll() is None and server.end())
        return server

    def uuid(self, name):
        return self.virsh("domuuid", name).strip()

    def console(self, server, name, more="", **options):
        """The console once the server has heard of the guest."""
        listed = server.open("/api/domains")
        listed.wait_until(lambda: listed.words and listed.words[-1]["hosts"][0]["domains"])
        listed.close()
        console = server.console(self.uuid(name), more, **options)
        self.addCleanup(console.close)
        return console

    def open(self, server, name, more="", **options):
        console = self.console(server, name, more, **options)
        console.expect_words(type="console", state="open")
        return console

    def converse(self, console, text):
        """Types until the guest answers: it says nothing before it has booted."""
        console.tell(do="take over")
        console.expect_words(type="viewers", writer="you")
        console.output.clear()
        end = time.monotonic() + patience
        while text not in console.output and time.monotonic() < end:
            console.send(text)
            while text not in console.output and console.has_more(0.2):
                console.take()
        self.assertIn(text, console.output)


class ListTest(WebConsoleTest):
    def wait_for(self, browser, is_so):
        browser.wait_until(lambda: browser.words and is_so(browser.words[-1]["hosts"][0]))
        return browser.words[-1]["hosts"][0]

    @staticmethod
    def domain(host, name):
        return next(each for each in host["domains"] if each["name"] == name)

    def test_domains_are_listed_live(self):
        browser = self.start_server().open("/api/domains")
        host = self.wait_for(browser, lambda host: host["domains"])
        self.assertEqual(host["uri"], self.uri)
        self.assertEqual(sorted(each["name"] for each in host["domains"]), sorted(self.names))
        self.run_guest("one")
        host = self.wait_for(browser, lambda host: self.domain(host, "one")["state"] == "running")
        one = self.domain(host, "one")
        self.assertTrue(one["start_seen"])
        self.assertLess(one["uptime"], 60)
        self.virsh("suspend", "one")
        self.wait_for(browser, lambda host: self.domain(host, "one")["state"] == "paused")
        self.virsh("destroy", "one")
        host = self.wait_for(browser, lambda host: self.domain(host, "one")["state"] == "shut off")
        self.assertNotIn("uptime", self.domain(host, "one"))
        browser.close()

    def test_of_a_guest_that_ran_before_the_start_is_not_known(self):
        self.run_guest("one")
        browser = self.start_server().open("/api/domains")
        host = self.wait_for(browser, lambda host: host["domains"])
        self.assertFalse(self.domain(host, "one")["start_seen"])
        browser.close()

    def test_a_restart_of_the_daemon_is_told_and_survived(self):
        browser = self.start_server().open("/api/domains")
        self.wait_for(browser, lambda host: host["domains"])
        self.tell_daemon("kill")
        self.wait_for(browser, lambda host: "away" in host)
        self.tell_daemon("start")
        self.wait_for(browser, lambda host: "away" not in host and host["domains"])
        browser.close()

    def test_guests_are_controlled_if_that_is_allowed(self):
        server = self.start_server("--allow-control")
        browser = server.open("/api/domains")
        self.wait_for(browser, lambda host: host["domains"])
        self.addCleanup(self.destroy, "one")
        cookie = server.cookie()
        for action, state in (("start", "running"), ("destroy", "shut off")):
            path = f"/api/control?host=0&domain={self.uuid('one')}&action={action}"
            self.assertEqual(server.ask(path, cookie + [("Origin", "http://evil.example")], method="POST").status, 403)
            self.assertEqual(server.ask(path).status, 404)
            answer = server.ask(path, cookie + [("Origin", server.origin)], method="POST")
            self.assertEqual((answer.status, answer.data), (200, b"done\n"))
            self.wait_for(browser, lambda host: self.domain(host, "one")["state"] == state)
        answer = server.ask(path, method="POST")
        self.assertEqual((answer.status, answer.data),
                         (409, b"Requested operation is not valid: domain is not running\n"))
        self.assertEqual(server.ask(path.replace("destroy", "undefine"), method="POST").status, 404)
        browser.close()

    def test_pictures_are_small_and_taken_rarely(self):
        self.run_guest("one")
        server = self.start_server()
        browser = server.open("/api/domains")
        self.wait_for(browser, lambda host: host["domains"])
        path = f"/api/screenshot?host=0&domain={self.uuid('one')}"
        first = server.ask(path)
        self.assertEqual(first.status, 200, first.data)
        if first.getheader("Content-Type") == "image/x-portable-pixmap":
            width, height = map(int, re.match(rb"P6\n(\d+) (\d+)\n255\n", first.data).groups())
            self.assertLessEqual(width, 320)
            self.assertEqual(len(first.data), len(b"P6\n%d %d\n255\n" % (width, height)) + 3 * width * height)
        begin = time.monotonic()
        self.virsh("destroy", "one")
        # The one that is kept.
        self.assertEqual(server.ask(path).data, first.data)
        self.assertLess(time.monotonic() - begin, 5)
        two = server.ask(path.replace(self.uuid("one"), self.uuid("two")))
        self.assertEqual((two.status, two.data),
                         (409, b"Requested operation is not valid: domain is not running\n"))
        browser.close()


class ConsoleTest(WebConsoleTest):
    def test_viewers_see_the_same(self):
        self.run_guest("one")
        server = self.start_server()
        first, second = self.open(server, "one"), self.open(server, "one")
        self.converse(first, b"the same")
        second.expect(b"the same")

    def test_what_was_said_is_replayed_to_whoever_joins(self):
        self.run_guest("one")
        server = self.start_server()
        first = self.open(server, "one")
        self.converse(first, b"said before")
        self.open(server, "one").expect(b"said before")
        first.close()
        # The page is loaded again, while nobody watches.
        self.open(server, "one").expect(b"said before")

    def test_one_writes_at_a_time(self):
        self.run_guest("one")
        server = self.start_server()
        first, second = self.open(server, "one"), self.open(server, "one")
        first.tell(do="take")
        first.expect_words(type="viewers", writer="you", count=2)
        second.expect_words(type="viewers", writer="somebody else")
        second.tell(do="take")
        second.send(b"not mine")
        second.expect_words(type="input lost", bytes=8)
        second.tell(do="take over")
        first.expect_words(type="viewers", writer="somebody else")
        second.expect_words(type="viewers", writer="you")
        self.converse(second, b"mine")
        self.assertNotIn(b"not mine", second.output)
        second.tell(do="release")
        first.expect_words(type="viewers", writer="nobody")
        first.send(b"nobody's")
        first.expect_words(type="input lost")
        second.tell(do="take")
        first.expect_words(type="viewers", writer="somebody else")
        second.close()
        first.expect_words(type="viewers", writer="nobody", count=1)

    def test_who_only_reads_cannot_write(self):
        self.run_guest("one")
        server = self.start_server()
        reader = self.open(server, "one", "&readonly")
        for wish in ("take", "take over"):
            reader.tell(do=wish)
            reader.expect_words(type="viewers", writer="nobody")
        reader.send(b"text")
        reader.expect_words(type="input lost", bytes=4)

    def test_the_console_is_opened_again_when_the_guest_starts_again(self):
        self.run_guest("one")
        console = self.open(self.start_server(), "one")
        self.virsh("destroy", "one")
        console.expect_words(type="console", state="ended")
        console.expect_words(type="console", state="waiting", why="the guest does not run")
        self.virsh("start", "one")
        console.expect_words(type="console", state="open")
        self.converse(console, b"again")

    def test_the_console_is_opened_again_when_the_daemon_is_back(self):
        self.run_guest("one")
        console = self.open(self.start_server(), "one")
        self.tell_daemon("kill")
        console.expect_words(type="console", state="waiting")
        self.tell_daemon("start")
        console.expect_words(type="console", state="open")
        self.converse(console, b"again")

    def test_a_guest_that_does_not_run_is_waited_for(self):
        console = self.console(self.start_server(), "one")
        console.expect_words(type="console", state="waiting", why="the guest does not run")
        self.run_guest("one")
        console.expect_words(type="console", state="open")

    def test_device(self):
        self.run_guest("one")
        server = self.start_server()
        self.converse(self.open(server, "one", "&device=serial0"), b"by its name")
        missing = self.console(server, "one", "&device=serial9")
        self.assertIn("serial9", missing.expect_words(type="console", state="failed")["why"])

    def test_a_console_is_taken_from_others_only_on_request(self):
        self.run_guest("one")
        user, terminal = os.openpty()
        self.addCleanup(os.close, user)
        virsh = subprocess.Popen(["virsh", "--connect", self.uri, "console", "one"], stdin=terminal, stdout=terminal,
                                 stderr=terminal, start_new_session=True)
        os.close(terminal)
        self.addCleanup(virsh.wait)
        self.addCleanup(virsh.kill)
        said = b""
        while b"Escape character" not in said:
            said += os.read(user, 4096)
        server = self.start_server()
        reader, console = self.console(server, "one", "&readonly"), self.console(server, "one")
        failed = console.expect_words(type="console", state="failed")
        self.assertIn("Active console session exists", failed["why"])
        reader.tell(do="force")
        self.assertIsNone(virsh.poll())
        # libvirtd 9.0 may crash when a client hangs up while its console is being taken away.
        virsh.send_signal(signal.SIGSTOP)
        console.tell(do="force")
        console.expect_words(type="console", state="open")
        virsh.send_signal(signal.SIGCONT)
        self.converse(console, b"forced")

    def test_a_console_that_nobody_watches_is_left_after_a_while(self):
        self.run_guest("one")
        first = self.open(self.start_server(), "one")
        second = self.console(self.start_server(), "one")
        second.expect_words(type="console", state="failed")
        first.close()
        second.expect_words(type="console", state="open")

    def test_too_many_viewers(self):
        self.run_guest("one")
        server = self.start_server("--max-viewers", "2")
        first, second = self.open(server, "one"), self.open(server, "one")
        third = self.console(server, "one")
        third.expect_words(type="dismissed", why="too many viewers")
        self.assertEqual(third.expect_end(), 1013)
        first.close()
        second.expect_words(type="viewers", count=1)
        self.open(server, "one")

    def test_nothing_is_left_when_all_have_gone(self):
        self.run_guest("one")
        server = self.start_server()
        keeper = self.open(server, "one")
        before = server.descriptors()
        consoles = [self.open(server, "one") for _ in range(8)]
        for each in consoles:
            each.close()
        keeper.words.clear()
        keeper.tell(do="release")
        keeper.expect_words(type="viewers", count=1)
        server.wait_for_descriptors(before)

    def test_it_ends_while_consoles_are_open(self):
        self.run_guest("one")
        server = self.start_server()
        consoles = [self.open(server, "one") for _ in range(3)]
        self.assertEqual(server.end(), 128 + signal.SIGTERM)
        for each in consoles:
            each.expect_end()


class ChatterTest(WebConsoleTest):
    """A guest that prints without end. QEMU itself drops what it cannot write: whole is what all viewers see."""

    def watch(self, server, *options):
        """Viewers of the guest from its first word on."""
        self.virsh("start", "--paused", "chatter")
        self.addCleanup(self.destroy, "chatter")
        consoles = [self.open(server, "chatter", **each) for each in options]
        self.virsh("resume", "chatter")
        return consoles

    def test_what_it_says_reaches_three_viewers_whole(self):
        consoles = self.watch(self.start_server(), {}, {}, {})
        for each in consoles:
            each.wait_until(lambda each=each: len(each.output) > 300_000)
        first, *others = (each.output[:300_000] for each in consoles)
        self.assertIn(alphabet, first)
        for each in others:
            self.assertTrue(each == first)

    def test_a_slow_browser_is_dismissed_and_holds_nobody_up(self):
        server = self.start_server()
        quick, slow = self.watch(server, {}, {"receive_buffer": 65536})
        quick.wait_until(lambda: "is too slow" in server.log)
        dismissed = slow.expect_words(type="dismissed", why="the browser is too slow")
        self.assertGreater(dismissed["dropped"], 1 << 19)
        self.assertEqual(slow.expect_end(), 1013)
        slow.close()
        # The other one has seen what it has, and what was dropped.
        quick.words.clear()
        quick.expect_words(type="viewers", count=1)
        quick.wait_until(lambda: len(quick.output) > len(slow.output) + dismissed["dropped"])
        self.assertTrue(quick.output.startswith(slow.output))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
