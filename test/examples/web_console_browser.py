#!/usr/bin/env python3
"""Uses the page of the example `web-console` in a real browser, Debian's Chromium driven by playwright-core."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
from guests import GuestsTest
from web_server import WebServer
from web_socket import patience

daemon_program, program, folder = sys.argv[1:4]
folder = pathlib.Path(folder)
source = pathlib.Path(__file__).parent / "browser"


class Browser:
    def __init__(self, chromium):
        folder.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, folder)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
        self.process = subprocess.Popen(["node", source / "driver.mjs", folder, chromium], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.errors = []

    def call(self, page, method, *args):
        self.process.stdin.write(json.dumps({"page": page, "method": method, "args": args}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        self.errors = answer["errors"]
        if "failure" in answer:
            raise AssertionError(f"{page}.{method}{args}: {answer['failure']} {self.errors}")
        return answer["result"]

    def see(self, page, selector, **options):
        self.call(page, "waitForSelector", selector, options)

    def sees(self, page, selector):
        return self.call(page, "isVisible", selector)

    def see_in_terminal(self, page, text):
        self.see(page, f'.xterm-rows:has-text("{text}")')

    def end(self):
        self.process.communicate(timeout=patience)


class BrowserTest(GuestsTest):
    daemon_program = daemon_program
    devices = "<video><model type='vga'/></video>"

    @classmethod
    def setUpClass(cls):
        chromium = shutil.which("chromium")
        if not chromium or not shutil.which("npm"):
            print("skipped: neither Chromium nor npm")
            sys.exit(1 if os.environ.get("LIBVIRT_ASIO_FORBID_SKIP") == "1" else 77)
        super().setUpClass()
        cls.browser = Browser(chromium)

    @classmethod
    def tearDownClass(cls):
        cls.browser.end()
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        self.server = WebServer(program, "--allow-control", self.uri)
        self.addCleanup(self.server.end)

    def see_state(self, page, name, state):
        self.browser.see(page, f'tr:has(a:text-is("{name}")):has(td.state:text-is("{state}"))')

    def boot(self, watcher):
        """Starts the guest, whose console is watched, and returns when it hears what is typed."""
        watcher.words.clear()
        watcher.output.clear()
        self.virsh("start", "--paused", "one")
        watcher.expect_words(type="console", state="open")
        self.virsh("resume", "one")
        watcher.expect(b"echo guest\r\n")

    def converse(self, page, text):
        self.browser.call(page, "click", "#terminal")
        self.browser.call(page, "keyboard.type", text)
        self.browser.see_in_terminal(page, text)

    def test_consoles_in_a_browser(self):
        browser = self.browser
        listed = self.server.open("/api/domains")
        listed.wait_until(lambda: listed.words and listed.words[-1]["hosts"][0]["domains"])
        listed.close()
        watcher = self.server.console(self.virsh("domuuid", "one").strip())
        self.addCleanup(watcher.close)
        watcher.expect_words(type="console", state="waiting")

        browser.call("first", "goto", self.server.url)
        self.assertEqual(browser.call("first", "url"), self.server.origin + "/")
        self.see_state("first", "one", "shut off")
        self.addCleanup(self.destroy, "one")
        self.boot(watcher)
        self.see_state("first", "one", "running")
        browser.see("first", "canvas.thumbnail[width]")

        browser.call("first", "click", 'a:text-is("one")')
        browser.see_in_terminal("first", "libvirt-asio echo guest")
        self.converse("first", "typed by the first")
        browser.see("first", '#console-viewers:text-is("2 watching, you writing")')

        browser.call("second", "goto", browser.call("first", "url"))
        browser.see_in_terminal("second", "typed by the first")
        browser.see("second", '#console-viewers:text-is("3 watching, somebody else writing")')
        browser.call("second", "click", "#console-take")
        browser.see("first", '#console-viewers:text-is("3 watching, somebody else writing")')
        self.converse("second", "typed by the second")
        browser.see_in_terminal("first", "typed by the second")

        self.virsh("destroy", "one")
        browser.see_in_terminal("first", "[the console is waited for: the guest does not run]")
        self.see_state("first", "one", "shut off")
        self.boot(watcher)
        browser.see_in_terminal("first", "[the console is open]")
        self.converse("second", "typed after the start")
        browser.see_in_terminal("first", "typed after the start")

        self.tell_daemon("kill")
        browser.see("first", "table.away")
        browser.see_in_terminal("second", "[the console is waited for: The connection to libvirt was lost]")
        watcher.words.clear()
        self.tell_daemon("start")
        watcher.expect_words(type="console", state="open")
        browser.see("first", "table:not(.away)")
        self.converse("second", "typed after the restart")

        browser.call("first", "reload")
        browser.see_in_terminal("first", "typed by the first")
        browser.see_in_terminal("first", "typed after the restart")
        browser.call("first", "screenshot", {"path": str(folder / "web-console.png")})

        browser.call("first", "click", "button.destroy")
        self.see_state("first", "one", "shut off")
        browser.call("second", "click", "#console-close")
        self.assertFalse(browser.sees("second", "#console"))
        # A picture of a guest that has just gone cannot be had.
        self.assertEqual([each for each in browser.errors if "409" not in each], [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
