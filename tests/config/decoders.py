"""The two readers of a configuration: the decoder of weft, and the JSON Schema for editors.

    told = decoders.decoder(path)      # [(severity, code, pointer)] as `weft config check` tells
    decoders.schema_accepts(text)      # True, False
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import cases

try:
    import jsonschema
except ImportError:  # a Python of one's own does not see Debian's packages
    system = "/usr/bin/python3"
    if os.path.realpath(sys.executable) == os.path.realpath(system):
        raise
    os.execv(system, [system, "-B", *sys.argv])

ROOT = cases.source_dir()
PROGRAM = cases.binary_dir() / "bin" / "weft"
SCHEMA = json.loads((ROOT / "configs/schema/cluster.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
EXAMPLES = sorted((ROOT / "configs").glob("*.json"))
FOLDER = pathlib.Path(__file__).parent
DEADLINE_S = 60
OF_THE_MACHINE = re.compile("is in memory|^cannot read ")


def environment():
    kept = ("PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS")
    return {name: os.environ[name] for name in kept if name in os.environ}


def weft(*words, text=None):
    return subprocess.run([PROGRAM, *map(str, words)], input=text, capture_output=True,
                          env=environment(), timeout=DEADLINE_S, check=False)


def decoder(path, text=None):
    """What is told of a file, or of a text when the path is "-"; what this version cannot run is
    no matter of the file, nor is what the machine says of the paths in it."""
    done = weft("config", "check", path, "-o", "jsonl", text=text)
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    told = [(row["severity"], row["code"], row["pointer"]) for row in rows
            if row["code"] != "not_supported" and not OF_THE_MACHINE.search(row["reason"])]
    silent = [row for row in rows if not row["suggestion"]]
    assert not silent, (path, silent)
    mistakes = any(row["severity"] == "error" for row in rows)
    assert done.returncode == (8 if mistakes else 0), (path, done.returncode, done.stderr)
    return told


def no_constant(name):
    raise ValueError(f"{name} is no JSON")


def schema_accepts(text):
    """text: bytes. What is no JSON is not accepted."""
    try:
        data = json.loads(text.decode("utf-8-sig"), parse_constant=no_constant)
    except (ValueError, RecursionError):
        return False
    return VALIDATOR.is_valid(data)
