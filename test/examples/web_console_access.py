#!/usr/bin/env python3
"""Tries who is let in by the example `web-console`, and what becomes of requests that are none."""

import os
import pathlib
import re
import signal
import socket
import ssl
import struct
import sys
import tempfile
import time
import unittest
import warnings

sys.dont_write_bytecode = True
import certificates
from web_server import WebServer
from web_socket import Refused, TEXT, patience

program = sys.argv[1]
uri = "test:///default"
live = "/api/domains"


class AccessTest(unittest.TestCase):
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.server = WebServer(program, *cls.options, uri)

    @classmethod
    def tearDownClass(cls):
        assert cls.server.end() == 128 + signal.SIGTERM
        assert not cls.server.token or cls.server.token not in cls.server.log, cls.server.log

    def status(self, path, headers=None, **options):
        return self.server.ask(path, headers, **options).status

    def assert_opens(self, headers):
        browser = self.server.open(live, headers)
        browser.expect_words(type="domains")
        browser.close()

    def assert_refused(self, status, headers, path=live):
        with self.assertRaises(Refused) as refused:
            self.server.open(path, headers)
        self.assertEqual(refused.exception.args, (status,))
        # A page that is no WebSocket is no better.
        if path == live:
            self.assertEqual(self.status(path, headers), status)


class TokenTest(AccessTest):
    def test_the_token_in_the_address_becomes_a_cookie(self):
        answer = self.server.ask(f"/?token={self.server.token}", [])
        self.assertEqual((answer.status, answer.getheader("Location")), (303, "/"))
        cookie = answer.getheader("Set-Cookie")
        self.assertRegex(cookie, r"^web-console-\d+=[0-9a-f]{32}; Path=/; HttpOnly; SameSite=Strict$")
        self.assertNotIn(self.server.token, cookie)
        self.assertEqual(self.status("/", self.server.cookie()), 200)

    def test_a_token_that_is_another_one_is_refused(self):
        self.assertEqual(self.status("/?token=" + 32 * "0", []), 403)
        self.assertEqual(self.status("/?token=", []), 403)
        self.assert_refused(401, [("Authorization", "Bearer " + 32 * "0")])

    def test_without_a_token_nothing_is_told(self):
        for path in ("/", "/app.js", "/vendor/xterm.mjs", live, "/api/screenshot", "/nowhere"):
            self.assertEqual(self.status(path, []), 401)
        self.assertEqual(self.status("/api/control", [], method="POST"), 401)

    def test_bearer(self):
        self.assert_opens(self.server.bearer)

    def test_malformed_cookie(self):
        for cookie in ("web-console", "=;=;;=", "web-console-1=" + 32 * "0", '"', ";" * 100, "é"):
            self.assert_refused(401, [("Cookie", cookie), ("Origin", self.server.origin)])

    def test_a_cookie_among_others(self):
        (_, cookie), = self.server.cookie()
        for others in (f"a=b; {cookie}", f"{cookie};c=\"d e\"", f";;=;{cookie}"):
            self.assertEqual(self.status("/", [("Cookie", others)]), 200)

    def test_the_page_is_protected_against_others(self):
        answer = self.server.ask("/")
        policy = answer.getheader("Content-Security-Policy")
        self.assertIn("default-src 'none'; script-src 'self';", policy)
        self.assertIn("frame-ancestors 'none'", policy)
        self.assertNotRegex(answer.data.decode(), r"<script(?! type=\"module\" src=)|\son\w+=")
        self.assertEqual(answer.getheader("X-Content-Type-Options"), "nosniff")
        self.assertEqual(answer.getheader("Cache-Control"), "no-store")


class OriginTest(AccessTest):
    def headers(self, origin):
        return self.server.cookie() + [("Origin", origin)]

    def test_own_origin(self):
        self.assert_opens(self.headers(self.server.origin))

    def test_bad_origin(self):
        port = self.server.address[1]
        for origin in ("http://evil.example", f"http://127.0.0.1:{port + 1}", f"http://127.0.0.1.evil.example:{port}",
                       f"http://localhost:{port}", "http://127.0.0.1", "null", "nonsense", "http://", "http://[",
                       f"{self.server.origin}/", f"http://user@127.0.0.1:{port}"):
            self.assert_refused(403, self.headers(origin))
            self.assert_refused(403, self.server.bearer + [("Origin", origin)])

    def test_blank_origin(self):
        self.assert_refused(403, self.headers(""))

    def test_bad_origin_scheme(self):
        self.assert_refused(403, self.headers(self.server.origin.replace("http:", "https:")))
        self.assert_refused(403, self.headers(self.server.origin.replace("http:", "ftp:")))

    def test_two_origins(self):
        self.assert_refused(403, self.headers(self.server.origin) + [("Origin", "http://evil.example")])

    def test_missing_origin(self):
        """Browsers always tell it for a WebSocket; programs have the token."""
        with self.assertRaises(Refused) as refused:
            self.server.open(live, self.server.cookie())
        self.assertEqual(refused.exception.args, (403,))
        self.assertEqual(self.status("/api/control", self.server.cookie(), method="POST"), 403)
        self.assert_opens(self.server.bearer)

    def test_bad_host(self):
        for host in ("", "a b", "user@127.0.0.1", "["):
            self.assert_refused(400, [("Host", host)] + self.server.bearer)

    def test_the_protocol_that_a_proxy_tells_is_not_believed(self):
        origin = self.server.origin.replace("http:", "https:")
        self.assert_refused(403, self.headers(origin) + [("X-Forwarded-Proto", "https")])


