"""A web-console under test."""

import http.client
import os
import subprocess
import threading
import time
from urllib.parse import parse_qs, urlsplit

from web_socket import WebSocket, patience


class WebServer:
    def __init__(self, program, *arguments):
        self.process = subprocess.Popen([program, "--port", "0", *arguments], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError(self.process.communicate(timeout=patience)[1])
        parts = urlsplit(self.url)
        self.address = (parts.hostname, parts.port)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.token = parse_qs(parts.query).get("token", [None])[0]
        self.log = ""
        self.logger = threading.Thread(target=self.read_log)
        self.logger.start()

    def read_log(self):
        for line in self.process.stderr:
            self.log += line

    @property
    def bearer(self):
        return [("Authorization", f"Bearer {self.token}")]

    def ask(self, path, headers=None, method="GET", body=None, tls=None):
        """The response, with its body in `data`."""
        if tls:
            connection = http.client.HTTPSConnection(*self.address, timeout=patience, context=tls)
        else:
            connection = http.client.HTTPConnection(*self.address, timeout=patience)
        connection.putrequest(method, path, skip_host=any(name == "Host" for name, _ in headers or []))
        for name, value in self.bearer if headers is None else headers:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        response.data = response.read()
        connection.close()
        return response

    def cookie(self):
        return [("Cookie", self.ask(f"/?token={self.token}", []).getheader("Set-Cookie").split(";")[0])]

    def open(self, path, headers=None, **options):
        return WebSocket(self.address, path, self.bearer if headers is None else headers, **options)

    def console(self, uuid, more="", **options):
        return self.open(f"/api/console?host=0&domain={uuid}{more}", **options)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def wait_for_descriptors(self, count):
        """Until it has no more. Each question is answered after what the server has not seen yet."""
        end = time.monotonic() + patience
        while self.descriptors() > count:
            if time.monotonic() > end:
                raise AssertionError(f"{self.descriptors()} descriptors instead of {count}")
            self.ask("/")

    def end(self):
        self.process.terminate()
        exit_code = self.process.wait(patience)
        self.logger.join(patience)
        self.process.stdout.close()
        self.process.stderr.close()
        return exit_code
