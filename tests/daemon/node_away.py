"""The command while its node is away, or there and silent: what it says, how long it waits, and
that Ctrl-C ends it."""

import json
import os
import pathlib
import pty
import select
import signal
import socket
import subprocess
import time

import cases
import daemon

FORMS = 20_000
SOON_S = 4  # what waits a fifth or half of a second: less than a handshake may take
AT_ONCE_S = 20  # on a busy machine; what waits for the node waits three times as long
LONG = ("--timeout", "1m")
ESTABLISHED = "01"


def unread_bytes(node):
    """What clients have sent over TCP and the node has not read (proc(5), /proc/net/tcp)."""
    port = node.wait_for("clients.started")["port"]
    rows = [row.split() for row in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(row[4].split(":")[1], 16) for row in rows
               if int(row[1].split(":")[1], 16) == port and row[3] == ESTABLISHED)


class Away(daemon.NodeCommands):
    def numbers(self, name="numbers.jsonl"):
        """A file that takes a while to import."""
        path = self.folder.root / name
        path.write_text("".join(f'{{"node/number": {i}}}\n' for i in range(FORMS)))
        return path

    def assert_all_numbers(self):
        rows = self.weft("-e", self.socket, "datoms", "aevt", ":node/number").stdout.splitlines()
        self.assertEqual([json.loads(row)["v"] for row in rows], list(range(FORMS)))

    def begin_import(self, *words):
        """An import with some transactions done and many to go."""
        acks = self.folder.root / "acks.jsonl"
        work = self.begin("-e", self.socket, *words, "import", self.numbers(), "--batch", 10,
                          "--acks", acks)
        daemon.wait_until(lambda: acks.exists() and acks.read_text().count("\n") >= 20
                          or work.poll() is not None, "some transactions")
        self.assertIsNone(work.poll(), "it is done too early")
        return work

    def ended(self, process, within_s=AT_ONCE_S):
        """Its exit code and what it said, if it ends in time."""
        begin = time.monotonic()
        out, err = process.communicate(timeout=daemon.DEADLINE_S)
        self.assertLess(time.monotonic() - begin, within_s, err)
        return process.returncode, out, err


class Importing(Away):
    def test_a_node_that_does_not_answer_is_waited_for_once(self):
        node = self.start()
        work = self.begin_import("--timeout", "5s")
        node.signal("STOP")
        code, out, err = self.ended(work, 9)  # not once for each of what is under way
        self.assertEqual(code, 6, err)
        self.assertIn("outcome_unknown", err)
        self.assertGreater(json.loads(out)["facts_read"], 0)  # what is durable for certain
        node.signal("CONT")
        self.assertIn("goes on at line", self.weft("-e", self.socket, "import",
                                                   self.folder.root / "numbers.jsonl").stderr)
        self.assert_all_numbers()

    def interrupt(self, how):
        node = self.start()
        work = self.begin_import(*LONG)
        node.signal(how)
        if how == "KILL":
            self.assertIn("not connected", work.stderr.readline())
        work.send_signal(signal.SIGINT)
        code, _, err = self.ended(work)
        self.assertEqual(code, 5, err)
        self.assertIn("interrupted at line", err)
        self.assertIn("run the same command again", err)
        node.kill()
        self.start()
        self.weft("-e", self.socket, "import", self.folder.root / "numbers.jsonl")
        self.assert_all_numbers()

    def test_ctrl_c_is_heard_while_the_node_is_away(self):
        self.interrupt("KILL")

    def test_ctrl_c_is_heard_while_the_node_is_silent(self):
        self.interrupt("STOP")

    def test_it_says_that_it_waits_for_the_node_and_that_it_goes_on(self):
        node = self.start()
        work = self.begin_import()
        node.kill()
        said = work.stderr.readline()
        self.assertRegex(said, "^not connected: .*; waits for the node\n$")
        self.start()
        self.assertEqual(work.stderr.readline(), "connected again\n")
        code, _, err = self.ended(work, daemon.DEADLINE_S)
        self.assertEqual((code, err), (0, ""))
        self.assert_all_numbers()

    def test_on_a_terminal_the_progress_line_says_it(self):
        node = self.start()
        here, there = pty.openpty()
        work = subprocess.Popen([daemon.CLI, "-e", self.socket, "import", self.numbers(),
                                 "--batch", "1"], stdout=subprocess.DEVNULL, stderr=there,
                                env=daemon.environment())
        self.addCleanup(lambda: (work.kill(), work.wait(), os.close(here)))
        os.close(there)
        seen = b""

        def sees(what):
            nonlocal seen
            if select.select([here], [], [], 0.05)[0]:
                seen += os.read(here, 65536)
            return what in seen

        daemon.wait_until(lambda: sees(b" facts"), "progress")
        node.kill()
        daemon.wait_until(lambda: sees(b"  waits for the node"), "that it waits")
        self.assertRegex(seen, rb"\r\x1b\[2Knot connected: .*; waits for the node\r\n")
        work.send_signal(signal.SIGINT)
        daemon.wait_until(lambda: sees(b"interrupted at line"), "that it ends")
        self.assertEqual(work.wait(daemon.DEADLINE_S), 5)


