#!/usr/bin/env python3
"""How fast the example image-server gives a volume away, beside virsh vol-download from the same daemon, and beside
nginx, which sends the same file without libvirt: the limit, if it is installed.

    image_server.py DAEMON PROGRAM

PYTHONPATH has the folder of the examples' tests.
"""

import contextlib
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import guests
import served_images

ROUNDS = 11
SIZE = 512 * 1024 * 1024


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Nginx:
    """Serves a folder."""

    def __init__(self, pool, folder):
        self.url = f"http://127.0.0.1:{free_port()}/"
        configuration = folder / "nginx.conf"
        configuration.write_text(f"""
            daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; user root;
            events {{}}
            http {{ access_log off; server {{ listen {self.url[7:-1]}; root {pool}; }} }}""", encoding="ascii")
        self.process = subprocess.Popen(["nginx", "-e", str(folder / "error.log"), "-p", str(folder), "-c",
                                         str(configuration)])

    def end(self):
        self.process.terminate()
        self.process.wait()


def seconds(*command):
    started = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - started


def download(url):
    return seconds("curl", "--silent", "--fail", "--retry", "5", "--retry-connrefused", "--output", os.devnull, url)


def measure(daemon, folder, ended):
    pool = folder / "pool"
    pool.mkdir()
    for each in folder, pool:
        each.chmod(0o777)
    daemon.virsh("pool-create-as", "images", "dir", "--target", str(pool))
    daemon.virsh("vol-create-as", "images", "image", f"{SIZE}B", "--allocation", "0")
    with open(pool / "image", "r+b") as image:
        for _ in range(SIZE // 2**20):
            image.write(os.urandom(2**20))
    server = served_images.Server(sys.argv[2], daemon.uri, folder)
    ended.callback(server.end)
    url = server.url + server.give_ticket("image", "read", timeout=3600)
    ways = {
        "image_server": lambda: download(url),
        "virsh": lambda: seconds("virsh", "--connect", daemon.uri, "vol-download", "--pool", "images", "image",
                                 str(folder / "target")),
    }
    if shutil.which("nginx"):
        nginx = Nginx(pool, folder)
        ended.callback(nginx.end)
        ways["nginx"] = lambda: download(nginx.url + "image")
    taken = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, run in ways.items():
            taken[way].append(run())
    for way, each in taken.items():
        print(f"figure: image_server.{way} {SIZE / 2**20 / statistics.median(each):.0f} MiB/s")
        if way != "image_server":
            ratio = statistics.median(ours / other for ours, other in zip(taken["image_server"], each))
            print(f"figure: image_server.time_to_{way} {ratio:.3f} times", flush=True)


class Daemon(guests.GuestsTest):
    """A private libvirtd without guests."""

    daemon_program = sys.argv[1]
    names = ()


Daemon.setUpClass()
with contextlib.ExitStack() as ending:
    ending.callback(Daemon.tearDownClass)
    temporary = ending.enter_context(tempfile.TemporaryDirectory())
    measure(Daemon, pathlib.Path(temporary), ending)
