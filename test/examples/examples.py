#!/usr/bin/env python3
"""Tries the examples on a private libvirtd, its guest and its volumes."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from terminal import Terminal, patience, read

stage_program, *example_programs = sys.argv[1:]
programs = {pathlib.Path(path).name: path for path in example_programs}


def run(name, *arguments, **options):
    return subprocess.run([programs[name], *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=patience, **options)


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = subprocess.Popen([stage_program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        cls.uri = cls.stage.stdout.readline().decode().strip()
        if not cls.uri:
            sys.exit(cls.stage.wait())

    @classmethod
    def tearDownClass(cls):
        cls.stage.communicate(timeout=patience)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def assert_fails(self, result, words, exit_code=1):
        self.assertEqual(result.returncode, exit_code, result)
        self.assertIn(words, result.stderr.decode())
        self.assertEqual(result.stdout, b"")

    def files(self):
        return sorted(path.name for path in self.folder.iterdir())

    def test_help_and_bad_usage(self):
        for name in programs:
            self.assertEqual(run(name, "--help").returncode, 0)
            # It can do without.
            if name != "events":
                self.assert_fails(run(name), f"{name}: the argument ", exit_code=2)
            self.assert_fails(run(name, "--nonsense"), f"{name}: unrecognised option", exit_code=2)
        self.assert_fails(run("volume", "move", "pool", "small", "file"), "'move' is not", exit_code=2)
        self.assert_fails(run("volume", "copy", "pool", "small", "pool/target", "--sparse=always"),
                          "'always' is not auto|never", exit_code=2)
        self.assert_fails(run("screenshot", "test", "file", "--screen=-1"), "'-1' is not", exit_code=2)
        self.assertEqual(run("volume", "list", "--help").returncode, 0)
        self.assert_fails(run("volume", "info"), "volume: the argument VOLUME is missing", exit_code=2)
        answer = run("volume", "download", "pool", "small", "-", "--json")
        self.assert_fails(answer, "volume: --json needs", exit_code=2)

    def test_screenshot(self):
        for name in ("screenshot", "callbacks"):
            picture = self.folder / name
            result = run(name, "test", str(picture), env={**os.environ, "LIBVIRT_DEFAULT_URI": "test:///default"})
            self.assertEqual(result.returncode, 0, result)
            self.assertEqual(picture.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")
            self.assert_fails(run(name, "--connect=test:///default", "nobody", str(self.folder / "none")),
                              f"{name}: Domain not found")
            self.assert_fails(run(name, "--connect=test:///default", "test", str(self.folder / "none" / "none")),
                              "No such file or directory")
            self.assert_fails(run(name, f"--connect={self.uri}", "nobody", "none"),
                              f"{name}: Domain not found: no domain with matching name 'nobody'\n")
        self.assertEqual(self.files(), ["callbacks", "screenshot"])

    def console(self, *arguments):
        terminal = Terminal(programs["console"], "--connect", self.uri, "echo", *arguments)
        terminal.expect(b"leaves.\r\n")
        self.assertFalse(terminal.is_restored())
        return terminal

    def test_console_is_left_by_its_key(self):
        for arguments in ([], ["--devname", "serial0"]):
            with self.console(*arguments) as terminal:
                terminal.type(b"\x03one line\r")
                terminal.expect(b"\x03one line\r")
                terminal.type(b"\x1d")
                self.assertEqual(terminal.wait(), 0)
                self.assertTrue(terminal.is_restored())

    def test_console_is_ended_by_a_signal(self):
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            with self.console() as terminal:
                terminal.process.send_signal(number)
                self.assertEqual(terminal.wait(), 128 + number)
                self.assertTrue(terminal.is_restored())

    def test_console_in_use(self):
        with self.console() as first:
            self.assert_fails(run("console", "--connect", self.uri, "echo"), "Active console session exists")
            # libvirtd 9.0 may crash when a client hangs up while its console is being taken away.
            first.process.send_signal(signal.SIGSTOP)
            with self.console("--force") as second:
                second.type(b"mine")
                second.expect(b"mine")
                first.process.send_signal(signal.SIGCONT)
                self.assertEqual(first.wait(), 1)
                self.assertTrue(first.is_restored())
                second.type(b"\x1d")
                self.assertEqual(second.wait(), 0)

    def test_console_without_a_terminal(self):
        sent = bytes(range(256))
        with subprocess.Popen([programs["console"], "--connect", self.uri, "echo"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as process:
            process.stdin.write(sent)
            process.stdin.close()
            received = b""
            while len(received) < len(sent):
                received += read(process.stdout.fileno())
            self.assertEqual(received, sent)
            process.terminate()
            self.assertEqual(process.wait(patience), 128 + signal.SIGTERM)

    def test_console_for_scripts(self):
        sent, log = self.folder / "sent", self.folder / "log"
        sent.write_bytes(b"some text, and the end")
        log.write_bytes(b"before, ")
        arguments = ["--connect", self.uri, "echo", "--send", str(sent), "--log", str(log), "--timeout", str(patience)]
        result = run("console", *arguments, "--expect", "the end")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, sent.read_bytes(), b""))
        self.assertEqual(log.read_bytes(), b"before, " + sent.read_bytes())
        result = run("console", "--connect", self.uri, "echo", "--expect", "nothing", "--timeout", "1")
        self.assert_fails(result, "console: timed out after 1 s")
        self.assert_fails(run("console", "--connect", self.uri, "echo", "--send", str(self.folder / "none")),
                          f"{self.folder / 'none'}: No such file or directory")

    def test_console_fails(self):
        self.assert_fails(run("console", "--connect", self.uri, "nobody"), "no domain with matching name 'nobody'")
        self.assert_fails(run("console", "--connect", self.uri, "echo", "--devname=none"), "character device none")

    # unittest runs the tests by their names: the guest is needed until here.
    def test_the_end_of_the_guest_ends_the_console(self):
        with self.console() as terminal:
            self.stage.stdin.write(b"destroy\n")
            self.stage.stdin.flush()
            self.assertEqual(terminal.wait(), 0)
            self.assertTrue(terminal.is_restored())

    def volume(self, *arguments):
        return run("volume", "--connect", self.uri, *map(str, arguments))

    def test_volume_there_and_back(self):
        original, copy = self.folder / "original", self.folder / "copy"
        contents = os.urandom(3 << 20)
        original.write_bytes(contents)
        for result in (self.volume("upload", "pool", "small", original),
                       self.volume("download", "pool", "small", copy)):
            self.assertEqual((result.returncode, result.stderr), (0, b""))
            self.assertRegex(result.stdout, rb"^(up|down)load: 3\.0 MiB in \d+\.\d s\n$")
        self.assertEqual(copy.read_bytes(), contents)

        part = ["--offset", 1000, "--length", 2000]
        self.assertEqual(self.volume("download", "pool", "small", copy, *part).returncode, 0)
        self.assertEqual(copy.read_bytes(), contents[1000:3000])
        self.assertEqual(self.volume("upload", "pool", "small", original, *part).returncode, 0)
        self.assertEqual(self.volume("download", "pool", "small", copy).returncode, 0)
        self.assertEqual(copy.read_bytes(), contents[:1000] + contents[:2000] + contents[3000:])
        self.assertEqual(self.files(), ["copy", "original"])

    def test_volume_is_copied_with_its_holes(self):
        original, copy = self.folder / "original", self.folder / "copy"
        contents = bytes(1 << 20) + os.urandom(1 << 20) + bytes(1 << 20)
        with original.open("wb") as file:
            file.seek(1 << 20)
            file.write(contents[1 << 20:2 << 20])
            file.truncate(len(contents))
        self.assertEqual(self.volume("upload", "pool", "small", original).returncode, 0)
        for options in (["--to", self.uri], ["--sparse=never"]):
            result = self.volume("copy", "pool", "small", "pool/target", *options)
            self.assertEqual((result.returncode, result.stderr), (0, b""))
            self.assertIn(b"copy: 3.0 MiB in ", result.stdout)
            self.assertEqual(self.volume("download", "pool", "target", copy).returncode, 0)
            self.assertEqual(copy.read_bytes(), contents)
            blocks = (copy.stat().st_blocks * 512) >> 20
            self.assertEqual(blocks, 3 if "--sparse=never" in options else 1)

    def virsh(self, *arguments):
        return subprocess.run(["virsh", "--connect", self.uri, *arguments], check=True, capture_output=True, text=True,
                              timeout=patience).stdout

    def make_pool(self, name, start=True):
        """A pool without volumes, for the daemon's user."""
        folder = self.folder / name
        folder.mkdir()
        for path in (self.folder, folder):
            path.chmod(0o777)
        self.virsh("pool-define-as", name, "dir", "--target", str(folder))
        self.addCleanup(self.virsh, "pool-undefine", name)
        if start:
            self.virsh("pool-start", name)
            self.addCleanup(self.virsh, "pool-destroy", name)

    def listed(self, *arguments):
        result = self.volume("list", "--json", *arguments)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        return [json.loads(line) for line in result.stdout.splitlines()]

    def test_volume_list_has_a_row_for_each_volume(self):
        rows = [line.split("  ") for line in self.volume("list").stdout.decode().splitlines()]
        rows = [[cell.strip() for cell in row if cell] for row in rows]
        self.assertEqual(rows[0], ["Pool", "Name", "Capacity", "Allocation", "Path"])
        self.assertEqual([row[:3] for row in rows[1:]], [["pool", "large", "4.00 GiB"], ["pool", "small", "3.00 MiB"],
                                                         ["pool", "target", "3.00 MiB"]])
        theirs = [line.split() for line in self.virsh("vol-list", "pool").splitlines()[2:] if line]
        self.assertEqual([[row[1], row[4]] for row in rows[1:]], theirs)
        with Terminal(programs["volume"], "--connect", self.uri, "list") as terminal:
            terminal.expect_match(rb"^\x1b\[1mPool .*Path\x1b\[0m\r\n")
            self.assertEqual(terminal.wait(), 0)

    def test_volume_list_takes_a_pattern_of_pools(self):
        self.make_pool("other")
        self.virsh("vol-create-as", "other", "extra", "1M")
        self.addCleanup(self.virsh, "vol-delete", "extra", "other")
        for pattern, names in (("p*", ["large", "small", "target"]), ("oth?r", ["extra"]), ("other", ["extra"]),
                               ("[op]*", ["extra", "large", "small", "target"])):
            self.assertEqual([each["name"] for each in self.listed("--pool", pattern)], names)
        self.assert_fails(self.volume("list", "--pool", "n*"), "volume: Storage pool not found: no storage pool with "
                                                               "matching name 'n*'\n")

    def test_volume_list_leaves_out_pools_that_are_not_active(self):
        self.make_pool("off", start=False)
        self.assertEqual(len(self.listed()), 3)
        self.assert_fails(self.volume("list", "--pool", "off"), "storage pool 'off' is not active")

    def test_volume_info_tells_what_virsh_tells_and_more(self):
        self.make_pool("other")
        self.virsh("vol-create-as", "other", "image", "1M", "--format", "qcow2")
        self.addCleanup(self.virsh, "vol-delete", "image", "other")
        for name, pool, volume_format in (("small", "pool", "raw"), ("image", "other", "qcow2")):
            theirs = self.virsh("vol-info", name, "--pool", pool).splitlines()
            path = self.virsh("vol-path", name, "--pool", pool).strip()
            for arguments in ([name], [name, "--pool", pool], [path]):
                result = self.volume("info", *arguments)
                self.assertEqual((result.returncode, result.stderr), (0, b""))
                ours = result.stdout.decode().splitlines()
                self.assertLessEqual(set(theirs), set(ours))
                self.assertIn(f"Format:         {volume_format}", ours)
                self.assertIn(f"Path:           {path}", ours)
        self.assert_fails(self.volume("info", "none"), "no storage vol with matching name 'none'")

    def test_volume_info_as_json_has_sizes_in_bytes(self):
        result = self.volume("info", "small", "--json")
        facts = json.loads(result.stdout)
        self.assertEqual(facts["capacity"], 3 << 20)
        self.assertEqual(set(facts), {"pool", "name", "key", "path", "type", "format", "backing", "capacity",
                                      "allocation", "physical"})

    def test_volume_tells_what_was_moved_as_json(self):
        original = self.folder / "original"
        original.write_bytes(os.urandom(3 << 20))
        for action, target in (("upload", str(original)), ("copy", "pool/target"),
                               ("download", str(self.folder / "copy"))):
            with Terminal(programs["volume"], "--connect", self.uri, action, "pool", "small", target,
                          "--json") as terminal:
                terminal.expect(b"}\r\n")
                self.assertEqual(terminal.wait(), 0)
                # Also on a terminal that alone.
                told = json.loads(terminal.output)
            self.assertGreater(told.pop("seconds"), 0)
            self.assertGreater(told.pop("streams"), 0)
            self.assertEqual(told, {"action": action, "pool": "pool", "volume": "small", "target": target,
                                    "data": 3 << 20, "holes": 0})

    def test_volume_sizes_may_have_units(self):
        copy = self.folder / "copy"
        for size, length in (("1M", 1 << 20), ("1KiB", 1 << 10), ("1KB", 1000), ("7", 7)):
            self.assertEqual(self.volume("download", "pool", "small", copy, "--length", size).returncode, 0)
            self.assertEqual(copy.stat().st_size, length)
        for size in ("1X", "M", "-1M", "1MB2", "1 M", "99999999T"):
            self.assert_fails(self.volume("download", "pool", "small", copy, f"--offset={size}"), "is not a",
                              exit_code=2)

    def test_volume_is_found_by_its_path(self):
        copy = self.folder / "copy"
        path = self.virsh("vol-path", "small", "--pool", "pool").strip()
        self.assertEqual(self.volume("download", "pool", path, copy).returncode, 0)
        self.assertEqual(copy.stat().st_size, 3 << 20)

    def test_screenshot_of_a_domain_by_its_number_or_uuid(self):
        for domain in ("1", "6695eb01-f6a4-8304-79aa-97f2502e193f"):
            picture = self.folder / domain
            result = run("screenshot", "--connect=test:///default", domain, str(picture))
            self.assertEqual(result.returncode, 0, result)
            self.assertEqual(picture.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_volume_options_move_the_same_bytes(self):
        original, copy = self.folder / "original", self.folder / "copy"
        contents = os.urandom(3 << 20)
        original.write_bytes(contents)
        for options in (["--streams", 3], ["--sparse", "never"], ["--resume"]):
            self.assertEqual(self.volume("upload", "pool", "small", original, *options).returncode, 0)
            self.assertEqual(self.volume("download", "pool", "small", copy, *options).returncode, 0)
            self.assertEqual(copy.read_bytes(), contents)

    def test_volume_through_pipes(self):
        contents = os.urandom(2_500_000)
        uploaded = subprocess.run([programs["volume"], "--connect", self.uri, "upload", "pool", "small", "-"],
                                  input=contents, capture_output=True, timeout=patience)
        self.assertEqual((uploaded.returncode, uploaded.stderr), (0, b""))
        downloaded = self.volume("download", "pool", "small", "-")
        self.assertEqual((downloaded.returncode, downloaded.stderr), (0, b""))
        self.assertEqual(downloaded.stdout[:len(contents)], contents)
        self.assertEqual(len(downloaded.stdout), 3 << 20)
        # Files in the place of the pipes.
        original, copy = self.folder / "original", self.folder / "copy"
        original.write_bytes(downloaded.stdout)
        with original.open("rb") as source, copy.open("wb") as target:
            for action, output in (("upload", subprocess.DEVNULL), ("download", target)):
                subprocess.run([programs["volume"], "--connect", self.uri, action, "pool", "target", "-"],
                               stdin=source, stdout=output, check=True, timeout=patience)
        self.assertEqual(copy.read_bytes(), downloaded.stdout)
        too_large = subprocess.run([programs["volume"], "--connect", self.uri, "upload", "pool", "small", "-"],
                                   input=bytes((3 << 20) + 1), capture_output=True, timeout=patience)
        self.assert_fails(too_large, "The volume is too small")
        self.assertEqual(self.files(), ["copy", "original"])

    def test_volume_shows_its_progress_on_a_terminal(self):
        for arguments in (["download", "pool", "small", str(self.folder / "copy")],
                          ["copy", "pool", "small", "pool/target"]):
            with Terminal(programs["volume"], "--connect", self.uri, *arguments) as terminal:
                terminal.expect_match(rb"100 %  [0-9.]+ MiB/s, 0 s left \x1b\[K\r\n")
                self.assertEqual(terminal.wait(), 0)

    def interrupted_download(self, *options):
        copy = self.folder / "copy"
        copy.write_bytes(b"old")
        with Terminal(programs["volume"], "--connect", self.uri, "download", "pool", "large", str(copy),
                      "--sparse=never", *options) as terminal:
            terminal.expect_match(rb"[1-9][0-9]* %")
            terminal.process.send_signal(signal.SIGINT)
            self.assertEqual(terminal.wait(), 128 + signal.SIGINT)
        self.assertEqual(copy.read_bytes(), b"old")

    def test_volume_interrupted_leaves_the_old_file(self):
        self.interrupted_download()
        self.assertEqual(self.files(), ["copy"])

    def test_volume_interrupted_and_resumed(self):
        self.interrupted_download("--resume")
        self.assertEqual(self.files(), ["copy", "copy.part"])
        with Terminal(programs["volume"], "--connect", self.uri, "download", "pool", "large",
                      str(self.folder / "copy"), "--resume") as terminal:
            terminal.expect(b"100 %")
            self.assertEqual(terminal.wait(), 0)
        self.assertEqual(self.files(), ["copy"])
        self.assertEqual((self.folder / "copy").stat().st_size, 4 << 30)

    def test_volume_fails(self):
        copy = self.folder / "copy"
        self.assert_fails(self.volume("download", "none", "small", copy), "no storage pool with matching name 'none'")
        self.assert_fails(self.volume("download", "pool", "none", copy), "no storage vol with matching name 'none'")
        self.assert_fails(self.volume("download", "pool", "small", copy, "--offset", 4 << 20),
                          "The range goes beyond the end of the volume")
        self.assert_fails(self.volume("upload", "pool", "small", copy), f"volume: {copy}: No such file or directory")
        self.assert_fails(self.volume("download", "pool", "small", self.folder), f"{self.folder}: Is a directory")
        self.assert_fails(self.volume("download", "pool", "small", copy / "none"),
                          f"{copy / 'none'}: No such file or directory")
        self.assert_fails(self.volume("copy", "pool", "small", "target"), "'target' is not POOL/VOLUME")
        self.assert_fails(self.volume("copy", "pool", "small", "pool/none"), "no storage vol with matching name 'none'")
        self.assert_fails(self.volume("copy", "pool", "large", "pool/target"), "The volume is too small")
        self.assertEqual(self.files(), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
