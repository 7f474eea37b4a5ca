"""The transcripts of tests/cli, against a node: the same words have the same answers.

Every folder of these tests is served by a weftd of its own, and commands are told where that is
instead of the folder. What is left out here is about the files of a folder, and says why.
"""

import importlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import cases

sys.path.append(str(cases.source_dir() / "tests" / "cli"))
import command  # noqa: E402  (its folder is known only now)

WEFTD = cases.binary_dir() / "bin" / "weftd"

SCRIPTS = ("bad_inputs", "failures", "first_steps", "import_again", "import_files",
           "import_mistakes", "import_syntax", "log", "naming", "output_formats", "round_trip")

FILES = "it damages, locks or removes the files of a folder"
MAKES = "a node makes its database when it starts, not when it is asked"
STRICT = "what a node does with undeclared attributes is in its configuration"
LONG = "it takes its time to read a file, which has nothing to do with where the database is"
LEFT_OUT = {
    ("bad_inputs", "test_a_file_instead_of_a_folder"): FILES,
    ("bad_inputs", "test_a_folder_of_another_program"): FILES,
    ("bad_inputs", "test_a_line_of_100_megabytes"): LONG,
    ("bad_inputs", "test_a_line_of_100_megabytes_can_be_left_out"): LONG,
    ("bad_inputs", "test_exit_code_7_for_a_folder_that_cannot_be_read"): FILES,
    ("bad_inputs", "test_exit_code_7_for_a_new_folder_where_nobody_may_make_one"): FILES,
    ("bad_inputs", "test_exit_code_7_for_writing_into_a_folder_that_can_be_read_only"): FILES,
    ("bad_inputs", "test_what_is_no_text_is_not_imported"): MAKES,
    ("failures", "test_a_read_only_command_makes_nothing"): MAKES,
    ("failures", "test_exit_code_1_is_for_damage"): FILES,
    ("failures", "test_exit_code_3_is_for_what_is_not_there"): MAKES,
    ("failures", "test_exit_code_5_is_for_trying_again"): FILES,
    ("failures", "test_exit_code_6_when_nobody_knows_what_became_of_it"): FILES,
    ("failures", "test_strict_refuses_what_is_not_declared"): STRICT,
    ("first_steps", "test_a_database_is_made_by_the_first_transaction"): MAKES,
    ("import_again", "test_a_new_database_is_told_also_in_an_empty_folder"): MAKES,
    ("import_syntax", "test_a_column_of_references_declares_them"): STRICT,
    ("log", "test_a_torn_tail_is_told_apart_from_rot"): FILES,
    ("log", "test_dump_goes_on_behind_damage"): FILES,
    ("log", "test_files_beside_the_log_are_told_from_the_log"): FILES,
    ("log", "test_following_ends_when_the_folder_is_gone"): FILES,
    ("log", "test_rot_is_told_entry_by_entry_with_exit_code_1"): FILES,
    ("log", "test_what_a_power_loss_does_to_the_mark_hides_no_transaction"): FILES,
}


class Folder(command.Folder):
    """A data folder that a node serves."""

    def __init__(self):
        super().__init__()
        self.socket = pathlib.Path(tempfile.mkdtemp(prefix="weftd-")) / "n1.sock"
        config = self.socket.parent / "node.json"
        config.write_text(json.dumps({
            "cluster": {"name": "test"},
            "nodes": [{"id": "n1", "data_dir": str(self.data),
                       "client": {"address": "none", "socket": str(self.socket)},
                       "http": {"address": "none"}}]}))
        log = self.socket.parent / "log"
        with log.open("wb") as errors:
            self.node = subprocess.Popen([WEFTD, "--config", config], env=command.environment(),
                                         stdout=subprocess.DEVNULL, stderr=errors)
        while "node.started" not in log.read_text():
            if self.node.poll() is not None:
                raise AssertionError(f"weftd ended: {log.read_text()}")
            time.sleep(0.01)

    def remove(self):
        self.node.kill()
        self.node.wait()
        shutil.rmtree(self.socket.parent, ignore_errors=True)
        super().remove()

    def renew(self):
        self.remove()
        self.__init__()

    def place(self):
        return ("--endpoint", self.socket)

    def run(self, *words, **options):
        """What looks at files does so beside the node."""
        if words[:2] in (("wal", "verify"), ("wal", "dump")):
            return command.run("--data", self.data, *words)
        return super().run(*words, **options)


command.Folder = Folder


def transcripts():
    """(script, class, case) of all of them."""
    for script in SCRIPTS:
        module = importlib.import_module(script)
        for suite in unittest.defaultTestLoader.loadTestsFromModule(module):
            for case in suite:
                yield script, case


def load_tests(loader, tests, pattern):
    suite = unittest.TestSuite([tests])
    for script, case in transcripts():
        if (script, case._testMethodName) not in LEFT_OUT:
            suite.addTest(case)
    return suite


class LeftOut(cases.TestCase):
    def test_what_is_left_out_is_there(self):
        there = {(script, case._testMethodName) for script, case in transcripts()}
        self.assertEqual(set(LEFT_OUT) - there, set())


if __name__ == "__main__":
    cases.main()
