"""Every command in every format: what programs read is what the format promises."""

import csv
import io
import json
import subprocess

import cases
import command

FORMATS = ("table", "json", "jsonl", "csv", "raw", "edn")


class OutputFormats(command.TestCase):
    def setUp(self):
        super().setUp()
        self.people()

    def commands(self):
        """Each command that reads, with whether it has one answer."""
        return {
            ("tx", "show", "2"): True,
            ("entity", self.ada): True,
            ("entity", self.ada, "--history"): False,
            ("history", self.ada): False,
            ("datoms", "eavt", self.ada): False,
            ("schema", "show"): False,
            ("schema", "export"): False,
            ("wal", "tail"): False,
            ("wal", "verify"): True,
            ("wal", "verify", "--entries"): False,
            ("wal", "dump"): False,
            ("wal", "dump", "--datoms"): False,
            ("export",): False,
            ("export", "--history"): False,
            ("status",): True,
            ("completion", "bash"): True,
        }

    def check(self, form, text, one):
        if form == "json":
            self.assertIsInstance(json.loads(text), dict if one else list)
        elif form == "jsonl":
            rows = [json.loads(line) for line in text.splitlines()]
            self.assertTrue(rows)
            self.assertTrue(all(isinstance(row, dict) for row in rows))
        elif form == "csv":
            rows = list(csv.reader(io.StringIO(text)))
            self.assertGreater(len(rows), 1)
            self.assertEqual({len(row) for row in rows}, {len(rows[0])})
        elif form == "raw":
            self.assertEqual(len({line.count("\t") for line in text.splitlines()}), 1)
            self.assertNotIn('"', text.splitlines()[0].split("\t")[0])
        elif form == "edn":
            self.assertTrue(all(line.startswith("{") for line in text.splitlines()))
        self.assertNotIn("\x1b", text)

    def test_every_command_has_every_format(self):
        for words, one in self.commands().items():
            for form in FORMATS:
                if words == ("schema", "export") and form in ("table", "raw"):
                    continue  # nothing could read that back
                with self.subTest(command=words, format=form):
                    answer = self.weft(*words, "-o", form)
                    self.assertTrue(answer.out.endswith("\n"))
                    self.check(form, answer.out, one)

    def test_commands_that_write_have_every_format(self):
        rows = self.folder.file("rows.csv", "user/name,user/email\nKim,kim@example.org\n")
        for form in FORMATS:
            with self.subTest(format=form):
                self.check(form, self.weft("tx", '[{:user/name "Kim"}]', "-o", form).out, True)
                self.check(form, self.weft("import", rows, "-o", form).out, True)
                text = self.weft("schema", "export").out
                # It changes nothing, so csv and raw have no row.
                self.weft("schema", "import", "-", "-o", form, stdin=text)

    def test_the_default_is_lines_of_json(self):
        for words in self.commands():
            if words[0] not in ("schema", "completion"):
                with self.subTest(command=words):
                    self.assertEqual(self.weft(*words).out, self.weft(*words, "-o", "jsonl").out)

    def test_rows_say_the_same_in_every_format(self):
        words = ("datoms", "eavt", self.ada)
        lines = self.weft(*words, "-o", "jsonl").lines()
        self.assertEqual(json.loads(self.weft(*words, "-o", "json").out), lines)
        table = list(csv.DictReader(io.StringIO(self.weft(*words, "-o", "csv").out)))
        self.assertEqual([str(line["v"]) for line in lines], [row["v"] for row in table])
        self.assertEqual(list(lines[0]), list(table[0]))
        raw = [line.split("\t") for line in self.weft(*words, "-o", "raw").out.splitlines()]
        self.assertEqual(raw, [list(row.values()) for row in table])

    def test_values_keep_their_type_in_json(self):
        self.weft("tx", """[{:db/id "x" :v/long 3 :v/double 3.0 :v/string "3" :v/keyword :three
                             :v/instant #inst "2026-11-21T14:00:00.123456Z" :v/yes true
                             :v/big 9223372036854775807
                             :v/uuid #uuid "018f3b6e-7c1a-7000-8000-0242ac120002"
                             :v/bytes #weft/bytes "AQI="}]""")
        rows = {r["a"]: r["v"] for r in self.weft("datoms", "eavt").lines()
                if r["a"].startswith("v/")}
        again = json.dumps([{"db/id": "y", **rows}])
        report = self.weft("tx", again).json()
        copied = {d["a"]: d["v"] for d in report["datoms"]}
        self.assertEqual(copied, rows)

    def test_data_is_on_stdout_and_talk_on_stderr(self):
        answer = self.weft("tx", "--dry-run", '[{:user/name "x"}]')
        self.assertIn("dry run", answer.err)
        self.assertNotIn("dry run", answer.out)
        verified = self.weft("wal", "verify")
        self.assertIn("intact", verified.err)

    def test_a_full_disk_behind_the_output_is_an_error(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([command.PROGRAM, *self.folder.place(), "export"],
                                  stdout=full, stderr=subprocess.PIPE, check=False,
                                  env=command.environment())
        self.assertEqual(done.returncode, 1)  # no failure of the database: nothing to run again
        self.assertIn(b"cannot write the output", done.stderr)
        self.assertIn(b"standard output", done.stderr)
        self.assertNotIn(b"disk_full", done.stderr)
        self.assertNotIn(b"writes resume", done.stderr)

    def test_a_transaction_whose_report_cannot_be_printed_is_told_as_durable(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([command.PROGRAM, *self.folder.place(), "tx",
                                   "[{:user/name \"Eve\"}]"], stdout=full,
                                  stderr=subprocess.PIPE, check=False,
                                  env=command.environment())
        told = done.stderr.decode()
        self.assertEqual(done.returncode, 1, told)
        self.assertIn("transaction 4 is durable", told)
        self.assertIn("do not run it again", told)
        self.assertIn("`weft tx show 4`", told)
        self.assertEqual(self.weft("tx", "show", 4).json()["datoms"][0]["v"], "Eve")

    def test_transactions_without_facts_are_rows_too(self):
        self.weft("tx", "[]")
        for words in (("tx", "show", 4), ("wal", "tail", "-n", 1)):
            text = self.weft(*words, "-o", "csv").out
            self.assertEqual([row["t"] for row in csv.DictReader(io.StringIO(text))], ["4"], words)
            self.assertEqual(self.weft(*words, "-o", "raw").out, "\t\t\t4\t\n")

    def test_raw_tells_a_line_feed_from_its_escape(self):
        self.weft("tx", """[{:db/id "x" :raw/one "a\nb" :raw/two "a\\\\nb"}]""")
        rows = {line.split("\t")[1]: line.split("\t")[2]
                for line in self.weft("datoms", "eavt", "-o", "raw").out.splitlines()}
        self.assertEqual((rows[":raw/one"], rows[":raw/two"]), ("a\\nb", "a\\\\nb"))

    def test_a_closed_pipe_ends_the_command(self):
        place = " ".join(map(str, self.folder.place()))
        done = subprocess.run(
            f"{command.PROGRAM} {place} export | head -n 1", shell=True,
            capture_output=True, env=command.environment(), check=False)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout.count(b"\n"), 1)


if __name__ == "__main__":
    cases.main()
