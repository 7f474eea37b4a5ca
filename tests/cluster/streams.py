"""Streams between processes: whatever is killed or stopped, every subscriber sees every commit
exactly once, in order, with the chain hash that the log has."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

import cases

sys.path.insert(0, str(cases.source_dir() / "tests" / "daemon"))

import daemon  # noqa: E402  (found by the line above)

PROGRAM = cases.binary_dir() / "bin" / "weft_test_stream_program"
WEFT = cases.binary_dir() / "bin" / "weft"
DEADLINE_S = 120
WRITTEN = 20000
# What a node has committed and sent since its start, and how long ago, when it is killed: while the
# subscribers still read what they missed, and when they all follow.
KILLED_AFTER = ((1, 0), (1, 0.2), (500, 0), (1, 0.5), (2000, 0), (1, 0))
OVERDRIVE_S = 60
GROWTH_MIB = 64


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def resident_mib(process):
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def last_line(file):
    """The last whole line."""
    with file.open("rb") as f:
        f.seek(max(0, os.fstat(f.fileno()).st_size - 500))
        lines = f.read().splitlines(keepends=True)
    return next((line for line in reversed(lines) if line.endswith(b"\n")), b"")


class Part:
    """A process of the test; its first line says that it is ready."""

    def __init__(self, *words):
        self.process = subprocess.Popen([PROGRAM, *map(str, words)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.pid = self.process.pid

    def line(self):
        return self.process.stdout.readline().decode().strip()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.end()

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(DEADLINE_S)


class Processes(cases.TestCase):
    def setUp(self):
        # pylint: disable-next=consider-using-with
        self.temp = tempfile.TemporaryDirectory(prefix="weft-streams-")
        self.addCleanup(self.temp.cleanup)
        self.folder = pathlib.Path(self.temp.name)
        self.data = self.folder / "data"
        self.port = free_port()
        self.parts = []
        self.addCleanup(self.kill_all)

    def kill_all(self):
        for part in self.parts:
            if part.process.poll() is None:
                part.process.send_signal(signal.SIGCONT)
                part.kill()

    def start(self, *words):
        part = Part(*words)
        self.parts.append(part)
        return part

    def start_node(self):
        node = self.start("node", self.data, self.port)
        self.assertIn(str(self.port), node.line())
        return node

    def start_followers(self, processes, each):
        followers, files = [], []
        for i in range(processes):
            folder = self.folder / f"followers-{i}"
            folder.mkdir()
            followers.append(self.start("follow", self.port, folder, each))
            files += [folder / str(j) for j in range(each)]
        for follower in followers:
            self.assertEqual(follower.line(), "following")
        return followers, files

    def write(self, count, size=20):
        writer = self.start("write", self.port, count, size)
        self.assertEqual(writer.line(), "writing")
        return writer

    def wait_for(self, files, last):
        """Until each file has its line of the transaction `last`."""
        until = time.monotonic() + DEADLINE_S
        for file in files:
            while not self.ends_with(file, last):
                self.assertLess(time.monotonic(), until, f"{file} did not reach {last}")
                time.sleep(0.05)

    @staticmethod
    def ends_with(file, last):
        return last_line(file).startswith(f"{last} ".encode())

    def log(self):
        """What the log says: a line "t h_t" for each transaction."""
        dump = subprocess.run([WEFT, "--data", self.data, "wal", "dump", "-o", "jsonl"],
                              capture_output=True, check=True, timeout=DEADLINE_S)
        rows = [json.loads(line) for line in dump.stdout.splitlines()]
        return [f"{row['t']} {row['chain']}" for row in rows if row["kind"] == "transaction"]

    def compare(self, files, last):
        self.wait_for(files, last)
        wanted = self.log()
        self.assertEqual([int(line.split()[0]) for line in wanted], list(range(1, last + 1)))
        for file in files:
            self.assertEqual(file.read_text().splitlines(), wanted, file)


class Killed(Processes):
    """A weftd that is killed and started again; its subscribers are actors in other processes, and
    the command over the protocol of clients."""

    def setUp(self):
        super().setUp()
        self.daemon_folder = daemon.Folder()
        self.addCleanup(self.daemon_folder.remove)
        self.daemon_folder.change(self.configure)
        self.data = self.daemon_folder.data
        self.client_port = free_port()

    @staticmethod
    def configure(config):
        config["cluster"]["name"] = "facts"
        config["telemetry"]["facts_interval"] = "none"  # the writer alone says how much there is

    def start_weftd(self):
        node = daemon.Node(self.daemon_folder, peer=self.port, client=self.client_port)
        self.addCleanup(node.kill)
        node.wait_for("node.started")
        return node

    def start_tail(self):
        """A subscriber over the protocol of clients, and the file of what it is told (no h_t)."""
        path = self.folder / "tail.jsonl"
        with path.open("wb") as out, (self.folder / "tail.err").open("wb") as err:
            tail = subprocess.Popen([WEFT, "-e", f"127.0.0.1:{self.client_port}", "-o", "jsonl",
                                     "wal", "tail", "--from", "1", "--follow"], stdout=out,
                                    stderr=err, env=daemon.environment())
        self.addCleanup(lambda: (tail.kill(), tail.wait()))
        return tail, path

    def wait_for_more(self, file, lines, writer):
        """Until so many lines are added to the file, or all is written."""
        def count():
            return int((last_line(file).split() or [0])[0])

        begin = count()
        daemon.wait_until(lambda: count() >= begin + lines or writer.process.poll() is not None,
                          f"{lines} lines more in {file}", DEADLINE_S)

    def write_and_kill(self, node, files):
        """The node that runs after it was killed so many times, and the last t."""
        kills = last = 0
        while kills < len(KILLED_AFTER):  # a quick machine writes them all before
            writer = self.write(WRITTEN)
            while writer.process.poll() is None and kills < len(KILLED_AFTER):
                lines, seconds = KILLED_AFTER[kills]
                self.wait_for_more(files[kills % len(files)], lines, writer)
                time.sleep(seconds)
                node.kill()
                kills += writer.process.poll() is None
                node = self.start_weftd()
            last += WRITTEN
            self.assertEqual(int(writer.line()), last)  # each once, though many were sent twice
            self.assertEqual(writer.end(), 0)
        return node, last

    def test_a_node_that_is_killed_again_and_again(self):
        node = self.start_weftd()
        followers, files = self.start_followers(processes=3, each=3)
        tail, tailed = self.start_tail()
        node, last = self.write_and_kill(node, files)
        self.wait_for(files, last)
        daemon.wait_until(lambda: json.loads(last_line(tailed) or b'{"t":0}')["t"] >= last,
                          "the command has it all", DEADLINE_S)
        tail.send_signal(signal.SIGINT)
        self.assertEqual(tail.wait(DEADLINE_S), 0)
        for follower in followers:
            self.assertEqual(follower.end(), 0)
        self.assertEqual(node.stop(), 0)
        self.compare(files, last)
        rows = [json.loads(line) for line in tailed.read_text().splitlines()]
        self.assertEqual([row["t"] for row in rows], list(range(1, last + 1)))


class Streams(Processes):
    def test_a_subscriber_that_is_stopped_costs_nobody_anything(self):
        node = self.start_node()
        followers, files = self.start_followers(processes=2, each=2)
        warm = self.write(2000, 1000)
        self.wait_for(files, int(warm.line()))
        before = resident_mib(node.process)
        os.kill(followers[0].pid, signal.SIGSTOP)
        last = 0
        for _ in range(4):  # longer than a connection may be silent
            writer = self.write(15000, 500)
            last = int(writer.line())
            self.assertEqual(writer.end(), 0)
            self.wait_for(files[2:], last)
            time.sleep(2)
        facts = last * 500 / 2**20
        grown = resident_mib(node.process) - before
        os.kill(followers[0].pid, signal.SIGCONT)
        self.wait_for(files, last)
        for part in (*followers, node):
            self.assertEqual(part.end(), 0)
        self.compare(files, last)
        # The index has the facts themselves, in several orders; the rest was kept for others.
        print(f"node grew by {grown:.0f} MiB for {facts:.0f} MiB of text")
        self.assertLess(grown, 3 * facts + 64)


    def test_memory_with_stopped_subscribers_and_an_overdriven_writer(self):
        """One subscriber in the node's process that never comes back, one in another process that
        is stopped, and a writer that submits whatever it is told, for a minute."""
        node = self.start("overdrive", self.data, self.port, OVERDRIVE_S)
        self.assertEqual(node.line(), "listening")
        followers, files = self.start_followers(processes=1, each=1)
        followers[0].process.send_signal(signal.SIGSTOP)
        before = most = resident_mib(node)
        node.process.stdin.write(b"go\n")
        node.process.stdin.flush()
        until = time.monotonic() + OVERDRIVE_S
        while time.monotonic() < until:
            most = max(most, resident_mib(node))
            time.sleep(0.1)
        committed, refused, wrong = map(int, node.line().split())
        most = max(most, resident_mib(node))
        print(f'committed {committed} refused {refused}, grew by {most - before:.1f} MiB')
        self.assertGreater(committed, 1000)
        self.assertGreater(refused, 0)  # it was overdriven
        self.assertEqual(wrong, 0)
        self.assertLess(most - before, GROWTH_MIB)
        followers[0].process.send_signal(signal.SIGCONT)
        self.wait_for(files, committed + 1)  # the schema was one
        self.assertEqual(node.end(), 0)
        self.compare(files, committed + 1)


if __name__ == "__main__":
    cases.main()