class AllowedOriginTest(AccessTest):
    options = ("--origin", "https://consoles.example")

    def test_allowed_origin(self):
        for origin in ("https://consoles.example", "https://consoles.example:443", "HTTPS://Consoles.Example"):
            self.assert_opens(self.server.cookie() + [("Origin", origin)])

    def test_others(self):
        own = f"http://127.0.0.1:{self.server.address[1]}"
        for origin in (own, "http://consoles.example", "https://consoles.example:444"):
            self.assert_refused(403, self.server.cookie() + [("Origin", origin)])

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        assert cls.server.url.startswith("https://consoles.example/?token="), cls.server.url
        # What is printed is where the proxy is.
        cls.server.address = ("127.0.0.1", port_of(cls.server.process.pid))


def port_of(pid):
    """That a process listens on."""
    inodes = {os.readlink(f"/proc/{pid}/fd/{each}") for each in os.listdir(f"/proc/{pid}/fd")}
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[3] == "0A" and f"socket:[{words[9]}]" in inodes:
            return int(words[1].split(":")[1], 16)
    raise LookupError


class ForwardedProtoTest(AccessTest):
    options = ("--trust-forwarded-proto",)

    def test_it_is_believed(self):
        forwarded = [("X-Forwarded-Proto", "https")]
        origin = self.server.origin.replace("http:", "https:")
        self.assert_opens(self.server.cookie() + forwarded + [("Origin", origin)])
        self.assert_refused(403, self.server.cookie() + forwarded + [("Origin", self.server.origin)])
        cookie = self.server.ask(f"/?token={self.server.token}", forwarded).getheader("Set-Cookie")
        self.assertTrue(cookie.endswith("; Secure"), cookie)


class Ipv6Test(AccessTest):
    options = ("--address", "::1")

    def test_ipv6(self):
        self.assertTrue(self.server.origin.startswith("http://[::1]:"))
        self.assert_opens(self.server.cookie() + [("Origin", self.server.origin)])
        self.assert_refused(403, self.server.cookie() + [("Origin", "http://[::2]:" + str(self.server.address[1]))])


