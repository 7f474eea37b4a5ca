"""./dev bench"""

import argparse
import subprocess
import sys

import builds
import packages
import terminal

SUMMARY = "build and run benchmarks"
EXAMPLES = (("./dev bench --peers", "run all, also what a user would pick instead of Weft"),
            ("./dev bench --list", "name them"),
            ("./dev bench ingest --json", "run one; what follows its name is passed on"))


def arguments(parser):
    parser.add_argument("--list", action="store_true", help="name the benchmarks")
    parser.add_argument("--json", action="store_true", help="one JSON object for each figure")
    parser.add_argument("--peers", action="store_true",
                        help="also measure what a user would pick instead; installs Redis, etcd "
                             "and PostgreSQL, starts no service")
    parser.add_argument("name", nargs="?", metavar="NAME", help="which one to run (default: all)")
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="...",
                        help="arguments of the benchmark, e.g. --json or --peers; try --help")


def listed():
    """The names of tests/bench/CMakeLists.txt, as the configured preset knows them."""
    help_text = terminal.output(["cmake", "--build", "build/release", "--target", "help"])
    names = {line.split(":")[0].strip() for line in help_text.splitlines()}
    return sorted(name.removeprefix("weft_bench_") for name in names
                  if name.startswith("weft_bench_") and "/" not in name)


def plan(options, names):
    """What is run, with which arguments: [(name, [argument ...])]."""
    flags = ["--json"] * options.json + ["--peers"] * options.peers
    if not options.name:
        return [(name, flags) for name in names]
    if options.name not in names:
        raise terminal.Stop(f"there is no benchmark '{options.name}'",
                            "benchmarks: " + (" ".join(names) or "none"))
    return [(options.name, flags + options.rest)]


def run(options):
    if options.peers or "--peers" in options.rest:
        packages.ensure_peers()
    builds.configure("release")
    names = listed()
    if options.list:
        terminal.say("benchmarks: " + (" ".join(names) or "none"))
        return 0
    chosen = plan(options, names)
    targets = [f"weft_bench_{name}" for name, _ in chosen]
    if not targets:
        raise terminal.Stop("there are no benchmarks in the preset release")
    # What a benchmark prints may be read by a program: it alone is on stdout.
    command = ["cmake", "--build", "build/release", "--parallel", str(builds.jobs()),
               "--target", *targets]
    done = subprocess.run(command, cwd=terminal.ROOT, stdout=sys.stderr, check=False)
    if done.returncode:
        raise terminal.Stop("the benchmark does not build")
    codes = []
    for name, words in chosen:
        program = builds.folder("release") / "bin" / f"weft_bench_{name}"
        codes.append(subprocess.run([str(program), *words], check=False).returncode)
    return next((code for code in codes if code), 0)
