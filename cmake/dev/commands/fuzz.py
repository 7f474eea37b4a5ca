"""./dev fuzz"""

import pathlib
import re
import subprocess

import builds
import lines
import terminal

SUMMARY = "run the fuzzers; replay a crash; check what the corpora cover"
EXAMPLES = (("./dev fuzz --only record --seconds 300", "one fuzzer, longer"),
            ("./dev fuzz --only record --replay FILE", "run one input again"))
CORPUS = terminal.ROOT / "tests" / "fuzz" / "corpus"


def arguments(parser):
    parser.add_argument("--seconds", type=int, default=30, metavar="N",
                        help="for each fuzzer; 30 unless given")
    parser.add_argument("--only", action="append", default=[], metavar="NAME",
                        help="only this fuzzer; may be repeated")
    parser.add_argument("--replay", type=pathlib.Path, metavar="FILE",
                        help="run this one input, e.g. a crash found earlier")
    parser.add_argument("--keep", action="store_true",
                        help="add inputs that reach new code to the corpus in tests/fuzz/corpus")


def run(options):
    builds.build("fuzz", ["weft_tests_fuzz"])
    programs = {path.name.removeprefix("weft_fuzz_"): path
                for path in sorted((builds.folder("fuzz") / "bin").glob("weft_fuzz_*"))}
    names = options.only or list(programs)
    for name in names:
        if name not in programs:
            raise terminal.Stop(f"there is no fuzzer '{name}'", "fuzzers: " + " ".join(programs))
    if options.replay:
        if len(options.only) != 1:
            raise terminal.Stop("--replay needs one fuzzer", "add --only NAME")
        return replay(programs[names[0]], options.replay)
    crashed = [name for name in names if not fuzz(name, programs[name], options)]
    low = [] if options.only else lines.decoders()
    if crashed:
        terminal.say(terminal.red("crashed: ") + ", ".join(crashed))
    return 1 if crashed or low else 0


def replay(program, file):
    if not file.is_file():
        raise terminal.Stop(f"there is no file {file}")
    return subprocess.run([str(program), str(file)], check=False).returncode


def fuzz(name, program, options):
    """Runs one fuzzer; False when it found a crash."""
    work = builds.folder("fuzz") / "corpus" / name
    crashes = builds.folder("fuzz") / "crashes" / name
    work.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(parents=True, exist_ok=True)
    log = builds.folder("fuzz") / f"{name}.log"
    with terminal.step(f"fuzz {name} for {options.seconds} s"):
        with log.open("wb") as file:
            code = subprocess.run(
                [str(program), str(work), str(CORPUS / name), f"-max_total_time={options.seconds}",
                 f"-artifact_prefix={crashes}/", "-print_final_stats=1", "-timeout=10",
                 "-rss_limit_mb=2048"],
                cwd=terminal.ROOT, stdout=file, stderr=subprocess.STDOUT, check=False).returncode
        text = log.read_text(errors="replace")
        terminal.say(f"   {figures(text)}")
        if code:
            show_crash(name, text)
        elif options.keep:
            keep(program, work, CORPUS / name)
    return code == 0


def figures(text):
    """Executions, coverage and corpus size from libFuzzer's log."""
    def last(*patterns):
        found = [match for pattern in patterns for match in re.findall(pattern, text)]
        return found[-1] if found else "?"
    executions = last(r"(?m)^#(\d+)", r"stat::number_of_executed_units:\s*(\d+)")
    edges, inputs = last(r"cov: (\d+)"), last(r"corp: (\d+)")
    return f"{executions} executions, {edges} edges covered, {inputs} inputs in the corpus"


def show_crash(name, text):
    terminal.say("\n".join(text.splitlines()[-40:]))
    found = re.search(r"Test unit written to (\S+)", text)
    if found:
        terminal.say(f"the input is kept; replay it with\n"
                     f"  ./dev fuzz --only {name} --replay {found.group(1)}")


def keep(program, work, corpus):
    before = len(list(corpus.glob("*")))
    subprocess.run([str(program), "-merge=1", str(corpus), str(work)], check=False,
                   capture_output=True)
    terminal.say(f"   {len(list(corpus.glob('*'))) - before} inputs added to"
                 f" {corpus.relative_to(terminal.ROOT)}")
