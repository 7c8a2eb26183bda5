"""A program on a terminal of its own."""

import fcntl
import os
import re
import select
import subprocess
import termios
import time

patience = 30


def read(descriptor, seconds=patience):
    if not select.select([descriptor], [], [], max(0, seconds))[0]:
        raise TimeoutError
    if not (data := os.read(descriptor, 65536)):
        raise EOFError
    return data


class Terminal:
    def __init__(self, *command):
        self.user, self.program = os.openpty()
        self.state = self.look()
        self.output = b""
        self.process = subprocess.Popen(command, stdin=self.program, stdout=self.program, stderr=self.program,
                                        start_new_session=True)

    def look(self):
        return termios.tcgetattr(self.program), fcntl.fcntl(self.program, fcntl.F_GETFL)

    def is_restored(self):
        return self.look() == self.state

    def expect(self, text):
        self.expect_match(re.escape(text))

    def expect_match(self, pattern):
        end = time.monotonic() + patience
        while not re.search(pattern, self.output):
            self.output += read(self.user, end - time.monotonic())

    def type(self, text):
        os.write(self.user, text)

    def wait(self):
        return self.process.wait(patience)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.user)
        os.close(self.program)
