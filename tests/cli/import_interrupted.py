"""An import that is killed and run again states every fact exactly once."""

import json
import os
import random
import signal
import subprocess
import time

import cases
import command

FORMS = 60_000
KILLS = 6
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

    def check_exactly_once(self):
        rows = self.weft("datoms", "aevt", ":node/number").lines()
        self.assertEqual(sorted(row["v"] for row in rows), list(range(FORMS)), f"seed {SEED}")
        number = {row["e"]: row["v"] for row in rows}
        following = {number[row["e"]]: number[row["v"]["$ref"]]
                     for row in self.weft("datoms", "aevt", ":node/next").lines()}
        self.assertEqual(following, {i: (i * 7919 + 13) % FORMS for i in range(FORMS)})
        everything = self.weft("datoms", "aevt", ":node/number", "--history").lines()
        self.assertEqual(len(everything), FORMS)
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

    def test_restart_begins_again(self):
        path = self.folder.file("few.jsonl", '{"n/name": "one"}\n{"n/name": "two"}\n{')
        self.weft("import", path, code=2)
        answer = self.weft("import", path, code=2)
        self.assertIn("goes on at line 3", answer.err)
        answer = self.weft("import", path, "--restart", code=2)
        self.assertIn("forgets", answer.err)
        self.assertEqual(len(self.weft("datoms", "aevt", ":n/name").lines()), 4)


if __name__ == "__main__":
    cases.main()
