"""What ./dev demo shows. Every claim it prints was checked just before; the first that does not
hold ends the demo with exit code 1."""

import csv
import json
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

import packages
import terminal

SIZE_GROWS_BY = 1  # KiB and bytes, in the changed catalogue


def show(programs, limit, keep):
    """Runs all acts with the programs of a folder; returns the exit code."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="weft-demo-", dir=programs.parent))
    try:
        stage = Stage(programs, folder, limit)
        for act in (catalogue, first_import, second_import, killed_import, look_around, figures):
            act(stage)
        stage.summary()
    finally:
        if keep:
            terminal.say(f"\nthe database: {folder / 'db'}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


class Stage:
    """The folder, the programs, and what was learnt on the way."""

    def __init__(self, programs, folder, limit):
        self.programs = programs
        self.folder = folder
        self.limit = ["--limit", str(limit)] if limit else []
        self.database = folder / "db"
        self.schema = folder / "schema.edn"
        self.first = folder / "catalogue.edn"
        self.changed = folder / "changed.edn"
        self.stated = 0     # facts of the catalogue
        self.before = None  # what the first file says
        self.after = None   # and the changed one
        self.claims = 0
        self.results = []   # (name, value) of the summary

    def command(self, program, *words):
        return [str(self.programs / program), *map(str, words)]

    def weft(self, *words):
        return self.command("weft", "--data", self.database, *words)

    def rows(self, *words):
        """The JSON objects that a weft command prints, one per line."""
        return [json.loads(line) for line in output(self.weft(*words, "-o", "jsonl")).splitlines()]

    def facts(self, *words):
        """The rows e, a, v, ... of weft datoms, as texts."""
        return list(csv.reader(output(self.weft("datoms", *words, "-o", "csv")).splitlines()))[1:]

    def said_since(self, t):
        """Every assertion and retraction after t about packages and maintainers: the rows of
        weft datoms. (What remains are instants of transactions and the ledger of imports.)"""
        return [row for row in self.facts("eavt", "--since", t, "--history")
                if row[1].startswith((":package", ":maintainer"))]

    def taken_back_since(self, t):
        return [row for row in self.facts("eavt", "--since", t, "--history") if row[-1] == "false"]

    def status(self):
        return self.rows("status")[0]

    def import_file(self, path, *words):
        """Imports a file, with the progress where a person sees it; returns what it reports."""
        done = subprocess.run(self.weft("import", path, *words, "-o", "jsonl"),
                              stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise terminal.Stop(f"weft import failed with exit code {done.returncode}")
        return json.loads(done.stdout)

    def claim(self, text, holds, found):
        """Prints what was shown, or ends the demo because it is not true."""
        if not holds:
            raise terminal.Stop(f"the demo failed, it is not true: {text}", f"found: {found}")
        self.claims += 1
        terminal.say(f"   {terminal.green('ok')} {text}")

    def summary(self):
        heading(f"{self.claims} claims, all true")
        width = max(len(name) for name, _ in self.results)
        for name, value in self.results:
            terminal.say(f"   {name:<{width}}  {value}")


def heading(text):
    terminal.say("\n" + terminal.paint(f"== {text}", "1"))


def indented(text):
    return "\n".join("   " + line for line in text.splitlines())


def output(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise terminal.Stop(f"'{' '.join(command)}' failed with exit code {done.returncode}",
                            done.stderr.strip())
    return done.stdout


# -- the acts ---

def catalogue(stage):
    heading("the package catalogue of this machine, as facts")
    ensure_catalogue()
    counts = write(stage, stage.first, 0)
    write(stage, stage.changed, SIZE_GROWS_BY)
    output(stage.command("debian_catalogue", "--schema-only", "-o", stage.schema))
    stage.stated = counts["facts"]
    stage.before = read_catalogue(stage.first)
    stage.after = read_catalogue(stage.changed)
    terminal.say(f"   {counts['packages']:,} packages, {counts['names']:,} names, "
                 f"{counts['maintainers']:,} maintainers")
    terminal.say(f"   {counts['facts']:,} facts, {stage.before.dependencies:,} of them "
                 f"dependencies, in {stage.first.stat().st_size / 1e6:.0f} MB of EDN")


def first_import(stage):
    heading("import into a new database")
    output(stage.weft("schema", "import", stage.schema))
    told = stage.import_file(stage.first)
    stage.results += [("facts a second", f"{told['facts_added'] / told['seconds']:,.0f}"),
                      ("log bytes a fact", told["log_bytes_per_fact"])]
    stage.claim(f"all {stage.stated:,} facts are in, after {told['seconds']} s",
          told["facts_added"] == stage.stated, f"{told['facts_added']:,} were added")
    found = sizes(stage)
    stage.claim(f"the sizes of all {len(found):,} packages are what the file says",
          found == stage.before.sizes, first_difference(found, stage.before.sizes))


def second_import(stage):
    heading("import the same file again, every fact of it")
    before = stage.status()
    told = stage.import_file(stage.first, "--restart")
    after = stage.status()
    stage.claim("nothing was added", told["facts_added"] == 0, f"{told['facts_added']:,} facts")
    said = stage.said_since(before["t"])
    stage.claim(f"since t = {before['t']:,} nothing was said about any package or maintainer",
                not said, said[:1])
    notes = stage.taken_back_since(before["t"])
    stage.claim("nothing was taken back but what the first import had noted about its file",
                all(row[1].startswith(":weft-import/") for row in notes)
                and after["facts_history"] - before["facts_history"] == len(notes), notes[:3])


def killed_import(stage):
    heading(f"import changed facts (every size grows by {SIZE_GROWS_BY}); kill -9 in the middle")
    stage.t_before = stage.status()["t"]
    last, count = import_and_kill(stage)
    terminal.say(f"   killed after {count:,} acknowledged transactions, "
                 f"the last one t = {last['t']:,}, line {last['line']:,}")
    status = stage.status()
    stage.claim("the database opens, and has every acknowledged transaction",
          status["t"] >= last["t"], f"t = {status['t']}")
    found = sizes(stage)
    done = {p for p, line in stage.after.lines.items() if line < last["line"]}
    lost = [p for p in done if found.get(p) != stage.after.sizes[p]]
    stage.claim(f"all {len(done):,} packages of acknowledged transactions have their new sizes",
          done and not lost, f"{len(lost)} have not, {lost[:1]}")
    stage.claim("the others are as they were, or were being written",
          is_prefix(stage, found), "changed packages that are no prefix of the file")

    told = stage.import_file(stage.changed)
    stage.claim(f"the same command goes on: it added {told['facts_added']:,} facts, not all again",
          0 < told["facts_added"] < changes(stage), f"{told['facts_added']:,}")
    found = sizes(stage)
    stage.claim(f"now all {len(found):,} packages have their new sizes", found == stage.after.sizes,
          first_difference(found, stage.after.sizes))
    said = stage.said_since(stage.t_before)
    gone = sum(row[-1] == "false" for row in said)
    stage.claim(f"of {changes(stage):,} sizes the old one was retracted and the new one asserted, "
                "once each", len(said) == 2 * changes(stage) == 2 * gone,
                f"{gone:,} retractions among {len(said):,} facts")


SHOWN = ("bash", "coreutils", "libc6")  # packages that every Debian has


def look_around(stage):
    """Three packages of the machine; of a catalogue that was cut, the first three."""
    known = [p for p, size in stage.after.sizes.items() if size is not None]
    chosen = [p for name in SHOWN for p in known if p.startswith(name + "=")][:len(SHOWN)]
    chosen += [p for p in known if p not in chosen][:len(SHOWN) - len(chosen)]
    heading(f"{len(chosen)} entities, and their history")
    for package in chosen:
        look_at(stage, package)
    needed_by(stage, f'[:package/id "{chosen[0]}"]', chosen[0])


def look_at(stage, package):
    """The entity of a package, its history, and its past."""
    entity = f'[:package/id "{package}"]'
    terminal.say("")
    terminal.say(indented(output(stage.weft("entity", entity, "-o", "table"))))
    terminal.say(indented(output(stage.weft("history", entity, ":package/installed-kib",
                                            "-o", "table"))))
    told = [(row["v"], row["added"]) for row in
            stage.rows("history", entity, ":package/installed-kib")]
    old, new = stage.before.sizes[package], stage.after.sizes[package]
    name = package.partition("=")[0]
    stage.claim(f"the history of {name}: the old size asserted, retracted, the new one asserted",
          told == [(old, True), (old, False), (new, True)], told)
    then = stage.rows("entity", entity, "--as-of", stage.t_before)[0]
    stage.claim(f"as of t = {stage.t_before:,} {name} has its old size",
          then["package/installed-kib"] == old, then)


def needed_by(stage, entity, package):
    name = next(row[2] for row in stage.facts("eavt", entity, ":package/name"))
    users = [row[0] for row in stage.facts("vaet", name, ":package/depends")]
    terminal.say(f"\n   {len(users):,} packages need {package}, among them")
    for other in users[:3]:
        terminal.say("      " + next(row[2] for row in stage.facts("eavt", other, ":package/id")))


def figures(stage):
    heading("durable transactions of five facts, one at a time")
    lines = output(stage.command("weft_bench_commit", "--json", "--in-flight", 1, "--rounds", 3,
                                 "--folder", stage.folder)).splitlines()
    rows = [json.loads(line) for line in lines]
    row = next(r for r in rows if r["name"] == "commit.latency_p50")
    text = (f"{row['value']:.0f} us, {row['ratio']:.2f} times a bare append and fdatasync"
            f" ({row['baseline']:.0f} us)")
    terminal.say(f"   {text}")
    stage.results.append(("commit latency, median", text))


# -- what they do it with ---

def ensure_catalogue():
    """A container's image has no package index until the first update."""
    if packages.has_package_index():
        return
    prefix = packages.as_root()
    if prefix is None:
        raise terminal.Stop("apt knows no packages yet", "as root, run: apt-get update")
    terminal.run([*prefix, "apt-get", "update"], "apt-update", "is the network reachable?")


