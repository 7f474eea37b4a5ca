"""Clients that are slow, half open or lie, at the ports of clients and of peers: each is cut in
time, costs little, and keeps nobody from being served."""

import json
import pathlib
import selectors
import signal
import socket
import struct
import subprocess
import time

import cases
import daemon

HANDSHAKE_S, SILENCE_S = 1, 3
LIMITS = ("--set", f"limits.handshake_timeout={HANDSHAKE_S}s",
          "--set", f"limits.idle_timeout={SILENCE_S}s")
LATE_S = 10  # on a busy machine
IDLERS = 400
GROWTH_MAX = 64 << 20
DRIP_S = 0.2


def recorded_hello():
    """What the command says first, as it says it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(daemon.DEADLINE_S)
        asking = subprocess.Popen(
            [daemon.CLI, "-e", "127.0.0.1:%d" % server.getsockname()[1], "--timeout", "1s",
             "status"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=daemon.environment())
        with server.accept()[0] as told:
            hello = told.recv(65536)
        asking.kill()
        asking.wait()
    return hello


def rss(node):
    text = pathlib.Path(f"/proc/{node.process.pid}/statm").read_text()
    return int(text.split()[1]) * 4096


class Stranger:
    """A connection that says `begins`, then `drips` byte by byte, and never takes its leave."""

    def __init__(self, port, kind, begins=b"", drips=b""):
        self.kind, self.drips, self.said = kind, drips, b""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=daemon.DEADLINE_S)
        self.socket.sendall(begins)
        self.socket.setblocking(False)
        self.begin, self.end_s = time.monotonic(), None

    def hear(self):
        """Reads what there is; notes when the node has cut it."""
        try:
            piece = self.socket.recv(65536)
        except BlockingIOError:
            return
        except ConnectionError:
            piece = b""
        self.said += piece
        if not piece:
            self.end_s = time.monotonic() - self.begin

    def drip(self):
        try:
            self.socket.send(self.drips[:1])
            self.drips = self.drips[1:]
        except (BlockingIOError, ConnectionError):
            pass


def wait_for_ends(all_of_them, seconds):
    chooser = selectors.DefaultSelector()
    for one in all_of_them:
        chooser.register(one.socket, selectors.EVENT_READ, one)
    deadline, next_drip = time.monotonic() + seconds, 0
    while chooser.get_map() and time.monotonic() < deadline:
        for key, _ in chooser.select(0.05):
            key.data.hear()
            if key.data.end_s is not None:
                chooser.unregister(key.fileobj)
                key.fileobj.close()
        if time.monotonic() >= next_drip:
            next_drip = time.monotonic() + DRIP_S
            for one in all_of_them:
                if one.drips and one.end_s is None:
                    one.drip()


class Served(daemon.NodeCommands):
    def wait_for_nobody(self):
        """The one who asks is there."""
        daemon.wait_until(lambda: json.loads(self.weft("-e", self.socket, "status").stdout)
                          ["connections"] == 1, "nobody else is there", SILENCE_S + LATE_S)


class Strangers(Served):
    def test_whoever_does_not_shake_hands_or_goes_silent_is_cut_and_others_are_served(self):
        hello = recorded_hello()
        self.assertEqual(hello[:2], b"WF")
        too_long = b"WF\x01\x00" + struct.pack("<I", 1 << 30) + b"\0" * 64
        endless = b"WF\x01\x01" + struct.pack("<I", 4) + b"\0" * 12
        node = self.start(*LIMITS)
        before = rss(node)
        strangers = []
        for event in ("clients.started", "peers.started"):
            port = node.wait_for(event)["port"]
            strangers += [Stranger(port, "silent"),
                          Stranger(port, "half a hello", hello[:-3]),
                          Stranger(port, "a hello, byte by byte", drips=hello[:1] * 1000),
                          Stranger(port, "a slow hello", drips=hello[:-1] + b"?" * 1000),
                          Stranger(port, "welcomed, then silent", hello),
                          Stranger(port, "welcomed, then half a packet", hello + b"WF\x01\x00"),
                          Stranger(port, "a packet without an end", hello + too_long),
                          Stranger(port, "a false checksum", hello + endless)]
            strangers += [Stranger(port, "silent") for _ in range(IDLERS)]
        for i in range(20):
            self.weft("-e", self.socket, "tx", f'[{{:stranger/number {i}}}]')
        wait_for_ends(strangers, SILENCE_S + LATE_S)
        grown = rss(node) - before
        for one in strangers:
            with self.subTest(kind=one.kind):
                self.assertIsNotNone(one.end_s, "it is still there")
                welcome = one.kind.startswith(("welcomed", "a packet", "a false"))
                self.assertEqual(one.said[:2], b"WF")  # it was told why, or that it is welcome
                self.assertLess(one.end_s, LATE_S + (SILENCE_S if welcome else HANDSHAKE_S))
                if one.kind in ("silent", "half a hello"):
                    self.assertGreater(one.end_s, HANDSHAKE_S * 0.8)
        self.assertLess(grown, GROWTH_MAX)
        self.wait_for_nobody()
        self.weft("-e", self.socket, "tx", "[{:stranger/number 100}]")
        self.assertEqual(node.stop(), 0)


class Stopped(Served):
    """Commands that are stopped for longer than a connection may be silent."""

    def stop(self, process):
        process.send_signal(signal.SIGSTOP)
        self.addCleanup(lambda: process.poll() is None and process.send_signal(signal.SIGCONT))

    def test_a_tail_that_was_stopped_has_every_commit_once(self):
        node = self.start(*LIMITS)
        self.weft("-e", self.socket, "tx", "[{:stopped/number -1}]")
        tail = self.begin("-e", self.socket, "wal", "tail", "--follow", "-o", "jsonl")
        first = json.loads(tail.stdout.readline())["t"]
        before = rss(node)
        self.stop(tail)
        text = "x" * 1000
        for i in range(30):
            forms = "".join(f'[{{:stopped/text "{text}" :stopped/number {i * 1000 + j}}}]\n'
                            for j in range(1000))
            self.weft("-e", self.socket, "tx", "-", text="[" + forms.replace("[", "")
                      .replace("]", "") + "]")
        self.wait_for_nobody()
        self.assertLess(rss(node) - before, 4 * GROWTH_MAX)  # the facts are in memory, too
        tail.send_signal(signal.SIGCONT)
        seen = [json.loads(tail.stdout.readline())["t"] for _ in range(30)]
        self.assertEqual(seen, list(range(first + 1, first + 31)))

    def test_an_import_that_was_stopped_goes_on_and_does_nothing_twice(self):
        node = self.start(*LIMITS)
        path = self.folder.root / "numbers.jsonl"
        path.write_text("".join(f'{{"stopped/number": {i}}}\n' for i in range(20_000)))
        acks = self.folder.root / "acks.jsonl"
        work = self.begin("-e", self.socket, "import", path, "--batch", 10, "--acks", acks)
        daemon.wait_until(lambda: acks.exists() and acks.read_text().count("\n") >= 20
                          or work.poll() is not None, "some transactions")
        self.assertIsNone(work.poll(), "it is done too early")
        self.stop(work)
        self.wait_for_nobody()
        work.send_signal(signal.SIGCONT)
        out, err = work.communicate(timeout=daemon.DEADLINE_S)
        self.assertEqual(work.returncode, 0, out + err)
        rows = self.weft("-e", self.socket, "datoms", "aevt", ":stopped/number").stdout
        self.assertEqual([json.loads(row)["v"] for row in rows.splitlines()],
                         list(range(20_000)))


if __name__ == "__main__":
    cases.main()
