"""The example image-server, while it runs."""

import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import urllib.parse


class ControlConnection(http.client.HTTPConnection):
    """To the socket at which tickets are given out."""

    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.path))


class Server:
    """The program, while it runs."""

    def __init__(self, program, uri, folder, *options):
        self.control = folder / "control"
        self.process = subprocess.Popen([program, "--connect", uri, "--port", "0", *options, str(self.control)],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        self.address = urllib.parse.urlsplit(self.url)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=60)[1]

    def ask_control(self, method, path, body=None):
        connection = ControlConnection(self.control)
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def give_ticket(self, volume, *operations, timeout=600):
        wanted = {"pool": "images", "volume": volume, "operations": operations, "timeout": timeout}
        status, body = self.ask_control("POST", "/tickets", json.dumps(wanted))
        assert status == 201, body
        return json.loads(body)["ticket"]

    def connection(self):
        return http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=60)

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))
