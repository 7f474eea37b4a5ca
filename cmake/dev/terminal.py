"""What ./dev says: steps, errors with what to do next, colours only where a person looks."""

import contextlib
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Stop(Exception):
    """Ends ./dev with exit code 1, one line of what and one of what to do next."""

    def __init__(self, what, hint=""):
        super().__init__(what)
        self.hint = hint


def is_person(stream=sys.stdout):
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def paint(text, code, stream=sys.stdout):
    if not is_person(stream) or os.environ.get("NO_COLOR"):
        return text
    return f"\033[{code}m{text}\033[0m"


def green(text):
    return paint(text, "32")


def red(text):
    return paint(text, "31")


def say(text=""):
    print(text, flush=True)


def table(title, rows):
    """A titled list for the end of a help text."""
    width = max(len(name) for name, _ in rows)
    return "\n".join([f"{title}:", *(f"  {name:<{width}}  {what}" for name, what in rows)])


def error(what, hint=""):
    print(paint("error:", "31", sys.stderr), what, file=sys.stderr)
    if hint:
        print(hint, file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(title):
    """Announces a piece of work and says how long it took."""
    say(paint(f"== {title}", "1"))
    begin = time.monotonic()
    yield
    say(f"   done in {time.monotonic() - begin:.1f} s")


def run(command, log_name, hint="", env=None):
    """Runs a command. A person sees its output; otherwise it goes to build/log/<log_name>.log and
    its end is shown when it fails, which raises Stop."""
    environment = {**os.environ, **(env or {})}
    if is_person():
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        where = ""
    else:
        log = ROOT / "build" / "log" / f"{log_name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        code = run_quietly(command, log, environment)
        if code:
            say("\n".join(log.read_text(errors="replace").splitlines()[-60:]))
        where = f"; all of its output is in {log.relative_to(ROOT)}"
    if code:
        raise Stop(f"'{' '.join(map(str, command))}' failed with exit code {code}{where}", hint)


def run_quietly(command, log, environment):
    """Runs a command with its output in a file; every minute a line tells how far it is."""
    begin = time.monotonic()
    with log.open("wb") as file, subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT) as process:
        while True:
            try:
                return process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                last = (log.read_text(errors="replace").strip().splitlines() or [""])[-1]
                say(f"   {time.monotonic() - begin:.0f} s: {last.strip()[:80]}")
            except BaseException:  # interrupted: the command was, too
                process.wait()
                raise


def output(command):
    """The standard output of a command that must succeed."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Stop(f"'{' '.join(map(str, command))}' failed: {done.stderr.strip()}")
    return done.stdout
