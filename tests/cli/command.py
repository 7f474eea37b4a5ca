"""Runs the weft command as a person or a script would.

    folder = command.Folder()                        # a data folder of its own
    answer = folder.run("tx", '[{:user/name "Ada"}]')
    answer.code, answer.out, answer.err, answer.json()
"""

import dataclasses
import fcntl
import json
import os
import pathlib
import pty
import secrets
import select
import shutil
import struct
import subprocess
import tempfile
import termios
import time
import uuid

import cases

PROGRAM = cases.binary_dir() / "bin" / "weft"
DEADLINE_S = 60


def environment(extra=None):
    """A bare environment: nothing of the machine changes what is tested."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS")
            if name in os.environ}
    return {**kept, "TERM": "xterm", "LC_ALL": "C.UTF-8", **(extra or {})}


def new_request_id():
    """A version 7 uuid of now."""
    word = (int(time.time() * 1000) << 80) | (7 << 76) | secrets.randbits(76)
    word = word & ~(3 << 62) | (2 << 62)
    return str(uuid.UUID(int=word))


@dataclasses.dataclass
class Answer:
    code: int
    out: str
    err: str = ""

    def json(self):
        return json.loads(self.out)

    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


def run(*words, stdin=None, env=None, program=PROGRAM, **options):
    done = subprocess.run([program, *map(str, words)], input=stdin, capture_output=True,
                          env=environment(env), timeout=DEADLINE_S, check=False, **options)
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


def run_on_terminal(*words, env=None, columns=100, program=PROGRAM, folder="."):
    """Both streams on one pseudo terminal, as a person sees them."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execve(program, [str(program), *map(str, words)], environment(env))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    seen, deadline = b"", time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        ready, _, _ = select.select([terminal], [], [], 1)
        try:
            piece = os.read(terminal, 65536) if ready else None
        except OSError:  # the other side is closed
            break
        if piece == b"":
            break
        seen += piece or b""
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return Answer(os.waitstatus_to_exitcode(status), seen.decode().replace("\r\n", "\n"))


class Folder:
    """A data folder, and files beside it."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="weft-cli-"))
        self.data = self.root / "data"

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def renew(self):
        """Begins again, with nothing."""
        self.remove()
        self.root.mkdir()

    def place(self):
        """The words that say where the database is."""
        return ("--data", self.data)

    def file(self, name, text):
        path = self.root / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def run(self, *words, stdin=None, env=None):
        stdin = stdin.encode() if isinstance(stdin, str) else stdin
        return run(*self.place(), *words, stdin=stdin, env=env)

    def segment(self):
        """The last file of the log."""
        files = (self.data / "wal").glob("*.seg")
        return max(f for f in files if not f.name.startswith("free-"))

    def flip(self, offset):
        """Damages one byte of the last file of the log."""
        with open(self.segment(), "r+b") as file:
            file.seek(offset)
            byte = file.read(1)
            file.seek(offset)
            file.write(bytes([byte[0] ^ 0xFF]))

    def start(self, *words, **options):
        """A command that runs on while the test does other things."""
        return subprocess.Popen([PROGRAM, *map(str, (*self.place(), *words))],
                                env=environment(), **options)


class TestCase(cases.TestCase):
    """Each case has a folder, which is removed afterwards."""

    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.remove)

    def weft(self, *words, code=0, **options):
        """Runs a command that must end with this exit code."""
        answer = self.folder.run(*words, **options)
        self.assertEqual(answer.code, code, f"weft {words}: {answer.out}{answer.err}")
        return answer

    def people(self):
        """Ada and Bob, with a reference, several values and something taken back."""
        self.weft("tx", """[{:db/ident :user/name :db/valueType :db.type/string
                             :db/cardinality :db.cardinality/one :db/doc "What people say"}
                            {:db/ident :user/email :db/valueType :db.type/string
                             :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}
                            {:db/ident :user/age :db/valueType :db.type/long
                             :db/cardinality :db.cardinality/one}
                            {:db/ident :user/alias :db/valueType :db.type/string
                             :db/cardinality :db.cardinality/many}
                            {:db/ident :user/friend :db/valueType :db.type/ref
                             :db/cardinality :db.cardinality/one}]""")
        report = self.weft("tx", """[{:db/id "ada" :user/name "Ada" :user/email "ada@example.org"
                                      :user/age 36 :user/alias ["countess" "lace"]}
                                     {:db/id "bob" :user/name "Bob" :user/email "bob@example.org"
                                      :user/friend "ada"}]""").json()
        self.ada, self.bob = report["tempids"]["ada"], report["tempids"]["bob"]
        self.weft("tx", f"[[:db/add {self.ada} :user/age 37]]")
