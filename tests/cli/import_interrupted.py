"""An import that is killed and run again states every fact exactly once."""

import collections
import json
import os
import random
import signal
import subprocess
import time

import cases
import command

FORMS = 20_000
KILLS = 4
SEED = int(os.environ.get("WEFT_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)

SCHEMA = """[{:db/ident :node/next :db/valueType :db.type/ref :db/cardinality :db.cardinality/one}
 {:db/ident :node/number :db/valueType :db.type/long :db/cardinality :db.cardinality/one}]"""


def edn(i):
    """Each refers to one before or far behind it; nothing has an identity: twice would be seen."""
    return f'{{:db/id "n{i}" :node/number {i} :node/next "n{(i * 7919 + 13) % FORMS}"}}\n'


def jsonl(i):
    return (f'{{"db/id": "n{i}", "node/number": {i}, '
            f'"node/next": "n{(i * 7919 + 13) % FORMS}"}}\n')


class ImportInterrupted(command.TestCase):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.weft("tx", SCHEMA)

    def write(self, name, line):
        return self.folder.file(name, "".join(line(i) for i in range(FORMS)))

    def assert_few(self, wrong, what):
        """None, that is; told without all of them."""
        if wrong:
            self.fail(f"seed {SEED}: {len(wrong)} are {what}: {wrong[:9]} .. {wrong[-3:]}")

    def check_exactly_once(self):
        rows = self.weft("datoms", "aevt", ":node/number").lines()
        times = collections.Counter(row["v"] for row in rows)
        self.assert_few([i for i in range(FORMS) if times[i] != 1], "not there once")
        number = {row["e"]: row["v"] for row in rows}
        following = {number.get(row["e"]): number.get(row["v"]["$ref"])
                     for row in self.weft("datoms", "aevt", ":node/next").lines()}
        self.assert_few([i for i in range(FORMS) if following.get(i) != (i * 7919 + 13) % FORMS],
                        "not followed by the right one")
        everything = self.weft("datoms", "aevt", ":node/number", "--history").lines()
        self.assertEqual((len(rows), len(everything)), (FORMS, FORMS))
        self.weft("wal", "verify")

    def seconds_of_a_whole_import(self, path):
        other = command.Folder()
        self.addCleanup(other.remove)
        other.run("tx", SCHEMA)
        begin = time.monotonic()
        self.assertEqual(other.run("import", path).code, 0)
        return time.monotonic() - begin

    def kill_at_random(self, path, *options):
        whole = self.seconds_of_a_whole_import(path)
        killed = 0
        for _ in range(KILLS):
            work = self.folder.start("import", path, *options, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
            try:
                work.wait(self.random.uniform(0.02, whole / 2))
                break  # it was done before
            except subprocess.TimeoutExpired:
                work.kill()
                work.wait()
                killed += 1
        self.assertGreater(killed, 0)
        last = self.folder.run("import", path, *options)
        self.assertEqual(last.code, 0, f"seed {SEED}: {last.err}")
        self.check_exactly_once()

    def test_edn_survives_kill_9(self):
        self.kill_at_random(self.write("nodes.edn", edn))

    def test_json_lines_survive_kill_9_in_small_transactions(self):
        self.kill_at_random(self.write("nodes.jsonl", jsonl), "--batch", "100")

    def test_ctrl_c_ends_at_a_transaction_and_the_same_command_goes_on(self):
        path = self.write("nodes.edn", edn)
        work = self.folder.start("import", path, "--batch", "50", stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        deadline = time.monotonic() + command.DEADLINE_S
        while self.weft("status").json()["t"] < 20 and time.monotonic() < deadline:
            pass
        work.send_signal(signal.SIGINT)
        out, err = work.communicate(timeout=command.DEADLINE_S)
        self.assertEqual(work.returncode, 5, err)
        self.assertIn(b"interrupted at line", err)
        self.assertIn(b"run the same command again", err)
        self.assertGreater(json.loads(out)["facts_read"], 0)
        again = self.weft("import", path)
        self.assertRegex(again.err, r"goes on at line \d+")
        self.check_exactly_once()

    def test_what_was_acknowledged_is_there_after_kill_9(self):
        path, acks = self.write("nodes.jsonl", jsonl), self.folder.root / "acks.jsonl"
        for wanted in (5, 40, 90):
            work = self.folder.start("import", path, "--batch", "100", "--acks", acks,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            deadline = time.monotonic() + command.DEADLINE_S
            while len(self.acknowledged(acks)) < wanted and time.monotonic() < deadline:
                time.sleep(0.002)
            work.kill()
            work.wait()
            last = self.acknowledged(acks)[-1]
            self.assertGreaterEqual(self.weft("status").json()["t"], last["t"])
            there = {row["v"] for row in self.weft("datoms", "aevt", ":node/number").lines()}
            self.assert_few([i for i in range(last["line"]) if i not in there], "lost")
        self.weft("import", path, "--acks", acks)
        told = self.acknowledged(acks)
        self.assertEqual(told[-1], {"t": self.weft("status").json()["t"], "line": FORMS})
        self.assertEqual([a["t"] for a in told], sorted({a["t"] for a in told}))
        self.assertEqual([a["line"] for a in told], sorted(a["line"] for a in told))
        self.check_exactly_once()

    def acknowledged(self, path):
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def test_an_import_whose_acknowledgements_cannot_be_written_stops(self):
        path = self.write("nodes.edn", edn)
        self.weft("import", path, "--acks", self.folder.root, code=1)
        answer = self.weft("import", path, "--acks", "/dev/full", code=5)
        self.assertIn("/dev/full", answer.err)
        self.weft("import", path)
        self.check_exactly_once()

    def test_the_name_and_what_was_read_is_what_a_file_is_known_by(self):
        path = self.folder.file("few.jsonl", '{"n/name": "one"}\n{"n/name": "two"}\n{')
        self.weft("import", path, code=2)
        answer = self.weft("import", path, code=2)
        self.assertIn("goes on at line 3", answer.err)
        path = self.folder.file("few.jsonl", '{"n/name": "one"}\n{"n/name": "two"}\n'
                                '{"n/name": "three"}\n')
        self.assertIn("goes on at line 3", self.weft("import", path).err)
        again = self.weft("import", path)
        self.assertIn("imported before", again.err)
        self.assertEqual(again.json()["transactions"], 0)
        with open(path, "a", encoding="utf-8") as file:
            file.write('{"n/name": "four"}\n')
        self.assertIn("goes on at line 4", self.weft("import", path).err)
        self.assertEqual(self.names(), ["one", "two", "three", "four"])
        path = self.folder.file("few.jsonl", '{"n/name": "another file"}\n')
        self.assertIn("was read up to line 5", self.weft("import", path, code=2).err)
        self.assertNotIn("goes on", self.weft("import", path, "--restart").err)
        self.assertEqual(self.names()[-1], "another file")
        path = self.folder.file("few.jsonl", '{"n/name": "one"}\n{"n/name": "two"}\n'
                                '{"n/name": "three"}\n{"n/name": "four"}\n')
        self.assertIn("imported before", self.weft("import", path).err)

    def names(self):
        return [row["v"] for row in self.weft("datoms", "aevt", ":n/name").lines()]

    def test_restart_begins_again(self):
        path = self.folder.file("few.jsonl", '{"n/name": "one"}\n{"n/name": "two"}\n')
        self.weft("import", path)
        self.weft("import", path)
        self.assertIn("begins again", self.weft("import", path, "--restart").err)
        self.assertEqual(self.names(), ["one", "two", "one", "two"])


if __name__ == "__main__":
    cases.main()
