"""Files and folders that are not what they should be: one clear error each, and nothing breaks."""

import os
import random
import shutil

import cases
import command

LONG_LINE = 100_000_000
NOBODY = 65534


class BadFiles(command.TestCase):
    def refused(self, code, *words, what, advice="", **options):
        answer = self.weft(*words, code=code, **options)
        lines = [line for line in answer.err.splitlines() if "made a new database" not in line]
        self.assertTrue(lines[0].startswith("error: "), answer.err)
        self.assertIn(what, lines[0])
        self.assertTrue(lines[2].startswith("try: "), answer.err)
        self.assertIn(advice, lines[2])
        self.assertEqual(len(lines), 3, answer.err)
        return answer

    def test_what_is_no_text_is_not_imported(self):
        for beginning in (b"\x1f\x8b\x08\x00", b"PK\x03\x04", b"\x7fELF", bytes(range(256))):
            path = self.folder.file("facts", beginning + random.Random(1).randbytes(100_000))
            self.refused(2, "import", path, what="does not begin with text", advice="zcat")
        noise = b"\xb7" + random.Random(2).randbytes(100_000)
        self.refused(2, "import", "-", stdin=noise, what="does not begin with text")
        self.assertFalse(self.folder.data.exists())

    def test_garbage_in_every_syntax(self):
        for form in ("edn", "jsonl", "csv"):
            for seed in range(20):
                with self.subTest(form=form, seed=seed):
                    path = self.folder.file("garbage", random.Random(seed).randbytes(2000))
                    answer = self.weft("import", path, "--format", form, code=2)
                    self.assertIn("(line ", answer.err)

    def test_text_that_ends_inside_a_character(self):
        for name, text in (("facts.edn", b'{:a/b "abc\xc3'), ("facts.jsonl", b'{"a/b": "abc\xc3'),
                           ("facts.csv", b"a/b\nabc\xc3"), ("facts.csv", b'a/b\n"abc\xc3"\n'),
                           ("facts.edn", b'{:a/b "abc\xc3"}'),
                           ("facts.jsonl", b'{"a/b": "abc\xc3"}\n')):
            with self.subTest(name=name, text=text):
                self.refused(2, "import", self.folder.file(name, text), what="(line ",
                             advice="correct it")

    def test_a_line_of_100_megabytes(self):
        long = b"x" * LONG_LINE
        for name, text, line in (
                ("long.jsonl", b'{"a/b": "1"}\n{"a/b": "' + long + b'"}\n{"a/b": "3"}\n', 2),
                ("long.edn", b'{:a/b "1"}\n{:a/b "' + long + b'"}\n{:a/b "3"}\n', 2),
                ("long.csv", b"a/b\n1\n" + long + b"\n3\n", 3)):
            with self.subTest(name=name):
                self.folder.renew()
                path = self.folder.file(name, text)
                answer = self.refused(4, "import", path, what=f"(line {line}, column 1)",
                                      advice="correct it and run the same command again")
                self.assertIn("input_too_large", answer.err)
                self.assertEqual(self.weft("datoms", "avet", ":a/b").lines()[0]["v"], "1")

    def test_a_line_of_100_megabytes_can_be_left_out(self):
        path = self.folder.file("long.jsonl", b'{"a/b": "1"}\n{"a/b": "' + b"x" * LONG_LINE
                                + b'"}\n{"a/b": "3"}\n')
        self.weft("import", path, "--continue-on-error", code=4)
        self.assertEqual([d["v"] for d in self.weft("datoms", "avet", ":a/b").lines()], ["1", "3"])

    def test_a_folder_of_another_program(self):
        self.folder.data.mkdir()
        (self.folder.data / "notes.txt").write_text("mine")
        for words in (("status",), ("tx", "[{:a/b 1}]"), ("wal", "verify"), ("wal", "tail"),
                      ("export",), ("import", self.folder.file("f.edn", "{:a/b 1}"))):
            with self.subTest(words=words):
                self.refused(3, *words, what=str(self.folder.data), advice="check --data")
        self.assertEqual([p.name for p in self.folder.data.iterdir()], ["notes.txt"])
        (self.folder.data / "notes.txt").rename(self.folder.data / "VERSION")
        self.refused(3, "tx", "[{:a/b 1}]", what="VERSION", advice="check --data")

    def test_a_file_instead_of_a_folder(self):
        self.folder.file("data", "mine")
        self.refused(3, "tx", "[{:a/b 1}]", what="is a file", advice="check --data")
        self.refused(3, "status", what="is a file")

    def test_attributes_of_imports_that_somebody_else_declared(self):
        self.weft("tx", "[{:weft-import/complete 17}]")
        self.refused(4, "import", "-", stdin="{:a/b 1}", what=":weft-import/", advice="rename")


class Permissions(command.TestCase):
    """As a user who may do less than the owner of the files."""

    def setUp(self):
        super().setUp()
        self.people()
        self.folder.root.chmod(0o755)
        self.program = self.folder.root / "weft"
        shutil.copy(command.PROGRAM, self.program)
        self.program.chmod(0o755)

    def denied(self, *words, what):
        answer = self.as_nobody(*words)
        self.assertEqual(answer.code, 7, answer.out + answer.err)
        lines = answer.err.splitlines()
        self.assertIn(what, lines[0])
        self.assertIn("access_denied", lines[1])
        self.assertIn("permissions", lines[2])

    def as_nobody(self, *words):
        others = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        return command.run("--data", self.folder.data, *words, program=self.program, **others)

    def permit(self, folder_mode, file_mode):
        for where, _, files in os.walk(self.folder.data):
            for name in files:
                os.chmod(os.path.join(where, name), file_mode)
            os.chmod(where, folder_mode)
        self.addCleanup(self.folder.data.chmod, 0o755)

    def test_exit_code_7_for_a_folder_that_cannot_be_read(self):
        self.permit(0o000, 0o600)
        for words in (("status",), ("tx", "[{:a/b 1}]"), ("wal", "verify"), ("wal", "tail"),
                      ("export",)):
            with self.subTest(words=words):
                self.denied(*words, what=str(self.folder.data))

    def test_exit_code_7_for_writing_into_a_folder_that_can_be_read_only(self):
        self.permit(0o555, 0o444)
        self.denied("tx", "[{:a/b 1}]", what="Permission denied")
        self.denied("import", self.folder.file("facts.edn", "{:a/b 1}"), what="Permission denied")
        for words in (("status",), ("wal", "verify"), ("wal", "tail"), ("export",),
                      ("entity", self.ada), ("tx", "--dry-run", "[{:a/b 1}]")):
            with self.subTest(words=words):
                answer = self.as_nobody(*words)
                self.assertEqual(answer.code, 0, answer.err)

    def test_exit_code_7_for_files_that_cannot_be_read(self):
        secret = self.folder.file("secret.edn", "{:a/b 1}")
        secret.chmod(0o000)
        self.denied("import", secret, what="cannot read")
        self.denied("tx", secret, what="cannot read")

    def test_exit_code_7_for_a_new_folder_where_nobody_may_make_one(self):
        self.folder.root.chmod(0o555)
        self.addCleanup(self.folder.root.chmod, 0o755)
        shutil.rmtree(self.folder.data)
        self.denied("tx", "[{:a/b 1}]", what="Permission denied")


if __name__ == "__main__":
    cases.main()