class TlsTest(AccessTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.certificate, key = certificates.make(folder.name)
        cls.options = ("--certificate", cls.certificate, "--key", key)
        super().setUpClass()
        cls.tls = ssl.create_default_context(cafile=cls.certificate)

    def test_page_and_websocket_are_encrypted(self):
        answer = self.server.ask(f"/?token={self.server.token}", [], tls=self.tls)
        self.assertEqual(answer.status, 303)
        cookie = answer.getheader("Set-Cookie")
        self.assertTrue(cookie.endswith("; Secure"), cookie)
        headers = [("Cookie", cookie.split(";")[0]), ("Origin", self.server.origin)]
        self.assertTrue(self.server.origin.startswith("https://"))
        browser = self.server.open(live, headers, tls=self.tls)
        browser.expect_words(type="domains")
        browser.close()

    def test_old_versions_are_refused(self):
        old = ssl.create_default_context(cafile=self.certificate)
        old.set_ciphers("DEFAULT@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises((ssl.SSLError, ConnectionResetError)):
            self.server.open(live, tls=old)

    def test_without_encryption_nothing_is_told(self):
        connection = socket.create_connection(self.server.address, patience)
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        try:
            said = connection.recv(4096)
        except ConnectionResetError:
            said = b""
        self.assertNotIn(b"HTTP", said)
        connection.close()


class RequestTest(AccessTest):
    def raw(self, data):
        """What is answered until the server hangs up."""
        with socket.create_connection(self.server.address, patience) as connection:
            connection.sendall(data)
            answer = b""
            try:
                while more := connection.recv(65536):
                    answer += more
            except ConnectionResetError:
                pass
            return answer

    def test_path_traversal(self):
        for path in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/vendor/../../settings.hpp", "/..%2fmain.cpp",
                     "//etc/passwd", "/vendor/%2e%2e/index.html", "/vendor", "/vendor/"):
            self.assertIn(self.status(path), (400, 404), path)

    def test_what_is_no_request(self):
        self.assertTrue(self.raw(b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400 "))
        self.assertTrue(self.raw(b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\nConnection: close\r\n\r\n")
                        .startswith(b"HTTP/1.1 400 "))
        self.assertEqual(self.status("/", method="DELETE"), 405)
        self.assertEqual(self.status("/nowhere"), 404)

    def test_oversized_requests(self):
        self.assertTrue(self.raw(b"GET / HTTP/1.1\r\nX: " + 9_000 * b"x").startswith(b"HTTP/1.1 431 "))
        answer = self.raw(b"POST /api/control HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 413 "), answer)

    def test_oversized_messages(self):
        browser = self.server.open(live)
        browser.send(100_000 * b"x")
        self.assertEqual(browser.expect_end(), 1009)
        browser.close()

    def test_messages_that_are_not_understood(self):
        for message in (b"nonsense", b"[]", b"\"take\""):
            browser = self.server.open(live)
            browser.send(message, TEXT)
            browser.expect_words(type="dismissed", why="the browser sends what is not understood")
            self.assertEqual(browser.expect_end(), 1013)
            browser.close()

    def test_websockets_of_what_there_is_not(self):
        for path in ("/api/nowhere", "/api/console", "/api/console?host=1&domain=x", "/api/console?host=0&domain=x",
                     "/api/console?host=-1&domain=x"):
            self.assert_refused(404, self.server.bearer, path)

    def test_connections_that_say_nothing_are_closed(self):
        begin = time.monotonic()
        self.assertEqual(self.raw(b"GET / HT"), b"")
        self.assertLess(time.monotonic() - begin, 20)

    def test_reset_connections(self):
        before = self.server.descriptors()
        abrupt = struct.pack("ii", 1, 0)
        for _ in range(20):
            connection = socket.create_connection(self.server.address, patience)
            connection.sendall(b"GET / HTTP/1.1\r\n")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, abrupt)
            connection.close()
            browser = self.server.open(live)
            browser.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, abrupt)
            browser.close()
        self.server.wait_for_descriptors(before)

    def test_a_connection_serves_several_requests(self):
        request = (f"GET {live} HTTP/1.1\r\nHost: a\r\n" +
                   f"Authorization: Bearer {self.server.token}\r\n").encode()
        answer = self.raw(2 * (request + b"\r\n") + request + b"Connection: close\r\n\r\n")
        self.assertEqual(answer.count(b"HTTP/1.1 200 OK"), 3)

    def test_guests_cannot_be_controlled(self):
        uuid = self.domain()["uuid"]
        self.assertEqual(self.status(f"/api/control?host=0&domain={uuid}&action=destroy", method="POST"), 403)
        self.assertEqual(self.domain()["state"], "running")

    def domain(self):
        browser = self.server.open(live)
        listed = browser.expect_words(type="domains")
        browser.close()
        return listed["hosts"][0]["domains"][0]

    def test_a_socket_that_is_idle_lives_for_a_minute_if_it_answers_pings(self):
        begin = time.monotonic()
        browser, silent = self.server.open(live), self.server.open(live)
        silent.expect_words(type="domains")
        browser.expect_words(type="domains")
        silent.send = lambda *_: None
        browser.wait_until(lambda: browser.pings == 3)
        self.assertEqual(silent.expect_end(), None)
        browser.wait_until(lambda: time.monotonic() - begin > 60)
        browser.send(b"nonsense", TEXT)
        browser.expect_words(type="dismissed")
        browser.close()
        silent.close()


class StartTest(unittest.TestCase):
    def assert_fails(self, words, *options):
        with self.assertRaises(RuntimeError) as failed:
            WebServer(program, *options, uri)
        self.assertIn(words, str(failed.exception))

    def test_it_listens_for_others_only_with_encryption(self):
        self.assert_fails("web-console: 0.0.0.0 is for others, too", "--address", "0.0.0.0")

    def test_bad_options(self):
        self.assert_fails("'nonsense' is not an origin", "--origin", "nonsense")
        self.assert_fails("No such file", "--token-file", "/nowhere/token")
        self.assert_fails("web-console: ", "--certificate", "/nowhere", "--key", "/nowhere")
        self.assert_fails("--key is of no use without --certificate", "--key", "/nowhere")

    def test_a_token_of_a_file_is_not_printed(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("0123456789abcdef\n")
            file.flush()
            server = WebServer(program, "--token-file", file.name, uri)
            self.assertEqual(server.token, None)
            self.assertEqual(server.ask("/", [("Authorization", "Bearer 0123456789abcdef")]).status, 200)
            server.end()
            file.truncate(5)
            self.assert_fails("a token of at least 16 characters", "--token-file", file.name)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
