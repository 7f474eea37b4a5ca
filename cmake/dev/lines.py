"""Which lines of the library ran, as gcov counts them in the preset coverage."""

import collections
import json
import shutil
import subprocess

import builds
import terminal

DECODERS = terminal.ROOT / "tests" / "fuzz" / "decoders.json"
CORPUS = terminal.ROOT / "tests" / "fuzz" / "corpus"
DECODER_PERCENT_MIN = 95


def forget():
    """Forgets what ran so far."""
    for old in builds.folder("coverage").rglob("*.gcda"):
        old.unlink()


def collect():
    """{file: {line: times run}} of the library, added up over all programs."""
    lines = collections.defaultdict(dict)
    work = builds.folder("coverage") / "gcov"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    for data in builds.folder("coverage").rglob("*.gcda"):
        output = subprocess.run(["gcov", "--json-format", "--stdout", str(data)], cwd=work,
                                capture_output=True, text=True, check=False).stdout
        for text in filter(None, output.splitlines()):
            for file in json.loads(text)["files"]:
                add(lines, file)
    return lines


def add(lines, file):
    name = file["file"].split("/weft/")[-1].lstrip("/")
    if name.startswith(("core/", "persistence/")):
        for line in file["lines"]:
            seen = lines[name].get(line["line_number"], 0)
            lines[name][line["line_number"]] = seen + line["count"]


def row(name, counts):
    run, all_ = sum(1 for count in counts if count), len(counts)
    return f"{name:<44} {run:>6} of {all_:>6} {percent(counts):>6.1f} %"


def percent(counts):
    return 100 * sum(1 for count in counts if count) / max(len(counts), 1)


def never_run(counts):
    return " ".join(str(line) for line, count in sorted(counts.items()) if not count)


def decoders(verbose=False):
    """Prints how much of each decoder its fuzzer's corpus alone runs; the names of those of which
    it is less than DECODER_PERCENT_MIN."""
    builds.build("coverage", ["weft_tests_fuzz"])
    low = []
    terminal.say("lines of the decoders that the corpora run")
    for name, decoder in json.loads(DECODERS.read_text()).items():
        lines = replay(decoder["fuzzer"])
        counts = [n for file in decoder["files"] for n in lines.get(file, {0: 0}).values()]
        terminal.say("   " + row(name, counts))
        if percent(counts) < DECODER_PERCENT_MIN:
            low.append(name)
        for file in decoder["files"] if verbose or name in low else []:
            missed = never_run(lines.get(file, {}))
            if missed:
                terminal.say(f"      never run: {file}: {missed}")
    if low:
        terminal.error(f"below {DECODER_PERCENT_MIN} %: " + ", ".join(low),
                       "add inputs to tests/fuzz/corpus, or take away what nothing can reach")
    return low


def replay(fuzzer):
    forget()
    program = builds.folder("coverage") / "bin" / f"weft_fuzz_{fuzzer}"
    code = subprocess.run([str(program), str(CORPUS / fuzzer)], capture_output=True,
                          check=False).returncode
    if code:
        raise terminal.Stop(f"the corpus of {fuzzer} does not pass", "./dev test --suite fuzz")
    return collect()