def write(stage, path, growth):
    """Writes the catalogue as EDN; returns what the program counted."""
    command = stage.command("debian_catalogue", "-o", path, "--changed", growth, *stage.limit)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.match(r"(\d+) packages, (\d+) names, (\d+) maintainers: (\d+) facts", done.stderr)
    if done.returncode or not found:
        raise terminal.Stop("the catalogue cannot be read", done.stderr.strip())
    return dict(zip(("packages", "names", "maintainers", "facts"), map(int, found.groups())))


class Catalogue:
    """What the EDN text says, read without any code of Weft."""

    def __init__(self):
        self.sizes = {}  # package id -> installed KiB, or None
        self.lines = {}  # package id -> line of the file
        self.downloads = 0
        self.dependencies = 0


def read_catalogue(path):
    identity = re.compile(r'^\{:package/id "((?:[^"\\]|\\.)+)"')
    size = re.compile(r" :package/installed-kib (-?\d+)")
    made = Catalogue()
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            found = identity.match(line)
            if not found:
                continue
            kib = size.search(line)
            made.sizes[found.group(1)] = int(kib.group(1)) if kib else None
            made.lines[found.group(1)] = number
            made.downloads += " :package/download-bytes " in line
            needed = line.partition(" :package/depends [")[2].partition("]")[0]
            made.dependencies += needed.count("{:package.name/text ")
    return made


