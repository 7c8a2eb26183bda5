#!/usr/bin/env python3
"""Nothing is left of a test that is killed in the middle of its work: no daemon, no guest, no host, not even those that
stood still then.

    aborted_run.py TEXT STATES TEST...

kills TEST when one of the processes that it has started has TEXT in its command line and is in one of the STATES, by
the letters that ps has for them."""

import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 60


def descendants(parent):
    try:
        # Each thread has those that it has started.
        for thread in pathlib.Path(f"/proc/{parent}/task").iterdir():
            for child in (thread / "children").read_text().split():
                yield int(child)
                yield from descendants(int(child))
    except (FileNotFoundError, ProcessLookupError):
        pass


def command_line_and_state(process):
    folder = pathlib.Path(f"/proc/{process}")
    try:
        command_line = (folder / "cmdline").read_text().replace("\0", " ")
        return command_line, (folder / "stat").read_text().rsplit(") ", 1)[1][0]
    except (FileNotFoundError, ProcessLookupError):
        return "", "X"


def is_there(text, states):
    there = map(command_line_and_state, descendants(os.getpid()))
    return any(text in command_line and state in states for command_line, state in there)


def wait_for(test, text, states):
    deadline = time.monotonic() + PATIENCE
    # Nobody tells of a process that is nobody's child here.
    while not is_there(text, states):
        # libvirt waits until those that it has ended are gone, whose parent is this process by then.
        if os.waitpid(-1, os.WNOHANG)[0] == test.pid:
            sys.exit(f"the test has ended before there was a '{text}' in state {states}")
        if time.monotonic() > deadline:
            sys.exit(f"there was no '{text}' in state {states}")
        time.sleep(0.01)


def give_up(*_):
    left = list(descendants(os.getpid()))
    for process in left:
        print("left:", process, *command_line_and_state(process))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    sys.exit(f"{len(left)} processes are left")


def wait_for_the_end_of_all():
    """Whose parent ends becomes a child of this process."""
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass


text, states, *command = sys.argv[1:]
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
test = subprocess.Popen(command, start_new_session=True)
try:
    wait_for(test, text, states)
finally:
    test.kill()
    wait_for_the_end_of_all()
