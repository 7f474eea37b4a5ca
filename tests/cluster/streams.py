"""Streams between processes: whatever is killed or stopped, every subscriber sees every commit
exactly once, in order, with the chain hash that the log has."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

import cases

PROGRAM = cases.binary_dir() / "bin" / "weft_test_stream_program"
WEFT = cases.binary_dir() / "bin" / "weft"
DEADLINE_S = 120
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


class Streams(cases.TestCase):
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
        with file.open("rb") as f:
            f.seek(max(0, os.fstat(f.fileno()).st_size - 200))
            lines = f.read().splitlines()
        return bool(lines) and lines[-1].startswith(f"{last} ".encode())

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

    def test_a_node_that_is_killed_again_and_again(self):
        node = self.start_node()
        followers, files = self.start_followers(processes=3, each=3)
        kills = last = 0
        while kills < 3:  # a quick machine writes them all before
            writer = self.write(20000)
            while writer.process.poll() is None and kills < 8:
                time.sleep(0.3)
                node.kill()
                kills += 1
                node = self.start_node()
            last += 20000
            self.assertEqual(int(writer.line()), last)  # each once, though many were sent twice
            self.assertEqual(writer.end(), 0)
        self.wait_for(files, last)
        for part in (*followers, node):
            self.assertEqual(part.end(), 0)
        self.compare(files, last)

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