def changes(stage):
    """Facts of the first catalogue that the changed one replaces."""
    return sum(size is not None for size in stage.before.sizes.values()) + stage.before.downloads


def sizes(stage):
    """Package id -> installed KiB, from the database."""
    names = {row[0]: row[2] for row in stage.facts("aevt", ":package/id")}
    found = dict.fromkeys(names.values())
    for entity, _, size, *_ in stage.facts("aevt", ":package/installed-kib"):
        found[names[entity]] = int(size)
    return found


def first_difference(found, wanted):
    for name in sorted(found.keys() | wanted.keys()):
        if found.get(name) != wanted.get(name):
            return f"{name}: {found.get(name)} instead of {wanted.get(name)}"
    return "none"


def is_prefix(stage, found):
    """Whether what changed is the beginning of the file."""
    in_order = sorted(stage.after.lines, key=stage.after.lines.get)
    new = [found[p] == stage.after.sizes[p] for p in in_order if stage.after.sizes[p] is not None]
    return new == sorted(new, reverse=True)


def import_and_kill(stage):
    """Imports the changed catalogue until a third of its packages is acknowledged, then kills the
    process. Returns the last acknowledgement that it gave, and how many there were."""
    acks = stage.folder / "acks.jsonl"
    acks.touch()
    enough = sorted(stage.after.lines.values())[len(stage.after.lines) // 3]
    with subprocess.Popen(stage.weft("import", stage.changed, "--acks", acks),
                          stdout=subprocess.DEVNULL) as process:
        while (last_line(acks) or {"line": 0})["line"] < enough:
            if process.poll():
                raise terminal.Stop(f"weft import failed with exit code {process.returncode}")
            if process.returncode == 0:
                raise terminal.Stop("the import ended before it could be killed",
                                    "is the catalogue very small?")
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
    return last_line(acks), acks.read_text().count("\n")


def last_line(path):
    """The last JSON object of a file that is being written, or None."""
    complete = path.read_text().rpartition("\n")[0]
    return json.loads(complete.rpartition("\n")[2]) if complete else None
