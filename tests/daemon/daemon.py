"""Runs weftd as a service manager would.

    node = daemon.Node(folder, "--set", "telemetry.facts_interval=100ms")
    node.wait_for("node.started")            # the line of the log, as a dictionary
    node.get("/readyz").status
    node.stop()                              # TERM; the exit code
"""

import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import cases

PROGRAM = cases.binary_dir() / "bin" / "weftd"
CLI = cases.binary_dir() / "bin" / "weft"
FAILING_SYNC = cases.binary_dir() / "lib" / "weft_test_failing_sync.so"
SLOW_SYNC = FAILING_SYNC.with_name("weft_test_slow_sync.so")
HANGING_JOIN = FAILING_SYNC.with_name("weft_test_hanging_join.so")
DEADLINE_S = 60


def limit(name):
    """The value of a constant of core/base/limits.hpp."""
    text = (cases.source_dir() / "core" / "base" / "limits.hpp").read_text()
    value = re.search(rf"\b{name} = ([^;]+);", text).group(1)
    return eval(re.sub(r"(\d)(U|ULL)\b", r"\1", value.replace("'", "")))  # digits and shifts


def environment(extra=None):
    """A bare environment: nothing of the machine changes what is tested."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS")
            if name in os.environ}
    return {**kept, "TERM": "xterm", "LC_ALL": "C.UTF-8", **(extra or {})}


def wait_until(true, what, seconds=DEADLINE_S):
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still not: {what}")
        time.sleep(0.01)


class Folder:
    """configs/single.json in a folder of its own."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="weftd-"))
        self.config = self.root / "single.json"
        shutil.copy(cases.source_dir() / "configs" / "single.json", self.config)
        self.data = self.root / "data" / "single"

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def change(self, edit):
        """Edits the configuration: edit(value) changes it in place."""
        value = json.loads(self.config.read_text())
        edit(value)
        self.config.write_text(json.dumps(value))

    def weft(self, *words):
        """Runs the command offline on the data folder; the lines that it prints."""
        done = subprocess.run([CLI, "--data", self.data, "-o", "jsonl", *map(str, words)],
                              capture_output=True, text=True, env=environment(), check=False,
                              timeout=DEADLINE_S)
        if done.returncode != 0:
            raise AssertionError(f"weft {words}: {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]


def run(folder, *words, env=None):
    """A weftd that ends by itself: its exit code, output and errors."""
    done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, check=False,
                          cwd=folder.root, env=environment(env), timeout=DEADLINE_S)
    return done.returncode, done.stdout, done.stderr


class Node:
    """A running weftd; its log is read by a thread."""

    def __init__(self, folder, *words, env=None, stderr=None, stdin=None, port=0, client=0,
                 peer=0):
        self.folder = folder
        self.lines, self.others = [], []
        words = ["--config", "-" if stdin else folder.config,
                 "--set", f"node.http.address=127.0.0.1:{port}",
                 "--set", f"node.client.address=127.0.0.1:{client}",
                 "--set", f"node.peer.address=127.0.0.1:{peer}", *words]
        self.process = subprocess.Popen([PROGRAM, *map(str, words)], cwd=folder.root,
                                        env=environment(env), stderr=stderr or subprocess.PIPE,
                                        stdin=stdin or subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL)
        if stderr is None:
            self.reader = threading.Thread(target=self.read, daemon=True)
            self.reader.start()

    def read(self):
        for line in self.process.stderr:
            value = json.loads(line)
            (self.lines if "event" in value else self.others).append(value)

    def find(self, event, **fields):
        return [line for line in list(self.lines) if line["event"] == event
                and all(line.get(name) == value for name, value in fields.items())]

    def wait_for(self, event, count=1, **fields):
        wait_until(lambda: len(self.find(event, **fields)) >= count or self.ended(),
                   f"{event} {fields}")
        found = self.find(event, **fields)
        if len(found) < count:
            raise AssertionError(f"it ended without {event}: {self.lines}")
        return found[count - 1]

    def ended(self):
        if self.process.poll() is None:
            return False
        self.reader.join()
        return True

    @property
    def port(self):
        return self.wait_for("http.started")["port"]

    def get(self, path, method="GET", headers=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        connection.close()
        return answer

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_S)

    def metrics(self):
        """The samples of /metrics: {'name{label="value"}': number}."""
        lines = (line for line in self.get("/metrics").text.splitlines() if line[0] != "#")
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    def committed(self):
        """Transactions since its start; -1 when it does not answer (it may be ending)."""
        try:
            return self.metrics()["weft_tx_committed_total"]
        except (OSError, http.client.HTTPException):
            return -1

    def signal(self, name):
        self.process.send_signal(getattr(signal, "SIG" + name))

    def wait(self):
        """Its exit code, when it has ended and all of its log is read."""
        code = self.process.wait(DEADLINE_S)
        if hasattr(self, "reader"):
            self.reader.join()
            self.process.stderr.close()
        return code

    def stop(self):
        self.signal("TERM")
        return self.wait()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        return self.wait() if self.process.stderr and not self.process.stderr.closed else None


class TestCase(cases.TestCase):
    """Each case has a folder, and its nodes are ended afterwards."""

    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.remove)

    def start(self, *words, ready=True, **options):
        node = Node(self.folder, *words, **options)
        self.addCleanup(node.kill)
        if ready:
            node.wait_for("node.started")
        return node


class NodeCommands(TestCase):
    """The command against nodes that listen on a socket in the folder."""

    def setUp(self):
        super().setUp()
        self.socket = self.folder.root / "n1.sock"

    def start(self, *words, **options):
        return super().start("--set", f"node.client.socket={self.socket}",
                             "--set", "telemetry.facts_interval=none", *words, **options)

    def weft(self, *words, code=0, env=None, text=None):
        done = subprocess.run([CLI, *map(str, words)], capture_output=True, text=True,
                              input=text, check=False, timeout=DEADLINE_S,
                              env=environment({"HOME": str(self.folder.root),
                                                      **(env or {})}))
        self.assertEqual(done.returncode, code, f"weft {words}: {done.stdout}{done.stderr}")
        return done

    def begin(self, *words, env=None):
        process = subprocess.Popen([CLI, *map(str, words)], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True,
                                   env=environment(env))
        self.addCleanup(lambda: (process.kill(), process.communicate()))
        return process

    def tcp(self, node):
        return "127.0.0.1:%d" % node.wait_for("clients.started")["port"]

    def profiles(self, text):
        path = self.folder.root / ".config" / "weft" / "profiles.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if isinstance(text, str) else json.dumps({"profiles": text}))
        return path
