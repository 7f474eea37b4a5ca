"""What ./dev demo shows: facts of this very machine flow into the log of weftd and out to
processes that follow it, through SIGKILL on both sides. Every claim it prints was checked just
before; the first that does not hold ends the demo with exit code 1."""

import json
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import packages
import terminal
from demo_processes import Node, Process, wait_until

# What the mirror copies: much at a time, and a little all the time.
FAMILIES = ("package/*", "host.memory/*")
# What the sampler says of the machine, a family of attributes each.
SAMPLED = {"processors": "host.cpu/", "memory": "host.memory/", "disks": "disk/",
           "network": "interface/"}
MIRROR_COMMITS = 5        # that it has when it is killed
BUSY_PERCENT = 30         # lines that an import surely crosses
RATE_BYTES = 1_000_000
SAMPLES_AFTER = 4         # that arrive after the node came back
FACT = re.compile(r"\{:e (?P<e>\d+), :a :(?P<a>\S+), :v (?P<v>.*), :t \d+, :added true\}")


def show(programs, limit=None, seconds=None, keep=False, before_proof=lambda stage: None):
    """Runs all acts with the programs of a folder; returns the exit code. Without `seconds` it goes
    on until Ctrl-C."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="weft-demo-", dir=programs.parent))
    stage = Stage(programs, folder, limit)
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, end_in_order)
    try:
        for act in (start, import_catalogue, kill_the_node):
            act(stage)
        go_on(stage, seconds)
        stop(stage)
        before_proof(stage)
        proof(stage)
        stage.summary()
    except KeyboardInterrupt:
        raise terminal.Stop("interrupted before everything was shown") from None
    finally:
        stage.end()
        if keep:
            terminal.say(f"\nall files: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


def end_in_order(number, _frame):
    """What was started is ended, too, when a terminal is closed or a time limit ends this."""
    raise terminal.Stop(f"{signal.Signals(number).name} arrived before everything was shown")


class Stage:
    """The folder, the processes, and what was learnt on the way."""

    def __init__(self, programs, folder, limit):
        self.programs, self.folder = programs, folder
        self.limit = ["--limit", str(limit)] if limit else []
        self.node = Node(programs, folder)
        self.sampler = self.sidecar = self.mirror = None
        self.side_seen = folder / "sidecar.seen"
        self.mirror_seen = folder / "mirror.seen"
        self.mirror_store = folder / "mirror.sqlite"
        self.began = time.monotonic()
        self.buckets = {}     # of weft_tx_commit_duration_seconds, of nodes that were killed
        self.claims = 0
        self.results = []     # (name, value) of the summary

    def command(self, program, *words):
        return [str(self.programs / program), *map(str, words)]

    def weft(self, *words):
        """A command to the node, as a person would give it."""
        return self.command("weft", "-e", self.node.client, *words)

    def spawn(self, name, *words, hear=lambda line: None):
        command = self.command(name, "--endpoint", self.node.peer, *words)
        return Process(name, command, self.folder / f"{name}.log", hear)

    def start_mirror(self):
        self.mirror = self.spawn("mirror", "--attributes", *FAMILIES, "--store", self.mirror_store,
                                 "--seen", self.mirror_seen)
        self.mirror.wait_to_say("following after t ")

    def head(self):
        return int(json.loads(output(self.weft("status", "-o", "json")))["t"])

    def keep_buckets(self):
        """How long commits took, of the node that runs now: a new one begins to count again."""
        for name, value in self.node.metrics().items():
            if name.startswith("weft_tx_commit_duration_seconds_bucket"):
                self.buckets[name] = self.buckets.get(name, 0) + value

    def claim(self, text, holds, found=""):
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

    def end(self):
        """Whatever still runs."""
        for each in (self.sampler, self.sidecar, self.mirror, self.node.process):
            if each and each.process.poll() is None:
                each.kill()


def heading(text):
    terminal.say("\n" + terminal.paint(f"== {text}", "1"))


def output(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise terminal.Stop(f"'{' '.join(command)}' failed with exit code {done.returncode}",
                            done.stderr.strip())
    return done.stdout


def last_t(path):
    """Of the last whole line of a file of positions; 0 when there is none."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 128))
        lines = file.read().decode().rpartition("\n")[0].splitlines()
    return int(lines[-1].split()[0]) if lines else 0


