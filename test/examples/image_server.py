#!/usr/bin/env python3
"""Reads and writes the volumes of a private libvirtd through the example image-server, as its users do: with curl.

    image_server.py DAEMON PROGRAM
"""

import concurrent.futures
import hashlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

sys.dont_write_bytecode = True
import certificates
import guests
import served_images

PROGRAM = sys.argv.pop()
MEBIBYTE = 1024 * 1024
CLIENTS = 100


class ImageServerTest(guests.GuestsTest):
    """Each test has a volume of its own."""

    daemon_program = sys.argv.pop()
    names = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        pool = tempfile.TemporaryDirectory()
        cls.addClassCleanup(pool.cleanup)
        cls.pool = pathlib.Path(pool.name)
        # The daemon is another user.
        cls.pool.chmod(0o777)
        cls.virsh("pool-create-as", "images", "dir", "--target", str(cls.pool))

    def setUp(self):
        super().setUp()
        self.server = served_images.Server(PROGRAM, self.uri, self.folder)
        self.addCleanup(self.end_server)
        self.volume = self.id().rsplit(".", 1)[1]

    def start_server(self, folder, *options):
        server = served_images.Server(PROGRAM, self.uri, folder, *options)
        self.addCleanup(server.end)
        return server

    def end_server(self):
        self.server.end()
        self.assertFalse(self.server.control.exists())

    def make_volume(self, contents, capacity=None):
        self.virsh("vol-create-as", "images", self.volume, f"{capacity or len(contents)}B", "--allocation", "0")
        (self.folder / "contents").write_bytes(contents)
        self.virsh("vol-upload", "--pool", "images", self.volume, str(self.folder / "contents"))
        return contents

    def url_for(self, *operations):
        return self.server.url + self.server.give_ticket(self.volume, *operations)

    def contents(self):
        return (self.pool / self.volume).read_bytes()

    def curl(self, *arguments, **options):
        return subprocess.run(["curl", "--silent", "--show-error", *arguments], capture_output=True, timeout=60,
                              check=False, **options)

    def status_of(self, *arguments, **options):
        return int(self.curl("--output", "/dev/null", "--write-out", "%{http_code}", *arguments, **options).stdout)

    # A sanitizer needs much itself.
    def assert_little_memory(self):
        if os.environ.get("B_SANITIZE", "none") == "none":
            self.assertLess(self.server.resident_bytes(), 128 * MEBIBYTE)

    def wait_until(self, condition):
        deadline = time.monotonic() + self.patience
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            os.sched_yield()

    # --- Reading ---

    def test_a_volume_is_downloaded_whole(self):
        contents = self.make_volume(os.urandom(5 * MEBIBYTE + 7))
        self.assertEqual(self.curl(self.url_for("read")).stdout, contents)

    def test_holes_are_zeros(self):
        contents = self.make_volume(bytes(3 * MEBIBYTE) + b"x" + bytes(2 * MEBIBYTE))
        self.assertEqual(self.curl(self.url_for("read")).stdout, contents)

    def test_a_range_is_downloaded(self):
        contents = self.make_volume(os.urandom(MEBIBYTE))
        url = self.url_for("read")
        for wanted, part in (("100-199", contents[100:200]), ("1000000-", contents[1000000:]), ("-10", contents[-10:])):
            with self.subTest(wanted):
                answer = self.curl("--include", "--range", wanted, url).stdout
                header, body = answer.split(b"\r\n\r\n", 1)
                self.assertIn(b"206 Partial Content", header)
                self.assertEqual(body, part)
        self.assertIn(f"bytes 100-199/{MEBIBYTE}".encode(), self.curl("--include", "--range", "100-199", url).stdout)

    def test_a_range_behind_the_end_is_refused(self):
        self.make_volume(b"12345")
        answer = self.curl("--include", "--range", "5-", self.url_for("read")).stdout
        self.assertIn(b"416 Range Not Satisfiable", answer)
        self.assertIn(b"bytes */5", answer)

    def test_what_is_no_single_range_is_answered_with_the_whole(self):
        contents = self.make_volume(b"12345")
        url = self.url_for("read")
        for wanted in ("bytes=0-1,3-4", "bytes=3-1", "bytes=-", "bytes=x-", "lines=1-2"):
            with self.subTest(wanted):
                self.assertEqual(self.curl("--header", f"Range: {wanted}", url).stdout, contents)

    def test_a_download_is_continued(self):
        contents = self.make_volume(os.urandom(MEBIBYTE))
        file = self.folder / "file"
        file.write_bytes(contents[:100000])
        self.curl("--continue-at", "-", "--output", str(file), self.url_for("read"))
        self.assertEqual(file.read_bytes(), contents)

    def test_a_range_of_what_has_changed_since_is_answered_with_the_whole(self):
        contents = self.make_volume(b"12345")
        url = self.url_for("read", "write")
        etag = re.search(rb'ETag: ("[^"]+")', self.curl("--head", url).stdout)[1].decode()
        wanted = ("--header", f"If-Range: {etag}", "--header", "Range: bytes=1-2", url)
        self.assertEqual(self.curl(*wanted).stdout, contents[1:3])
        self.curl("--data-binary", "abcde", "--request", "PUT", url)
        self.assertEqual(self.curl(*wanted).stdout, b"abcde")

    def test_head_tells_the_size_alone(self):
        self.make_volume(os.urandom(MEBIBYTE))
        answer = self.curl("--head", self.url_for("read")).stdout
        self.assertIn(f"Content-Length: {MEBIBYTE}\r\n".encode(), answer)
        self.assertTrue(answer.endswith(b"\r\n\r\n"))

    def test_one_connection_takes_several_requests(self):
        contents = self.make_volume(os.urandom(MEBIBYTE))
        url = self.url_for("read")
        counting = ("--write-out", "%{num_connects}", url)
        answer = self.curl(*counting, "--next", *counting).stdout
        self.assertEqual(answer, contents + b"1" + contents + b"0")

    def test_a_checksum_is_told(self):
        contents = self.make_volume(os.urandom(MEBIBYTE) + bytes(4 * MEBIBYTE) + b"x" + bytes(MEBIBYTE))
        answer = json.loads(self.curl(self.url_for("read") + "/checksum").stdout)
        self.assertEqual(answer, {"algorithm": "sha256", "checksum": hashlib.sha256(contents).hexdigest()})

    def test_a_volume_that_does_not_exist_is_told_in_libvirts_words(self):
        answer = self.curl("--include", self.url_for("read")).stdout
        self.assertIn(b"404 Not Found", answer)
        self.assertIn(b"no storage vol with matching name", answer)

    # --- Writing ---

    def test_a_file_is_put(self):
        self.make_volume(os.urandom(3 * MEBIBYTE))
        contents = os.urandom(3 * MEBIBYTE)
        self.assertEqual(self.status_of("--upload-file", "-", "--header", f"Content-Length: {len(contents)}",
                                        "--header", "Transfer-Encoding:", self.url_for("write"), input=contents), 204)
        self.assertEqual(self.contents(), contents)

    def test_what_has_no_known_length_is_put_in_chunks(self):
        self.make_volume(os.urandom(4 * MEBIBYTE))
        contents = os.urandom(3 * MEBIBYTE)
        self.assertEqual(self.status_of("--upload-file", "-", self.url_for("write"), input=contents), 204)
        self.assertEqual(self.contents()[:len(contents)], contents)

    def test_zeros_of_a_file_become_holes(self):
        self.make_volume(os.urandom(16 * MEBIBYTE))
        contents = os.urandom(MEBIBYTE) + bytes(14 * MEBIBYTE) + os.urandom(MEBIBYTE)
        (self.folder / "file").write_bytes(contents)
        self.assertEqual(self.status_of("--upload-file", str(self.folder / "file"), self.url_for("write")), 204)
        self.assertEqual(self.contents(), contents)
        self.assertLess((self.pool / self.volume).stat().st_blocks * 512, 4 * MEBIBYTE)

    def test_what_is_too_large_is_refused_before_it_is_sent(self):
        contents = self.make_volume(b"12345")
        (self.folder / "file").write_bytes(bytes(8 * MEBIBYTE))
        answer = self.curl("--output", "/dev/null", "--write-out", "%{http_code} %{size_upload}", "--expect100-timeout",
                           "60", "--upload-file", str(self.folder / "file"), self.url_for("write")).stdout
        self.assertEqual(answer, b"413 0")
        self.assertEqual(self.contents(), contents)

    def test_a_part_cannot_be_put(self):
        contents = self.make_volume(b"12345")
        self.assertEqual(self.status_of("--request", "PUT", "--data-binary", "ab", "--header",
                                        "Content-Range: bytes 1-2/5", self.url_for("write")), 400)
        self.assertEqual(self.contents(), contents)

    def break_off_put(self, ticket):
        connection = self.server.connection()
        connection.putrequest("PUT", "/images/" + ticket)
        connection.putheader("Content-Length", str(4 * MEBIBYTE))
        connection.putheader("Expect", "100-continue")
        connection.endheaders()
        # From now on nobody else reads or writes the volume.
        invitation = b"HTTP/1.1 100 Continue\r\n\r\n"
        self.assertEqual(connection.sock.recv(len(invitation), socket.MSG_WAITALL), invitation)
        connection.send(bytes(2 * MEBIBYTE))
        self.assertIn(b"is being written", self.curl(self.server.url + ticket).stdout)
        connection.close()
        self.wait_until(lambda: b"was broken off" in self.curl(self.server.url + ticket).stdout)

    def test_an_upload_that_is_broken_off_does_not_look_complete(self):
        self.make_volume(os.urandom(4 * MEBIBYTE))
        ticket = self.server.give_ticket(self.volume, "read", "write")
        url = self.server.url + ticket
        self.break_off_put(ticket)
        self.assertEqual(self.status_of(url), 409)
        contents = os.urandom(4 * MEBIBYTE)
        self.assertEqual(self.status_of("--upload-file", "-", url, input=contents), 204)
        self.assertEqual(self.curl(url).stdout, contents)

    def test_a_range_is_made_zero(self):
        contents = self.make_volume(os.urandom(MEBIBYTE))
        url = self.url_for("write")
        for wanted, status in (({"op": "zero", "offset": 10, "size": 100}, 204), ({"op": "zero", "offset": 0}, 400),
                               ({"op": "flush"}, 400), ({"op": "zero", "offset": MEBIBYTE, "size": 1}, 413)):
            with self.subTest(wanted):
                self.assertEqual(self.status_of("--request", "PATCH", "--data", json.dumps(wanted), url), status)
        self.assertEqual(self.contents(), contents[:10] + bytes(100) + contents[110:])

    # --- Tickets ---

    def test_nothing_is_to_be_had_without_a_ticket(self):
        for path in ("", "0" * 64, "../tickets", "%2e%2e/tickets"):
            with self.subTest(path):
                self.assertEqual(self.status_of("--path-as-is", self.server.url + path), 404)
        self.assertEqual(self.status_of(self.server.url.replace("/images/", "/tickets"), "--data", "{}"), 404)

    def test_a_ticket_is_for_what_it_says(self):
        self.make_volume(b"12345")
        self.assertEqual(self.status_of(self.url_for("write")), 403)
        self.assertEqual(self.status_of("--request", "PUT", "--data", "x", self.url_for("read")), 403)
        self.assertEqual(self.status_of("--request", "DELETE", self.url_for("read", "write")), 405)

    def test_a_ticket_expires(self):
        self.make_volume(b"12345")
        url = self.server.url + self.server.give_ticket(self.volume, "read", timeout=1)
        self.wait_until(lambda: self.status_of(url) == 404)

    def test_a_revoked_ticket_ends_what_is_under_way(self):
        self.make_volume(b"x" * (64 * MEBIBYTE))
        ticket = self.server.give_ticket(self.volume, "read")
        connection = self.server.connection()
        connection.request("GET", "/images/" + ticket)
        answer = connection.getresponse()
        self.assertEqual(self.server.ask_control("DELETE", "/tickets/" + ticket)[0], 204)
        with self.assertRaises(http.client.IncompleteRead):
            answer.read()
        self.assertEqual(self.server.ask_control("DELETE", "/tickets/" + ticket)[0], 404)

    def test_tickets_are_given_to_the_user_of_the_program_alone(self):
        self.assertEqual(stat.S_IMODE(self.server.control.stat().st_mode), 0o700)

    def test_what_is_no_ticket_is_refused(self):
        good = {"pool": "images", "volume": "x", "operations": ["read"], "timeout": 1}
        for wrong in ("", "{", "[]", json.dumps({**good, "operations": ["erase"]}), json.dumps({**good, "timeout": -1}),
                      json.dumps({"pool": "images"})):
            with self.subTest(wrong):
                self.assertEqual(self.server.ask_control("POST", "/tickets", wrong)[0], 400)
        self.assertEqual(self.server.ask_control("POST", "/tickets", " " * 100000)[0], 413)

    def test_features_are_told(self):
        answer = self.curl("--request", "OPTIONS", self.server.url).stdout
        self.assertEqual(json.loads(answer), {"features": ["checksum", "chunked", "zero"]})

    # --- Clients ---

    def test_a_transfer_ends_when_its_client_goes_away(self):
        self.make_volume(b"x" * (64 * MEBIBYTE))
        before = self.server.descriptors()
        ticket = self.server.give_ticket(self.volume, "read", "write")
        connection = self.server.connection()
        connection.request("GET", "/images/" + ticket)
        connection.getresponse().read(1000)
        self.assertGreater(self.server.descriptors(), before)
        connection.close()
        self.wait_until(lambda: self.server.descriptors() == before)

    def test_too_long_a_header_is_not_read(self):
        with socket.create_connection((self.server.address.hostname, self.server.address.port)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 9000)
            self.assertTrue(client.recv(1000).startswith(b"HTTP/1.1 400 "))

    def test_what_stands_between_chunks_is_bounded(self):
        self.make_volume(bytes(MEBIBYTE))
        ticket = self.server.give_ticket(self.volume, "write")
        with socket.create_connection((self.server.address.hostname, self.server.address.port)) as client:
            client.sendall(f"PUT /images/{ticket} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;".encode())
            with self.assertRaises(OSError):
                while True:
                    client.sendall(bytes(b"x" * MEBIBYTE))

    def test_a_body_without_an_end_is_refused(self):
        contents = self.make_volume(b"12345")
        ticket = self.server.give_ticket(self.volume, "write")
        for header in ("", "Transfer-Encoding: gzip\r\n"):
            with self.subTest(header), socket.create_connection((self.server.address.hostname,
                                                                 self.server.address.port)) as client:
                client.sendall(f"PUT /images/{ticket} HTTP/1.1\r\n{header}\r\nDELETE / HTTP/1.1\r\n\r\n".encode())
                with client.makefile("rb") as answers:
                    answer = answers.read()
                self.assertTrue(answer.startswith(b"HTTP/1.1 411 "), answer)
                self.assertEqual(answer.count(b"HTTP/1.1 "), 1)
        self.assertEqual(self.contents(), contents)

    def test_a_refused_head_has_no_body(self):
        connection = self.server.connection()
        for _ in range(2):
            connection.request("HEAD", "/images/nothing")
            answer = connection.getresponse()
            self.assertEqual((answer.status, answer.read()), (404, b""))

    def test_a_little_upload_does_not_complete_a_broken_one(self):
        self.make_volume(os.urandom(4 * MEBIBYTE))
        ticket = self.server.give_ticket(self.volume, "read", "write")
        url = self.server.url + ticket
        self.break_off_put(ticket)
        self.assertEqual(self.status_of("--request", "PUT", "--data", "x", url), 204)
        self.assertEqual(self.status_of(url), 409)

    def test_a_second_server_does_not_take_the_socket_of_the_first(self):
        other = subprocess.run([PROGRAM, "--connect", self.uri, "--port", "0", str(self.server.control)],
                               capture_output=True, timeout=60, check=False)
        self.assertNotEqual(other.returncode, 0)
        self.assertEqual(self.server.ask_control("DELETE", "/tickets/none")[0], 404)

    def test_a_hundred_clients_cost_little_memory(self):
        contents = self.make_volume(os.urandom(4 * MEBIBYTE))
        url = self.url_for("read")

        def download(_):
            return self.curl("--limit-rate", "2M", url).stdout == contents

        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            self.assertTrue(all(pool.map(download, range(CLIENTS))))
        self.assert_little_memory()

    def test_a_hundred_uploads_cost_little_memory(self):
        names = [f"{self.volume}.{number}" for number in range(CLIENTS)]
        contents = os.urandom(2 * MEBIBYTE)
        for name in names:
            with open(self.pool / name, "wb") as file:
                file.truncate(len(contents))
            # The daemon is another user.
            (self.pool / name).chmod(0o666)
        self.virsh("pool-refresh", "images")

        def upload(name):
            return self.status_of("--limit-rate", "1M", "--upload-file", "-",
                                  self.server.url + self.server.give_ticket(name, "write"), input=contents)

        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            self.assertEqual(set(pool.map(upload, names)), {204})
        self.assertTrue(all((self.pool / name).read_bytes() == contents for name in names))
        self.assert_little_memory()

    def test_clients_that_do_not_read_cost_little_memory_and_hold_up_nobody(self):
        contents = self.make_volume(os.urandom(16 * MEBIBYTE))
        ticket = self.server.give_ticket(self.volume, "read")
        stopped = [self.server.connection() for _ in range(CLIENTS - 1)]
        for each in stopped:
            each.request("GET", "/images/" + ticket)
        for each in stopped:
            each.getresponse()
        self.assertEqual(self.curl(self.server.url + ticket).stdout, contents)
        self.assert_little_memory()
        for each in stopped:
            each.close()

    def test_more_clients_than_are_served_wait_for_their_turn(self):
        contents = self.make_volume(os.urandom(MEBIBYTE))
        folder = self.folder / "other"
        folder.mkdir()
        server = self.start_server(folder, "--max-clients", "1")
        url = server.url + server.give_ticket(self.volume, "read")
        first = server.connection()
        first.connect()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            second = pool.submit(self.curl, url)
            first.request("GET", urllib.parse.urlsplit(url).path)
            self.assertEqual(first.getresponse().read(), contents)
            self.assertFalse(second.done())
            first.close()
            self.assertEqual(second.result().stdout, contents)

    def test_images_are_served_by_tls(self):
        contents = self.make_volume(os.urandom(3 * MEBIBYTE))
        certificate, key = certificates.make(self.folder)
        folder = self.folder / "other"
        folder.mkdir()
        server = self.start_server(folder, "--certificate", certificate, "--key", key)
        self.assertTrue(server.url.startswith("https://"))
        url = server.url + server.give_ticket(self.volume, "read", "write")
        self.assertEqual(self.curl("--cacert", certificate, url).stdout, contents)
        self.assertEqual(self.status_of("--cacert", certificate, "--upload-file", "-", url, input=contents), 204)
        self.assertNotEqual(self.curl(url).returncode, 0)
        # It is not served without.
        self.assertNotEqual(self.curl(url.replace("https:", "http:")).returncode, 0)

    def test_a_server_that_ends_ends_its_transfers(self):
        self.make_volume(b"x" * (64 * MEBIBYTE))
        connection = self.server.connection()
        connection.request("GET", "/images/" + self.server.give_ticket(self.volume, "read"))
        answer = connection.getresponse()
        self.server.end()
        self.assertEqual(self.server.process.returncode, 128 + signal.SIGTERM)
        with self.assertRaises((http.client.IncompleteRead, ConnectionResetError)):
            answer.read()

    def test_the_daemon_may_come_back(self):
        contents = self.make_volume(os.urandom(MEBIBYTE))
        url = self.url_for("read")
        self.tell_daemon("kill")
        answer = self.curl("--include", url).stdout
        self.assertIn(b"500 Internal Server Error", answer)
        self.assertIn(b"Failed to connect socket", answer)
        self.tell_daemon("start")
        self.assertEqual(self.curl(url).stdout, contents)

    def test_tickets_are_not_told_to_the_log(self):
        self.make_volume(b"12345")
        ticket = self.server.give_ticket(self.volume, "read")
        self.tell_daemon("kill")
        self.assertEqual(self.status_of(self.server.url + ticket), 500)
        self.tell_daemon("start")
        said = self.server.end()
        self.assertIn("image-server: ", said)
        self.assertNotIn(ticket, said)


if __name__ == "__main__":
    unittest.main()
