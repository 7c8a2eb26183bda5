"""A WebSocket as a browser has it, of the standard library only."""

import base64
import json
import os
import select
import socket
import ssl
import struct
import time

patience = 60

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class Refused(Exception):
    """The answer to a request for a WebSocket: its status."""


class WebSocket:
    def __init__(self, address, path, headers=(), tls=None, receive_buffer=None):
        """`tls` is an SSL context; headers are pairs, and may be there twice."""
        self.socket = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(patience)
        self.socket.connect(address)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname=address[0])
        host = f"[{address[0]}]" if ":" in address[0] else address[0]
        lines = [f"GET {path} HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode()]
        if not any(name == "Host" for name, _ in headers):
            lines.append(f"Host: {host}:{address[1]}")
        lines += [f"{name}: {value}" for name, value in headers]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.buffer = bytearray()
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        status = int(head.split()[1])
        if status != 101:
            self.socket.close()
            raise Refused(status)
        self.kind = None
        self.message = b""
        self.output = bytearray()
        self.words = []
        self.pings = 0
        self.close_code = None

    def fill(self):
        if not (data := self.socket.recv(65536)):
            raise EOFError
        self.buffer += data

    def read(self, count):
        while len(self.buffer) < count:
            self.fill()
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    def send(self, data, kind=BINARY):
        mask = os.urandom(4)
        length = len(data)
        head = bytes([0x80 | kind])
        if length < 126:
            head += bytes([0x80 | length])
        elif length < 65536:
            head += struct.pack(">BH", 0x80 | 126, length)
        else:
            head += struct.pack(">BQ", 0x80 | 127, length)
        self.socket.sendall(head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)))

    def tell(self, **words):
        self.send(json.dumps(words).encode(), TEXT)

    def take(self):
        """Takes one frame in."""
        first, length = self.read(2)
        if length == 126:
            length, = struct.unpack(">H", self.read(2))
        elif length == 127:
            length, = struct.unpack(">Q", self.read(8))
        data = self.read(length)
        kind = first & 15
        if kind in (CONTINUATION, TEXT, BINARY):
            self.message += data
            self.kind = kind or self.kind
            if not first & 0x80:
                return
            data, kind, self.message = self.message, self.kind, b""
        if kind == TEXT:
            self.words.append(json.loads(data))
        elif kind == BINARY:
            self.output += data
        elif kind == PING:
            self.pings += 1
            self.send(data, PONG)
        elif kind == CLOSE:
            self.close_code, = struct.unpack(">H", data[:2])
            raise EOFError

    def wait_until(self, is_so):
        end = time.monotonic() + patience
        while not is_so():
            if time.monotonic() > end:
                raise TimeoutError(f"{self.words} {self.output[-200:]}")
            self.take()

    def expect(self, text):
        self.wait_until(lambda: text in self.output)

    def has_more(self, seconds):
        """Waits so long for something to take."""
        return bool(self.buffer or select.select([self.socket], [], [], seconds)[0])

    def expect_words(self, **wanted):
        """Takes frames until these words have come; forgets those up to them."""
        while True:
            self.wait_until(lambda: self.words)
            words = self.words.pop(0)
            if wanted.items() <= words.items():
                return words

    def expect_end(self):
        try:
            while True:
                self.take()
        except EOFError:
            return self.close_code

    def close(self):
        self.socket.close()
