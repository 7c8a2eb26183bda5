#!/usr/bin/env python3
"""Asks bash what it completes on the command lines of the examples."""

import os
import pathlib
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
from guests import GuestsTest

daemon_program, completion, *example_programs = sys.argv[1:]
folder_of_programs = str(pathlib.Path(example_programs[0]).resolve().parent)

# As bash does it itself, on Tab.
script = """
source "$1"
COMP_LINE=$2 COMP_POINT=${#2}
program=${COMP_LINE%% *}
[[ $(complete -p "$program") =~ ' -F '([^ ]+) ]]
"${BASH_REMATCH[1]}" "$program"
printf '%s\\n' "${COMPREPLY[@]}"
"""


class CompletionTest(GuestsTest):
    daemon_program = daemon_program
    names = ("one", "two", "three $(touch hacked)")

    def setUp(self):
        super().setUp()
        # For the daemon's user.
        self.folder.chmod(0o755)
        for pool, volumes in (("default", ["data", "disk"]), ("images", ["file"])):
            folder = self.folder / pool
            folder.mkdir()
            for name in volumes:
                (folder / name).touch()
            self.virsh("pool-create-as", pool, "dir", "--target", str(folder))
            self.addCleanup(self.virsh, "pool-destroy", pool)

    def completed(self, line, **options):
        environment = {**os.environ, "PATH": folder_of_programs + ":" + os.environ["PATH"],
                       "LIBVIRT_DEFAULT_URI": self.uri, **options}
        result = subprocess.run(["bash", "--norc", "-c", script, "bash", completion, line], env=environment,
                                cwd=self.folder, check=True, capture_output=True, text=True, timeout=self.patience)
        self.assertEqual(result.stderr, "")
        return sorted(result.stdout.split("\n")[:-1])

    def test_options_are_those_of_the_help(self):
        self.assertEqual(self.completed("console --f"), ["--follow", "--force"])
        self.assertEqual(self.completed("events --ti"), ["--timeout", "--timestamp"])
        self.assertEqual(self.completed("volume list --p"), ["--pool"])
        self.assertEqual(self.completed("volume upload --re"), ["--resume"])

    def test_values_of_options(self):
        self.assertEqual(self.completed("events --event pool-"), ["pool-lifecycle", "pool-refresh"])
        self.assertEqual(self.completed("events --event=reb"), ["reboot"])
        self.assertEqual(self.completed("events --domain o"), ["one"])
        self.assertEqual(self.completed("volume copy --sparse "), ["auto", "never"])
        self.assertEqual(self.completed("volume list --pool "), ["default", "images"])
        self.assertEqual(self.completed("console --timeout "), [""])

    def test_names_of_domains(self):
        self.assertEqual(self.completed("console t"), ["three\\ \\$\\(touch\\ hacked\\)", "two"])
        self.assertEqual(self.completed("console one "), [""])
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["default", "images"])

    def test_names_of_pools_and_volumes(self):
        self.assertEqual(self.completed("volume "), ["copy", "download", "info", "list", "upload"])
        self.assertEqual(self.completed("volume download d"), ["default"])
        self.assertEqual(self.completed("volume download default "), ["data", "disk"])
        self.assertEqual(self.completed("volume info --pool default di"), ["disk"])
        self.assertEqual(self.completed("volume copy default disk default/d"), ["default/data", "default/disk"])

    def test_the_hypervisor_is_the_one_on_the_command_line(self):
        for connect in (f"--connect {self.uri}", f"--connect={self.uri}", f"-c {self.uri}"):
            self.assertEqual(self.completed(f"console {connect} o", LIBVIRT_DEFAULT_URI="test:///default"), ["one"])
            self.assertEqual(self.completed(f"volume {connect} info di", LIBVIRT_DEFAULT_URI="test:///default"),
                             ["disk"])
        self.assertEqual(self.completed("console --connect test:///default t"), ["test"])

    def test_files(self):
        for line in ("volume upload default disk im", "console --log im", "console-logger im"):
            self.assertEqual(self.completed(line), ["images"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