class Asking(Away):
    def test_several_nodes_that_are_silent_share_the_time(self):
        node = self.start()
        node.signal("STOP")
        asked = self.begin(*("-e", self.socket) * 30, "--timeout", "2s", "status")
        code, _, err = self.ended(asked)  # not after a minute
        self.assertEqual(code, 5, err)
        node.signal("CONT")

    def test_tab_does_not_wait_for_a_node_that_is_silent(self):
        node = self.start()
        self.weft("-e", self.socket, "tx", '[{:user/name "Ada"}]')
        node.signal("STOP")
        for words, expected in ((("schema", ""), ["export", "import", "show"]),
                                (("datoms", "aevt", ":"), [])):
            code, out, err = self.ended(self.begin("__complete", "-e", self.socket, *words),
                                        SOON_S)
            self.assertEqual((code, sorted(out.split()), err), (0, expected, ""))
        node.signal("CONT")
        self.assertEqual(self.weft("__complete", "-e", self.socket, "datoms", "aevt",
                                   ":user").stdout.split(), [":user/name"])


class Following(Away):
    def test_ctrl_c_ends_a_tail_that_waits_for_the_node(self):
        node = self.start()
        tail = self.begin("-e", self.socket, *LONG, "wal", "tail", "--follow")
        self.weft("-e", self.socket, "tx", '[{:user/name "Ada"}]')
        self.assertEqual(json.loads(tail.stdout.readline())["t"], 1)
        node.kill()
        self.assertRegex(tail.stderr.readline(), "^not connected: .*; waits for the node\n$")
        tail.send_signal(signal.SIGINT)
        self.assertEqual(self.ended(tail), (0, "", ""))

    def test_a_node_that_is_silent_and_speaks_again_is_followed_on(self):
        node = self.start()
        tail = self.begin("-e", self.socket, "wal", "tail", "--from", 1, "--follow", "-n",
                          2)
        self.weft("-e", self.socket, "tx", '[{:user/name "Ada"}]')
        self.assertEqual(json.loads(tail.stdout.readline())["t"], 1)
        node.signal("STOP")
        self.assertIn("not connected", tail.stderr.readline())  # after stream_silence_us
        node.signal("CONT")
        self.assertEqual(tail.stderr.readline(), "connected again\n")
        self.weft("-e", self.socket, "tx", '[{:user/name "Bob"}]')
        code, out, err = self.ended(tail, daemon.DEADLINE_S)
        self.assertEqual((code, json.loads(out)["t"], err), (0, 2, ""))


class Watching(Away):
    def test_stat_says_that_the_node_is_away_and_that_it_is_back(self):
        node = self.start()
        stat = self.begin("-e", self.socket, *LONG, "stat", "--interval", "50ms", "-o", "table")
        self.assertIn("TX/S", stat.stdout.readline())
        node.kill()
        self.assertRegex(stat.stderr.readline(), "^not connected: .*; waits for the node\n$")
        daemon.wait_until(lambda: set(stat.stdout.readline().split()) == {"-"}, "a gap")
        self.start()
        self.assertEqual(stat.stderr.readline(), "connected again\n")
        stat.send_signal(signal.SIGINT)
        code, _, err = self.ended(stat)
        self.assertEqual((code, err), (0, ""))

    def test_ctrl_c_ends_a_stat_that_waits_for_an_answer(self):
        node = self.start()
        stat = self.begin("-e", self.tcp(node), *LONG, "stat", "--interval", "50ms")
        stat.stdout.readline()
        node.signal("STOP")
        daemon.wait_until(lambda: unread_bytes(node) > 0, "it has asked")
        stat.send_signal(signal.SIGINT)
        code, _, err = self.ended(stat)
        self.assertEqual((code, err), (0, ""))
        node.signal("CONT")

    def test_nobody_there_is_told_in_the_time_that_was_asked_for(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            stat = self.begin("-e", "127.0.0.1:%d" % silent.getsockname()[1], "--timeout",
                              "500ms", "stat")
            code, out, err = self.ended(stat, SOON_S)
            self.assertEqual((code, out), (5, ""), err)


if __name__ == "__main__":
    cases.main()
