"""The processes of ./dev demo: weftd and those that follow its log, each started, watched, killed
and ended by its own id."""

import collections
import http.client
import json
import pathlib
import random
import signal
import socket
import subprocess
import threading
import time

import terminal

PATIENCE_S = 60


def free_ports(count):
    """Ports of 127.0.0.1 that nobody listens at, below those that the system gives to connections:
    nobody gets one while weftd is being started again."""
    first = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    found = []
    while len(found) < count:
        port = random.randrange(max(1024, first - 16384), max(first, 2048))
        with socket.socket() as each:
            if port not in found and each.connect_ex(("127.0.0.1", port)) != 0:
                found.append(port)
    return found


def wait_until(true, what, seconds=PATIENCE_S):
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise terminal.Stop(f"after {seconds} s still not: {what}")
        time.sleep(0.01)


class Process:
    """A program in a session of its own (Ctrl-C is for the demo alone). What it prints is kept, and
    told to `hear` line by line."""

    def __init__(self, name, command, log, hear=lambda line: None):
        self.name = name
        self.lines = collections.deque(maxlen=1000)
        self.hear = hear
        self.log = log
        with log.open("ab") as errors:
            self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE,
                                            stderr=errors, text=True, start_new_session=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self.hear(line.rstrip("\n"))

    def said(self, start):
        return any(line.startswith(start) for line in list(self.lines))

    def wait_to_say(self, start):
        def has():
            if self.process.poll() is not None:
                raise terminal.Stop(f"{self.name} ended with exit code {self.process.returncode}",
                                    self.last_words())
            return self.said(start)
        wait_until(has, f"{self.name} says '{start}'")

    def last_words(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-3:])

    def kill(self):
        """SIGKILL: nothing is finished, nothing is said."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def end(self):
        """SIGTERM; its exit code, once it and its last words are there."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired as late:
            self.kill()
            raise terminal.Stop(f"{self.name} did not end within {PATIENCE_S} s") from late
        self.reader.join(PATIENCE_S)
        return code

    def report(self):
        """The JSON object that it printed last."""
        if not self.lines or not self.lines[-1].startswith("{"):
            raise terminal.Stop(f"{self.name} did not say what came of it", self.last_words())
        return json.loads(self.lines[-1])


class Node:
    """weftd with configs/single.json, in a folder and on ports of its own."""

    def __init__(self, programs, folder):
        self.programs, self.folder = programs, folder
        self.data = folder / "data"
        self.client, self.http, self.peer = (f"127.0.0.1:{port}" for port in free_ports(3))
        self.process = None

    def start(self):
        sets = {"node.data_dir": self.data, "node.client.address": self.client,
                "node.http.address": self.http, "node.peer.address": self.peer}
        words = [word for key, value in sets.items() for word in ("--set", f"{key}={value}")]
        config = terminal.ROOT / "configs" / "single.json"
        self.process = Process("weftd", [self.programs / "weftd", "--config", config, *words],
                               self.folder / "weftd.log")
        wait_until(self.is_ready, "weftd is ready")

    def is_ready(self):
        if self.process.process.poll() is not None:
            raise terminal.Stop("weftd ended", self.process.last_words())
        return self.get("/readyz")[0] == 200

    def get(self, path):
        """Status and text of a page; (0, "") when nobody answers."""
        link = http.client.HTTPConnection(self.http, timeout=PATIENCE_S)
        try:
            link.request("GET", path)
            answer = link.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            link.close()

    def metrics(self):
        """Name with labels -> value."""
        rows = (line.rsplit(" ", 1) for line in self.get("/metrics")[1].splitlines()
                if not line.startswith("#"))
        return {name: float(value) for name, value in rows}
