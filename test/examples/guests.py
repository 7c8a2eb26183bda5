"""Guests of a private libvirtd for the tests of examples, which start, end and start again."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest


class GuestsTest(unittest.TestCase):
    """`daemon_program` is to be set by who derives from it, and the others may be."""

    names = ("one", "two")
    # Of those that do not echo.
    boot_sectors = {}
    # Further XML.
    devices = ""
    patience = 60

    @classmethod
    def setUpClass(cls):
        cls.daemon = subprocess.Popen([cls.daemon_program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cls.uri = cls.daemon.stdout.readline().strip()
        if not cls.uri:
            sys.exit(cls.daemon.wait())
        disk = cls.daemon.stdout.readline().strip()
        for name in cls.names:
            own = f"{disk}.{name}"
            shutil.copy(disk, own)
            if name in cls.boot_sectors:
                pathlib.Path(own).write_bytes(cls.boot_sectors[name])
            cls.virsh("define", "/dev/stdin", input=f"""<domain type='qemu'><name>{name}</name>
                <memory unit='MiB'>16</memory><os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os>
                <devices><disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{own}'/>
                <target dev='hda' bus='ide'/></disk><controller type='usb' model='none'/>
                <serial type='pty'/><console type='pty'/>{cls.devices}</devices></domain>""")

    @classmethod
    def tearDownClass(cls):
        cls.daemon.communicate(timeout=cls.patience)

    @classmethod
    def virsh(cls, *arguments, **options):
        return subprocess.run(["virsh", "--connect", cls.uri, *arguments], check=True, capture_output=True, text=True,
                              timeout=cls.patience, **options).stdout

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def tell_daemon(self, word):
        self.daemon.stdin.write(word + "\n")
        self.daemon.stdin.flush()
        self.assertEqual(self.daemon.stdout.readline().strip(), word)

    def run_guest(self, name):
        self.virsh("start", name)
        self.addCleanup(self.destroy, name)

    def destroy(self, name):
        subprocess.run(["virsh", "--connect", self.uri, "destroy", name], capture_output=True,
                       timeout=self.patience)
