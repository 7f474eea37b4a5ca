"""A file that is imported again: read on behind what was read, or refused; never twice."""

import signal
import subprocess
import time

import cases
import command

BOSS = """[{:db/ident :user/boss :db/valueType :db.type/ref :db/cardinality :db.cardinality/one}]"""
STAFF = "id,user/name,boss\n1,Ada,\n2,Bo,1\n3,Cy,9\n4,Di,1\n"
MAPPED = ("--id-column", "id", "--csv-map", "boss=user/boss")


class ImportAgain(command.TestCase):
    def load(self, name, text, *options, code=0):
        return self.weft("import", self.folder.file(name, text), *options, code=code)

    def names(self, attribute=":user/name"):
        return sorted(d["v"] for d in self.weft("datoms", "aevt", attribute).lines())

    def bosses(self):
        name = {d["e"]: d["v"] for d in self.weft("datoms", "aevt", ":user/name").lines()}
        return sorted((name[d["e"]], name[d["v"]["$ref"]])
                      for d in self.weft("datoms", "aevt", ":user/boss").lines())

    def entry_bytes(self):
        return sum(entry["bytes"] for entry in self.weft("wal", "dump").lines())

    def t(self):
        return self.weft("status").json()["t"]

    def test_a_tempid_that_nothing_describes_can_be_described_at_the_end(self):
        for batch in ("1", "2", "1000"):
            with self.subTest(batch=batch):
                self.folder.renew()
                self.weft("tx", BOSS)
                answer = self.load("q.csv", STAFF, *MAPPED, "--batch", batch, code=4)
                self.assertIn('"9"', answer.err)
                self.assertIn("(line 4, column 1)", answer.err)
                self.assertIn("at the end of the file", answer.err)
                self.load("q.csv", STAFF + "9,Kim,\n", *MAPPED)
                self.assertEqual(self.names(), ["Ada", "Bo", "Cy", "Di", "Kim"])
                self.assertEqual(self.bosses(), [("Bo", "Ada"), ("Cy", "Kim"), ("Di", "Ada")])

    def test_a_tempid_that_nothing_describes_can_be_left_out_afterwards(self):
        self.weft("tx", BOSS)
        text = '{:db/id "c" :user/name "Cy" :user/boss "nobody"}\n{:user/name "Di"}\n'
        self.load("q.edn", text, code=4)
        self.load("q.edn", text, "--continue-on-error", code=4)
        self.assertIn("imported before", self.load("q.edn", text).err)
        self.assertEqual(self.names(), ["Cy", "Di"])

    def test_a_file_that_changed_before_that_place_is_refused(self):
        text = "user/name\n" + "".join(f"p{i}\n" for i in range(20))
        self.load("a.csv", text)
        before = self.t()
        for changed in (text.replace("p3\n", "P3\n"), text[:40], text.replace("p3\n", "") + "x\n"):
            answer = self.load("a.csv", changed, code=2)
            self.assertIn("a file called a.csv was read up to line 22", answer.err)
            self.assertIn("--restart", answer.err)
        self.assertEqual(self.t(), before)
        self.assertEqual(len(self.names()), 20)
        self.assertIn("imported before", self.load("a.csv", text).err)
        self.load("a.csv", changed, "--restart")
        self.assertEqual(len(self.names()), 40)

    def test_a_mistake_is_corrected_where_it_is_and_not_before(self):
        text = '{"user/name": "a"}\n{"user/name": 7}\n{"user/name": "c"}\n'
        self.load("m.jsonl", text, code=4)
        self.load("m.jsonl", text.replace('"a"', '"A"').replace("7", '"b"'), code=2)
        self.load("m.jsonl", text.replace("7", '"b"'))
        self.assertEqual(self.names(), ["a", "b", "c"])

    def test_a_row_without_its_end_is_not_cut(self):
        self.weft("tx", "[{:db/ident :n/n :db/valueType :db.type/long"
                        "  :db/cardinality :db.cardinality/one}]")
        self.load("n.csv", "n/n\n1\n2")
        answer = self.load("n.csv", "n/n\n1\n20\n", code=2)
        self.assertIn("n.csv was read up to line 3, and this one has more in that line", answer.err)
        self.assertEqual(self.names(":n/n"), [1, 2])
        self.load("n.csv", "n/n\n1\n2\n3\n")
        self.load("n.csv", "n/n\n1\n2\n3\n4")
        self.load("n.csv", "n/n\n1\n2\n3\n4\r\n5")
        self.assertEqual(self.names(":n/n"), [1, 2, 3, 4, 5])

    def test_nothing_is_written_before_something_was_read(self):
        self.weft("tx", BOSS)
        before = self.t()
        self.load("q.csv", STAFF, "--id-column", "idd", code=2)
        self.load("q.edn", "{:user/name }", code=2)
        self.load("q.edn", '{:db/id 99999999 :user/name "x"}', code=4)
        self.assertEqual(self.t(), before)
        self.assertNotIn("weft-import", self.weft("schema").out)

    def test_a_usage_error_leaves_the_place_alone(self):
        text = STAFF.replace(",9\n", ",2\n")
        self.weft("tx", BOSS)
        self.load("q.csv", text, *MAPPED)
        before = self.t()
        self.load("q.csv", text, "--id-column", "idd", "--restart", code=2)
        self.load("q.csv", text, "--id-column", "idd", code=2)
        self.load("q.csv", text, "--csv-map", "boos=user/boss", code=2)
        self.load("q.csv", text, *MAPPED, "--acks", self.folder.root, "--restart", code=1)
        self.assertEqual(self.t(), before)
        self.assertIn("imported before", self.load("q.csv", text, *MAPPED).err)

    def test_tempids_of_an_import_before_a_restart_are_forgotten(self):
        self.weft("tx", BOSS)
        text = '{:db/id "a" :user/name "old"}\n{:db/id "b" :user/name "b" :user/boss "a"}\n'
        self.load("r.edn", text)
        self.load("r.edn", text.replace("old", "new"), "--restart")
        self.assertEqual(self.bosses(), [("b", "new"), ("b", "old")])
        self.load("r.edn", text.replace("old", "new") + '{:user/name "c" :user/boss "a"}\n')
        self.assertEqual(self.bosses(), [("b", "new"), ("b", "old"), ("c", "new")])

    def test_the_report_of_a_second_import_is_about_it(self):
        rows = "".join(f"{i},{i * i}\n" for i in range(60_000))  # several segments
        self.load("many.csv", "n/n:long,n/s:long\n" + rows)
        before = self.entry_bytes()
        for i in range(3):
            report = self.load(f"b{i}.edn", f'{{:user/name "b{i}"}}').json()
            self.assertEqual(report["log_bytes"], self.entry_bytes() - before)
            before = self.entry_bytes()
            again = self.load(f"b{i}.edn", f'{{:user/name "b{i}"}}').json()
            self.assertEqual(again["log_bytes"], 0)

    def test_a_summary_that_cannot_be_written_takes_nothing_back(self):
        path = self.folder.file("a.edn", '{:user/name "a"}')
        with open("/dev/full", "wb") as full:
            done = subprocess.run([command.PROGRAM, *self.folder.place(), "import", path],
                                  stdout=full, stderr=subprocess.PIPE, check=False,
                                  env=command.environment())
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"what was read is in the database", done.stderr)
        self.assertEqual(self.names(), ["a"])
        path.write_text("{:user/name }")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([command.PROGRAM, *self.folder.place(), "import", path,
                                   "--restart"], stdout=full, stderr=subprocess.PIPE, check=False,
                                  env=command.environment())
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"malformed_edn", done.stderr)

    def test_hangup_ends_an_import_as_ctrl_c_does(self):
        path = self.folder.file("many.edn", "".join(f"{{:n/n {i}}}\n" for i in range(100_000)))
        work = self.folder.start("import", path, "--batch", "20", stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        deadline = time.monotonic() + command.DEADLINE_S
        while time.monotonic() < deadline:
            status = self.folder.run("status")
            if status.code == 0 and status.json()["t"] > 5:
                break
        work.send_signal(signal.SIGHUP)
        _, err = work.communicate(timeout=command.DEADLINE_S)
        self.assertEqual(work.returncode, 5, err)
        self.assertIn(b"interrupted at line", err)

    def test_a_new_database_is_told_also_in_an_empty_folder(self):
        self.folder.data.mkdir()
        self.assertIn("made a new database", self.load("a.edn", "{:n/n 1}").err)
        self.assertNotIn("made a new database", self.load("b.edn", "{:n/n 2}").err)


if __name__ == "__main__":
    cases.main()
