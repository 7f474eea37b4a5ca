"""weft wal poll: what another process committed, and where to go on."""

import json
import signal
import subprocess

import cases
import command


class Poll(command.TestCase):
    def setUp(self):
        super().setUp()
        self.people()  # three transactions

    def poll(self, *words):
        return json.loads(self.weft("wal", "poll", *words, "-o", "json").out)

    def test_everything_and_where_to_go_on(self):
        found = self.poll()
        self.assertEqual((found["t"], found["head"], found["more"], found["transactions"]),
                         (3, 3, False, 3))
        shown = self.weft("wal", "tail", "--from", 1).lines()
        self.assertEqual([(d["t"], d["e"], d["a"], d["v"], d["added"]) for d in found["datoms"]],
                         [(x["t"], d["e"], d["a"], d["v"], d["added"])
                          for x in shown for d in x["datoms"]])
        again = self.poll("--after", found["next_cursor"])
        self.assertEqual((again["transactions"], again["datoms"]), (0, []))
        self.assertEqual(again["next_cursor"], found["next_cursor"])
        self.weft("tx", '[{:user/name "Zoe"}]')
        more = self.poll("--after", found["next_cursor"])
        self.assertEqual([(d["t"], d["v"]) for d in more["datoms"]], [(4, "Zoe")])

    def test_in_pieces(self):
        place, seen = None, []
        while True:
            found = self.poll(*(("--after", place) if place else ()), "-n", 1)
            self.assertEqual(found["transactions"], 1)
            seen.append(found["t"])
            place = found["next_cursor"]
            if not found["more"]:
                break
        self.assertEqual(seen, [1, 2, 3])
        nothing = self.poll("-n", 0)
        self.assertEqual((nothing["t"], nothing["head"], nothing["more"]), (0, 3, True))

    def test_after_a_t(self):
        self.assertEqual({d["t"] for d in self.poll("--after", 1)["datoms"]}, {2, 3})
        self.assertIn("cursor_ahead", self.weft("wal", "poll", "--after", 4, code=3).err)

    def test_a_transaction_without_facts_is_shown(self):
        self.weft("tx", "[]")
        found = self.poll("--after", 3)
        self.assertEqual([(d["t"], d["e"], d["a"], d["v"]) for d in found["datoms"]],
                         [(4, None, None, None)])

    def test_other_forms(self):
        csv = self.weft("wal", "poll", "--after", 2, "-o", "csv").out.splitlines()
        self.assertEqual(csv[0], "t,instant,e,a,v,added")
        self.assertEqual(len(csv), 3)
        for words in (("--after", 3), ("-n", 0)):  # no event is no row
            answer = self.weft("wal", "poll", *words, "-o", "csv")
            self.assertEqual(answer.out.splitlines(), csv[:1])
            self.assertIn("next cursor: ", answer.err)
        token = self.weft("wal", "poll", "-o", "raw").err.split()[-1]
        self.assertEqual(self.poll("--after", token)["t"], 3)
        self.assertIn("there is more", self.weft("wal", "poll", "-n", 1, "-o", "csv").err)
        self.assertIn("next cursor", self.weft("wal", "poll", "-o", "table").out)

    def test_numbers_instead_of_names(self):
        named = self.poll("--after", 2)["datoms"]
        numbered = self.poll("--after", 2, "--numbers")["datoms"]
        self.assertEqual([d["a"] for d in named], ["user/age", "user/age"])
        for one, other in zip(named, numbered):
            self.assertIsInstance(other.pop("a"), int)
            one.pop("a")
            self.assertEqual(one, other)

    def test_places_that_are_none(self):
        self.assertIn("cursor_invalid", self.weft("wal", "poll", "--after", "nonsense", code=2).err)
        self.assertIn("cursor_invalid", self.weft("wal", "poll", "--after", "", code=2).err)
        token = self.poll()["next_cursor"]
        self.folder.renew()
        self.assertEqual(self.folder.run("tx", '[{:user/name "Ada"}]').code, 0)
        answer = self.weft("wal", "poll", "--after", token, code=2)
        self.assertIn("cursor_invalid", answer.err)

    def test_beside_a_writer_that_is_killed(self):
        forms = self.folder.file("many.edn", "\n".join(f"{{:n/i {i}}}" for i in range(200_000)))
        token = self.poll()["next_cursor"]
        writer = self.folder.start("import", forms, "--batch", "20", stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        place, seen = token, 3
        try:
            while seen < 60:
                ended = writer.poll()
                found = self.poll("--after", place, "-n", 50)
                self.assertTrue(found["transactions"] or ended is None, ended)
                self.assertEqual(sorted({d["t"] for d in found["datoms"]}),
                                 list(range(seen + 1, found["t"] + 1)))
                seen, place = found["t"], found["next_cursor"]
        finally:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        found = self.poll("--after", place, "-n", 100_000)
        self.assertFalse(found["more"])
        self.assertEqual(sorted({d["t"] for d in found["datoms"]}),
                         list(range(seen + 1, found["head"] + 1)))


class Example(command.TestCase):
    """examples/fact_counter: what it counts, and its place, are one file."""

    COUNTER = cases.binary_dir() / "bin" / "fact_counter"

    def setUp(self):
        super().setUp()
        self.people()
        self.counts = self.folder.root / "counts"

    def counter(self, *words, **options):
        return subprocess.Popen([self.COUNTER, "--data", self.folder.data, self.counts, *words],
                                stdout=subprocess.PIPE, text=True, **options)

    def count_once(self):
        process = self.counter("--once")
        out, _ = process.communicate(timeout=command.DEADLINE_S)
        self.assertEqual(process.returncode, 0)
        return out

    def expected(self):
        """From all facts that there ever were."""
        sums = {}
        for fact in self.weft("datoms", "eavt", "--history", "-o", "jsonl").lines():
            if fact["t"] != 0:
                sums.setdefault(fact["a"], [0, 0])[0 if fact["added"] else 1] += 1
        sums.pop("db/txInstant", None)  # in no record
        return {name: tuple(both) for name, both in sums.items() if not name.startswith("weft-")}

    @staticmethod
    def shown(out):
        counts = {words[0]: (int(words[1]), int(words[2]))
                  for words in (line.split() for line in out.splitlines()[1:])}
        # What an import keeps of itself has no history (:db/noHistory), but is in the log.
        return {name: both for name, both in counts.items() if not name.startswith("weft-")}

    def test_counts_once_and_again(self):
        self.assertEqual(self.shown(self.count_once()), self.expected())
        self.weft("tx", '[{:user/name "Zoe"}]')
        out = self.count_once()
        self.assertEqual(out.splitlines()[0], "t 4")
        self.assertEqual(self.shown(out), self.expected())

    def test_killed_and_run_again_it_counts_everything_once(self):
        forms = self.folder.file("many.edn", "\n".join(f"{{:n/i {i}}}" for i in range(20_000)))
        writer = self.folder.start("import", forms, "--batch", "10", stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        for _ in range(8):
            counter = self.counter()
            try:
                counter.wait(0.15)
            except subprocess.TimeoutExpired:
                pass
            counter.kill()
            counter.communicate()
        self.assertEqual(writer.wait(command.DEADLINE_S), 0)
        self.assertEqual(self.shown(self.count_once()), self.expected())

    def test_it_ends_when_it_is_asked_to(self):
        counter = self.counter()
        while not self.counts.exists():
            self.assertIsNone(counter.poll())
        counter.send_signal(signal.SIGINT)
        out, _ = counter.communicate(timeout=command.DEADLINE_S)
        self.assertEqual((counter.returncode, self.shown(out)), (0, self.expected()))


if __name__ == "__main__":
    cases.main()
