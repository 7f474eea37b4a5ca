"""weft wal: the log as it lies on the disk."""

import json
import select
import shutil
import signal
import subprocess
import threading
import time

import cases
import command


class Log(command.TestCase):
    def setUp(self):
        super().setUp()
        self.people()

    def test_tail_shows_the_newest_transactions(self):
        self.assertEqual([x["t"] for x in self.weft("wal", "tail").lines()], [1, 2, 3])
        self.assertEqual([x["t"] for x in self.weft("wal", "tail", "-n", 1).lines()], [3])
        self.assertEqual([x["t"] for x in self.weft("wal", "tail", "--from", 2).lines()], [2, 3])
        self.assertEqual(self.weft("wal", "tail", "-n", 0).out, "")
        last = self.weft("wal", "tail", "-n", 1).lines()[0]
        self.assertEqual([(d["a"], d["v"], d["added"]) for d in last["datoms"]],
                         [("user/age", 36, False), ("user/age", 37, True)])

    def test_tail_from_a_transaction_shows_at_most_so_many(self):
        for count, seen in ((0, []), (1, [2]), (2, [2, 3]), (9, [2, 3])):
            shown = self.weft("wal", "tail", "--from", 2, "-n", count).lines()
            self.assertEqual([x["t"] for x in shown], seen)
        followed = self.weft("wal", "tail", "--from", 2, "-n", 2, "--follow").lines()
        self.assertEqual([x["t"] for x in followed], [2, 3])
        self.assertEqual(self.weft("wal", "tail", "-n", 0, "-o", "table").out, "")

    def test_numbers_that_are_none_are_refused(self):
        for words in (("tx", "show", -1), ("tx", "show", 0), ("wal", "tail", "--from", -1),
                      ("wal", "tail", "-n", -1), ("datoms", "eavt", "--limit", -1),
                      ("datoms", "eavt", "--limit", "99999999999999999999")):
            with self.subTest(words=words):
                answer = self.weft(*words, code=2)
                self.assertEqual(answer.out, "")
                self.assertIn(f"not '{words[-1]}'", answer.err)

    def test_following_ends_when_nobody_reads(self):
        follower = self.folder.start("wal", "tail", "-n", 1, "--follow", stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE)
        self.assertEqual(json.loads(follower.stdout.readline())["t"], 3)
        follower.stdout.close()
        self.assertEqual(follower.wait(command.DEADLINE_S), 0)
        self.assertEqual(follower.stderr.read(), b"")
        follower.stderr.close()

    def test_following_ends_when_the_folder_is_gone(self):
        follower = self.folder.start("wal", "tail", "-n", 1, "--follow", stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE)
        follower.stdout.readline()
        shutil.rmtree(self.folder.data)
        _, err = follower.communicate(timeout=command.DEADLINE_S)
        self.assertEqual(follower.returncode, 3, err)
        self.assertIn(b"was removed", err)

    def test_tail_follows_a_writer_in_another_process(self):
        follower = self.folder.start("wal", "tail", "-n", 0, "--follow", stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE)
        try:
            t, heard = 3, False
            while not heard:  # what is committed before it looks is not shown
                self.assertIsNone(follower.poll())
                t += 1
                self.weft("tx", f'[{{:user/name "follower {t}"}}]')
                heard = bool(select.select([follower.stdout], [], [], 1)[0])
            first = json.loads(follower.stdout.readline())["t"]
            self.assertIn(first, range(4, t + 1))
            for seen in range(first + 1, t + 4):
                if seen > t:
                    self.weft("tx", f'[{{:user/name "follower {seen}"}}]')
                line = json.loads(follower.stdout.readline())
                self.assertEqual(line["t"], seen)
                self.assertEqual(line["datoms"][0]["v"], f"follower {seen}")
        finally:
            follower.send_signal(signal.SIGINT)
            out, err = follower.communicate(timeout=command.DEADLINE_S)
        self.assertEqual((follower.returncode, out, err), (0, b"", b""))

    def test_tail_reads_while_a_writer_has_the_folder(self):
        lines = "".join(f'{{:user/name "n{i}"}}\n' for i in range(100_000))
        writer = self.folder.start("import", "-", stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            writer.stdin.write(lines[: len(lines) // 2 + 1].encode())
            writer.stdin.flush()
            deadline = time.monotonic() + command.DEADLINE_S
            while self.weft("status").json()["t"] < 10 and time.monotonic() < deadline:
                pass
            self.assertGreaterEqual(self.weft("wal", "tail", "-n", 5).lines()[-1]["t"], 10)
        finally:
            writer.stdin.close()
            self.assertEqual(writer.wait(command.DEADLINE_S), 2)  # half a form at the end

    def test_what_a_power_loss_does_to_the_mark_hides_no_transaction(self):
        mark = self.folder.data / "wal" / "committed"
        mark.write_bytes(bytes(mark.stat().st_size))
        self.assertEqual([x["t"] for x in self.weft("wal", "tail").lines()], [1, 2, 3])
        mark.unlink()
        self.assertEqual([x["t"] for x in self.weft("wal", "tail", "-n", 1).lines()], [3])
        self.assertEqual(self.weft("tx", "show", 3).json()["t"], 3)

    def test_an_intact_log_verifies(self):
        answer = self.weft("wal", "verify")
        report = answer.json()
        self.assertEqual(report["verdict"], "intact")
        self.assertEqual(report["transactions"], 3)
        self.assertEqual(report["last_t"], 3)
        self.assertEqual(report["chain"], self.weft("status").json()["chain"])
        rows = self.weft("wal", "verify", "--entries").lines()
        self.assertEqual(len(rows), report["entries"])
        self.assertEqual({row["state"] for row in rows}, {"good"})

    def test_a_log_that_is_being_written_verifies(self):
        lines = "".join(f'{{:user/name "n{i}"}}\n' for i in range(40_000))
        writer = self.folder.start("import", "-", "--batch", 20, stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        feeder = threading.Thread(target=lambda: (writer.stdin.write(lines.encode()),
                                                  writer.stdin.close()))
        feeder.start()
        looks = 0
        while writer.poll() is None:
            self.assertIn("intact", self.weft("wal", "verify").err)
            looks += 1
        feeder.join()
        self.assertEqual(writer.returncode, 0)
        self.assertGreater(looks, 2)

    def test_reading_and_verifying_beside_writers_that_come_and_go(self):
        count = 60
        writers = threading.Thread(target=lambda: [
            self.folder.run("tx", f'[{{:user/name "w{i}"}}]') for i in range(count)])
        writers.start()
        looks = 0
        while writers.is_alive():
            for words in (("status",), ("wal", "verify"), ("datoms", "aevt", ":user/name")):
                answer = self.folder.run(*words)
                # A writer that is starting does not say yet how far it is committed.
                self.assertTrue(answer.code == 0 or "locked:" in answer.err, answer.err)
            looks += 1
        writers.join()
        self.assertEqual(self.weft("status").json()["t"], 3 + count)
        self.assertGreater(looks, 2)

    def test_files_beside_the_log_are_told_from_the_log(self):
        for name in ("VERSION", "hardstate"):
            path = self.folder.data / name
            whole = path.read_bytes()
            path.write_bytes(bytes(len(whole)))
            answer = self.weft("wal", "verify", code=1)
            self.assertIn(f"{name} is damaged", answer.err)
            path.write_bytes(whole)
        (self.folder.data / "hardstate").unlink()
        answer = self.weft("status", code=1)
        self.assertIn("hard_state_corrupt", answer.err)
        for segment in (self.folder.data / "wal").glob("*.seg"):
            segment.unlink()
        self.assertIn("log_corrupt", self.weft("wal", "verify", code=1).err)

    def test_rot_is_told_entry_by_entry_with_exit_code_1(self):
        entries = self.weft("wal", "dump").lines()
        second = [e for e in entries if e["t"] == 2][0]
        self.folder.flip(second["offset"] + 60)
        answer = self.weft("wal", "verify", code=1)
        report = json.loads(answer.out)
        self.assertEqual(report["verdict"], "rotten")
        self.assertEqual(report["findings"][0]["finding"], "rot")
        self.assertEqual(report["findings"][0]["index"], second["index"])
        self.assertIn("rotten", answer.err)
        rows = self.weft("wal", "verify", "--entries", code=1).lines()
        self.assertTrue(any(row["state"].startswith("rot") for row in rows))
        self.assertTrue(any(row["state"] == "good" for row in rows))

    def test_a_torn_tail_is_told_apart_from_rot(self):
        writer = self.folder.start("import", "-", stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        writer.stdin.write(b'{:user/name "x"}\n' * 30_000)
        writer.stdin.flush()
        deadline = time.monotonic() + command.DEADLINE_S
        while self.weft("status").json()["t"] < 8 and time.monotonic() < deadline:
            pass
        writer.kill()
        writer.wait()
        (self.folder.data / "wal" / "committed").unlink()  # what proves the last batch
        last = self.weft("wal", "dump").lines()[-1]
        self.folder.flip(last["offset"] + 60)
        answer = self.weft("wal", "verify", code=1)
        self.assertEqual(json.loads(answer.out)["verdict"], "torn", answer.out)
        self.assertIn("torn tail", answer.err)
        self.weft("tx", '[{:user/name "goes on"}]')
        self.weft("wal", "verify")

    def test_dump_goes_on_behind_damage(self):
        """Also when what it destroyed declared an attribute that later entries speak of."""
        self.weft("tx", '[{:user/name "Eve" :user/born 1990}]')
        self.weft("tx", '[{:db/ident :user/age :db/doc "in years"}]')
        first = [e for e in self.weft("wal", "dump").lines() if e["t"] == 1][0]
        self.folder.flip(first["offset"] + 60)
        for words in ((), ("--datoms",)):
            answer = self.weft("wal", "dump", *words, code=1)
            told = [json.loads(line)["t"] for line in answer.out.splitlines()]
            self.assertEqual([t for t in told if t is not None], [2, 3, 4, 5], words)
            self.assertIn("rotten", answer.err)
            self.assertIn("wal verify --entries", answer.err)

    def test_dump_lists_entries_and_their_datoms(self):
        rows = self.weft("wal", "dump").lines()
        self.assertEqual([row["t"] for row in rows if row["kind"] == "transaction"], [1, 2, 3])
        self.assertEqual(rows[-1]["chain"], self.weft("status").json()["chain"])
        self.assertEqual(len(self.weft("wal", "dump", "-n", 1).lines()), 1)
        later = self.weft("wal", "dump", "--from", rows[-1]["index"], "--datoms").lines()
        self.assertEqual(later[0]["datoms"][0]["a"], "user/age")


if __name__ == "__main__":
    cases.main()
