"""./dev mutate"""

import json
import os
import pathlib
import shutil
import subprocess

import builds
import terminal

SUMMARY = "break the code on purpose, one place after the other: the tests must notice"
EXAMPLES = (("./dev mutate", "all of tests/mutants.json; about an hour"),
            ("./dev mutate --only unique", "those whose description contains 'unique'"))
TABLE = terminal.ROOT / "tests" / "mutants.json"
COPY = terminal.ROOT / "build" / "mutate"  # of the sources: yours are never touched
TIMEOUT_S = 180                            # a test that hangs has noticed


def arguments(parser):
    parser.add_argument("--only", default="", metavar="TEXT",
                        help="only the mutants whose description or file contains TEXT")


def run(options):
    mutants = [m for m in json.loads(TABLE.read_text())
               if options.only in m["about"] or options.only in m["file"]]
    if not mutants:
        raise terminal.Stop(f"no mutant is like '{options.only}'", f"see {TABLE.name}")
    copy_sources()
    build = COPY / "build" / "dev"
    targets = sorted({f"weft_test_{test}" for m in mutants for test in m["tests"]})
    with terminal.step("build without mutants"):
        subprocess.run(["cmake", "--preset", "dev"], cwd=COPY, check=True, capture_output=True)
        if not make(build, targets):
            raise terminal.Stop("it does not build", "./dev build")
    survivors = [m for m in mutants if not is_noticed(m, build)]
    for m in survivors:
        terminal.say(f"{terminal.red('survived:')} {m['about']} ({m['file']}): {m['from'].strip()}")
    terminal.say(f"{len(mutants) - len(survivors)} of {len(mutants)} mutants noticed")
    return 1 if survivors else 0


def copy_sources():
    """Makes the copy equal; files that are equal keep their times, so that little is built."""
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                           cwd=terminal.ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        source, target = terminal.ROOT / name, COPY / name
        if not source.is_file():
            target.unlink(missing_ok=True)
        elif not target.is_file() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)


def make(build, targets):
    return subprocess.run(["cmake", "--build", str(build), "--parallel", str(builds.jobs()),
                           "--target", *targets], capture_output=True, check=False).returncode == 0


def is_noticed(mutant, build):
    path = COPY / mutant["file"]
    text = path.read_text()
    if text.count(mutant["from"]) != 1:
        raise terminal.Stop(f"{mutant['file']} does not hold once: {mutant['from']!r}",
                            f"the code has changed: mend {TABLE.name}")
    path.write_text(text.replace(mutant["from"], mutant["to"]))
    try:
        if not make(build, [f"weft_test_{test}" for test in mutant["tests"]]):
            raise terminal.Stop(f"the mutant '{mutant['about']}' does not build",
                                f"mend {TABLE.name}")
        by = next((test for test in mutant["tests"] if fails(test)), None)
    finally:
        path.write_text(text)
    terminal.say(f"   {'noticed by ' + by if by else terminal.red('survived'):<22}"
                 f" {mutant['about']}")
    return by is not None


def fails(test):
    program = pathlib.Path("build", "dev", "bin", f"weft_test_{test}")
    if not (COPY / program).is_file():
        raise terminal.Stop(f"there is no test {test}", f"mend {TABLE.name}")
    try:
        return subprocess.run([str(program), "--abort"], cwd=COPY, timeout=TIMEOUT_S,
                              env={**os.environ, "RC_PARAMS": "noshrink=1"},  # a failure is enough
                              capture_output=True, check=False).returncode != 0
    except subprocess.TimeoutExpired:
        return True