def count_lines(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


# -- the acts ---

def start(stage):
    heading("a node, and three processes that use it")
    stage.node.start()
    terminal.say(f"   weftd: clients at {stage.node.client}, actors at {stage.node.peer}, "
                 f"http://{stage.node.http}/metrics")
    stage.sidecar = stage.spawn("telemetry_sidecar", "--seen", stage.side_seen, "--busy",
                                BUSY_PERCENT, "--rate", RATE_BYTES, hear=show_signal)
    stage.sidecar.wait_to_say("following")
    stage.start_mirror()
    stage.sampler = stage.spawn("host_sampler", "--interval", "250")
    stage.sampler.wait_to_say("sampling")
    terminal.say("   host_sampler: processors, memory, disks and network, every 250 ms\n"
                 "   telemetry_sidecar: raises signals\n"
                 f"   mirror: keeps a copy of {' and '.join(FAMILIES)}, and its place with it")


def show_signal(line):
    if line.startswith("signal:"):
        terminal.say(f"   {terminal.paint(line, '33')}")


def import_catalogue(stage):
    heading("the package catalogue of this machine, while they follow; kill -9 of the mirror")
    ensure_catalogue()
    file = stage.folder / "catalogue.edn"
    counts = write_catalogue(stage, file)
    terminal.say(f"   {counts['packages']:,} packages: {counts['facts']:,} facts, "
                 f"{file.stat().st_size / 1e6:.0f} MB of EDN")
    schema = stage.folder / "schema.edn"
    output(stage.command("debian_catalogue", "--schema-only", "-o", schema))
    output(stage.weft("schema", "import", schema))
    killer = threading.Thread(target=kill_the_mirror, args=(stage,), daemon=True)
    stage.killed_after, stage.followed = None, 0
    stage.is_imported = threading.Event()
    killer.start()
    done = subprocess.run(stage.weft("import", file, "-o", "jsonl"), stdout=subprocess.PIPE,
                          text=True, check=False)
    stage.is_imported.set()
    killer.join()
    if done.returncode:
        raise terminal.Stop(f"weft import failed with exit code {done.returncode}",
                            stage.node.process.last_words())
    told = json.loads(done.stdout)
    stage.packages = counts["packages"]
    stage.claim(f"all {counts['facts']:,} facts are in, after {told['seconds']} s",
                told["facts_added"] == counts["facts"], f"{told['facts_added']:,} were added")
    stage.results.append(("import, facts a second",
                          f"{told['facts_added'] / max(told['seconds'], 1e-3):,.0f}"))
    stage.claim(f"the mirror was killed after {stage.killed_after} commits of the import",
                stage.killed_after is not None, "the import was over before")
    stage.claim(f"the sidecar had {stage.followed} commits of it by then", stage.followed > 0)
    stage.start_mirror()
    resumed = int(stage.mirror.lines[0].rpartition(" ")[2])
    stage.claim(f"started again, it goes on after t = {resumed:,}", resumed > 0, resumed)


def kill_the_mirror(stage):
    """Once it has some commits of the import, and while that goes on."""
    before, beside = count_lines(stage.mirror_seen), count_lines(stage.side_seen)
    while not stage.is_imported.is_set():
        commits = count_lines(stage.mirror_seen) - before
        if commits >= MIRROR_COMMITS:
            stage.mirror.kill()
            stage.followed = count_lines(stage.side_seen) - beside
            stage.killed_after = commits
            return
        time.sleep(0.002)


def kill_the_node(stage):
    heading("kill -9 of weftd")
    stage.keep_buckets()
    seen, copied, head = last_t(stage.side_seen), last_t(stage.mirror_seen), stage.head()
    stage.node.process.kill()
    stage.node.start()
    back = stage.head()
    stage.claim(f"it came back with everything: t = {back:,}, before {head:,}", back >= head, back)
    wait_until(lambda: last_t(stage.side_seen) >= max(seen, back) + SAMPLES_AFTER,
               "new samples arrive at the sidecar")
    wait_until(lambda: last_t(stage.mirror_seen) > max(copied, back), "and at the mirror")
    stage.claim("sampler, sidecar and mirror went on by themselves, with what came after",
                all(one.process.poll() is None
                    for one in (stage.sampler, stage.sidecar, stage.mirror)))


def go_on(stage, seconds):
    """Until the time is over, or Ctrl-C."""
    left = None if seconds is None else seconds - (time.monotonic() - stage.began)
    heading("it goes on" + (" (Ctrl-C ends it)" if left is None else ""))
    try:
        while left is None or left > 0:
            time.sleep(1 if left is None else min(left, 1))
            if left is not None:
                left = seconds - (time.monotonic() - stage.began)
            show_line(stage)
    except KeyboardInterrupt:
        terminal.say()


def show_line(stage):
    for name in ("sampler", "sidecar", "mirror"):
        process = getattr(stage, name)
        if process.process.poll() is not None:
            raise terminal.Stop(f"{process.name} ended", process.last_words())
    if not terminal.is_person():
        return
    now = stage.node.metrics()
    terminal.say(f"   t {now.get('weft_tx_last', 0):,.0f}   "
                 f"{now.get('weft_stream_clients', 0):.0f} subscribers   "
                 f"{now.get('weft_stream_sent_records_total', 0):,.0f} commits pushed   "
                 f"the sidecar is at {last_t(stage.side_seen):,}")


def stop(stage):
    heading("the end")
    stage.seconds = time.monotonic() - stage.began
    code = stage.sampler.end()
    stage.claim("every sample was answered", code == 0 and stage.sampler.report()["failures"] == 0,
                stage.sampler.last_words())
    head = stage.head()
    wait_until(lambda: last_t(stage.side_seen) >= head, "the sidecar has everything")
    wait_until(lambda: mirror_place(stage) >= head, "the mirror has everything")
    codes = stage.sidecar.end(), stage.mirror.end()
    stage.claim("sidecar and mirror have everything that was committed, and end with exit code 0",
                codes == (0, 0), codes)
    side = stage.sidecar.report()
    stage.claim(f"the sidecar raised a signal for each of {stage.packages:,} new packages",
                side["new_packages"] == stage.packages, side["new_packages"])
    stage.claim("and others for what the machine did: thresholds and rates of change",
                side["thresholds"] > 0 and side["rates"] > 0, side)
    stage.keep_buckets()
    stage.facts = json.loads(output(stage.weft("status", "-o", "json")))
    code = stage.node.process.end()
    stage.claim("weftd ends with exit code 0 when it is asked to", code == 0, code)


def mirror_place(stage):
    store = sqlite3.connect(f"file:{stage.mirror_store}?mode=ro", uri=True)
    try:
        row = store.execute("SELECT t FROM cursor").fetchone()
        return row[0] if row else 0
    finally:
        store.close()


def proof(stage):
    heading("the proof")
    side, mirror = stage.sidecar.report(), stage.mirror.report()
    verifier = [sys.executable, str(terminal.ROOT / "examples" / "verify_streams.py"),
                "--weft", str(stage.programs / "weft"), "--data", str(stage.node.data),
                f"{stage.side_seen}@{side['last_t']}",
                f"{stage.mirror_seen}@{mirror_place(stage)}={','.join(FAMILIES)}"]
    done = subprocess.run(verifier, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        terminal.say(f"   {line}")
    stage.claim("(t, h_t) of everything that they saw is what `weft wal dump` says",
                done.returncode == 0, done.stdout + done.stderr)
    copied, facts, families = compare_mirror(stage)
    missing = [name for name, prefix in SAMPLED.items()
               if not any(family.startswith(prefix) for family in families)]
    stage.claim(f"of this machine there are facts about its {', '.join(SAMPLED)}", not missing,
                f"none about {missing}")
    stage.claim(f"the mirror's {copied:,} facts are those of the database",
                copied == facts and facts, f"{facts:,} in the database, or others")
    figures(stage, side, mirror)


def compare_mirror(stage):
    """Facts of the mirror and of the database, -1 for the latter when they are not the same; and
    all attributes of the database."""
    command = stage.command("weft", "--data", stage.node.data, "datoms", "eavt", "-o", "edn")
    store = sqlite3.connect(f"file:{stage.mirror_store}?mode=ro", uri=True)
    copied = {hash((str(e), a, v)) for e, a, v in store.execute("SELECT e, a, v FROM facts")}
    store.close()
    there, attributes = set(), set()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as rows:
        for line in rows.stdout:
            fact = FACT.match(line)
            attributes.add(fact.group("a"))
            if fact.group("a").startswith(tuple(family[:-1] for family in FAMILIES)):
                there.add(hash(fact.group("e", "a", "v")))
    return len(copied), len(there) if there == copied else -1, attributes


def figures(stage, side, mirror):
    now, sampled = stage.facts, stage.sampler.report()
    took = stage.seconds
    stage.results += [
        ("facts", f"{int(now['facts_live']):,}, and {int(now['facts_history']):,} of the past"),
        ("transactions", f"{int(now['t']):,}, {int(now['t']) / took:,.0f} a second"),
        ("commit, resolved to answered", f"p50 {percentile(stage.buckets, 0.5)}, "
                                         f"p99 {percentile(stage.buckets, 0.99)}"),
        ("samples of the machine", f"{sampled['samples']:,}, one in "
                                   f"{1000 * took / max(sampled['samples'], 1):.0f} ms"),
        ("a sample, offered to answered", f"p50 {sampled['answer_p50_us'] / 1000:.1f} ms "
                                          f"({sampled['items']:,} items in "
                                          f"{sampled['transactions']:,} transactions)"),
        ("push, commit to the sidecar", f"{pushes(side)}; the sync included"),
        ("push, commit to the mirror", f"{pushes(mirror)}; it syncs a copy of each"),
        ("signals raised", f"{side['thresholds'] + side['rates'] + side['new_packages']:,}: "
                           f"{side['thresholds']:,} thresholds, {side['rates']:,} rates, "
                           f"{side['new_packages']:,} new packages")]


def pushes(report):
    """Of commits that were pushed as they were made; others came from the log, later."""
    if not report["live"]:
        return "none came live"
    return (f"p50 {report['push_p50_us'] / 1000:.1f} ms, p99 {report['push_p99_us'] / 1000:.1f} ms "
            f"(of {report['live']:,})")


def milliseconds(value):
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def percentile(buckets, share):
    """Of a Prometheus histogram, as histogram_quantile() has it: evenly within a bucket."""
    bounds = sorted((float(re.search(r'le="([^"]+)"', name).group(1)), count)
                    for name, count in buckets.items())
    wanted = share * bounds[-1][1] if bounds else 0
    below, before = 0.0, 0
    for bound, count in bounds:
        if count > 0 and count >= wanted:
            if bound == float("inf"):
                return f"over {below * 1000:g} ms"
            inside = (wanted - before) / (count - before) if count > before else 1
            return f"about {milliseconds((below + (bound - below) * inside) * 1000)} ms"
        below, before = bound, count
    return "unknown"


# -- what they do it with ---

def ensure_catalogue():
    """A container's image has no package index until the first update."""
    if packages.has_package_index():
        return
    prefix = packages.as_root()
    if prefix is None:
        raise terminal.Stop("apt knows no packages yet", "as root, run: apt-get update")
    terminal.run([*prefix, "apt-get", "update"], "apt-update", "is the network reachable?")


def write_catalogue(stage, path):
    """Writes the catalogue as EDN; returns what the program counted."""
    done = subprocess.run(stage.command("debian_catalogue", "-o", path, *stage.limit),
                          capture_output=True, text=True, check=False)
    found = re.match(r"(\d+) packages, (\d+) names, (\d+) maintainers: (\d+) facts", done.stderr)
    if done.returncode or not found:
        raise terminal.Stop("the catalogue cannot be read", done.stderr.strip())
    return dict(zip(("packages", "names", "maintainers", "facts"), map(int, found.groups())))
