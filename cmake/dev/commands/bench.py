"""./dev bench"""

import argparse
import subprocess
import sys

import builds
import terminal

SUMMARY = "build and run a benchmark"
EXAMPLES = (("./dev bench", "list the benchmarks"),
            ("./dev bench ingest --json", "run one; what follows its name is passed on"))


def arguments(parser):
    parser.add_argument("name", nargs="?", metavar="NAME", help="which one to run")
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="...",
                        help="arguments of the benchmark, e.g. --json or --peers; try --help")


def listed():
    """The names of tests/bench/CMakeLists.txt, as the configured preset knows them."""
    help_text = terminal.output(["cmake", "--build", "build/release", "--target", "help"])
    names = {line.split(":")[0].strip() for line in help_text.splitlines()}
    return sorted(name.removeprefix("weft_bench_") for name in names
                  if name.startswith("weft_bench_") and "/" not in name)


def run(options):
    builds.configure("release")
    if not options.name:
        terminal.say("benchmarks: " + (" ".join(listed()) or "none"))
        return 0
    if options.name not in listed():
        raise terminal.Stop(f"there is no benchmark '{options.name}'",
                            "benchmarks: " + (" ".join(listed()) or "none"))
    # What the benchmark prints may be read by a program: it alone is on stdout.
    command = ["cmake", "--build", "build/release", "--parallel", str(builds.jobs()),
               "--target", f"weft_bench_{options.name}"]
    done = subprocess.run(command, cwd=terminal.ROOT, stdout=sys.stderr, check=False)
    if done.returncode:
        raise terminal.Stop("the benchmark does not build")
    program = builds.folder("release") / "bin" / f"weft_bench_{options.name}"
    return subprocess.run([str(program), *options.rest], check=False).returncode
