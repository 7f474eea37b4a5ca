#!/usr/bin/env python3
"""Compares what subscribers saw with what the log says. Uses nothing of Weft but `weft wal dump`.

    verify_streams.py --weft PATH --data FOLDER side.seen@120 'mirror.seen@118=package/*'

A file has a line "t h_t" for every commit that its subscriber got. FILE@T: it got everything up
to T. =NAME,NAME: only commits with facts of these attributes (a name, or a beginning and *).

Exit code 0 when every file has each of its commits exactly once, in order, with the chain hash of
the log; else 1, and what differs.
"""

import argparse
import json
import pathlib
import subprocess
import sys


class Subscriber:
    """A file of positions, and what it should say."""

    def __init__(self, text):
        path, _, rest = text.rpartition("@")
        through, _, names = rest.partition("=")
        if not path or not through.isdigit():
            raise argparse.ArgumentTypeError(f"{text}: not FILE@T or FILE@T=NAME,NAME")
        self.path = pathlib.Path(path)
        self.through = int(through)
        self.patterns = [name.removeprefix(":") for name in names.split(",") if name]

    def wants(self, entry):
        """Whether this commit is one of its stream."""
        if entry["t"] > self.through:
            return False
        if not self.patterns:
            return True
        return any(matches(pattern, name) for name in names_of(entry) for pattern in self.patterns)


def names_of(entry):
    return {datom["a"] for datom in entry["datoms"]}


def matches(pattern, name):
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def commits(weft, data):
    """The transactions of the log, in order."""
    command = [weft, "--data", data, "wal", "dump", "--datoms", "-o", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as dump:
        for line in dump.stdout:
            entry = json.loads(line)
            if entry["kind"] == "transaction":
                yield entry
    if dump.returncode:
        raise SystemExit(f"weft wal dump failed with exit code {dump.returncode}")


def first_difference(found, wanted):
    """Both lists of lines; None when they are equal."""
    for number, (line, expected) in enumerate(zip(found, wanted), 1):
        if line != expected:
            return f"line {number} is '{line}', the log says '{expected}'"
    if len(found) < len(wanted):
        return f"it ends before '{wanted[len(found)]}'"
    if len(found) > len(wanted):
        return f"line {len(wanted) + 1} is '{found[len(wanted)]}', the log says nothing"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weft", default="weft", help="the command weft")
    parser.add_argument("--data", required=True, help="the data folder of the node")
    parser.add_argument("files", nargs="+", type=Subscriber, metavar="FILE@T[=NAMES]")
    options = parser.parse_args()

    wanted = {subscriber: [] for subscriber in options.files}
    total = 0
    for entry in commits(options.weft, options.data):
        total += 1
        for subscriber, lines in wanted.items():
            if subscriber.wants(entry):
                lines.append(f"{entry['t']} {entry['chain']}")

    wrong = 0
    for subscriber, lines in wanted.items():
        found = subscriber.path.read_text().splitlines()
        difference = first_difference(found, lines)
        wrong += difference is not None
        print(f"{subscriber.path.name}: " +
              (difference or f"{len(found)} of {total} commits, each once, as the log has them"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
