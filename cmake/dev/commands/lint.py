"""./dev lint"""

import pathlib
import subprocess
import sys

import clang_tidy
import sources
import terminal

SUMMARY = "check format, scripts, house rules and clang-tidy"
EXAMPLES = (("./dev lint", "everything; unchanged files are quick"),
            ("./dev lint core/datom/key.cpp", "only this file"))


def arguments(parser):
    parser.add_argument("files", nargs="*", type=pathlib.Path, metavar="FILE",
                        help="check only these files")
    parser.add_argument("--quick", action="store_true", help="without clang-tidy")


def run(options):
    only = {path.resolve() for path in options.files}
    for path in only:
        if not path.is_file():
            raise terminal.Stop(f"there is no file {path}")
    checks = [("format", check_format), ("scripts", check_scripts), ("house rules", check_rules)]
    if not options.quick:
        checks.append(("clang-tidy", check_clang_tidy))
    failed = []
    for name, check in checks:
        with terminal.step(name):
            if not check(only):
                failed.append(name)
    if failed:
        terminal.say(terminal.red("not clean: ") + ", ".join(failed))
        return 1
    terminal.say(terminal.green("clean"))
    return 0


def check_format(only):
    files = [str(path) for path in sources.cpp() if not only or path in only]
    if not files:
        return True
    done = subprocess.run(["clang-format-14", "--dry-run", "-Werror", *files], cwd=terminal.ROOT,
                          capture_output=True, text=True, check=False)
    if done.returncode:
        bad = {line.split(":")[0] for line in done.stderr.splitlines() if ": error:" in line}
        for name in sorted(bad):
            terminal.say(f"{pathlib.Path(name).relative_to(terminal.ROOT)}: run ./dev fmt")
    return done.returncode == 0


def check_scripts(only):
    """Every Python file compiles, every shell script parses."""
    clean = True
    for path in sources.files("*.py"):
        if only and path not in only:
            continue
        try:
            compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        except SyntaxError as wrong:
            terminal.say(f"{path.relative_to(terminal.ROOT)}:{wrong.lineno}: {wrong.msg}")
            clean = False
    for name, shell in (("dev", "sh"), (".ci/run", "bash")):
        if subprocess.run([shell, "-n", name], cwd=terminal.ROOT, check=False).returncode:
            clean = False
    return clean


def check_rules(_only):
    script = terminal.ROOT / "tests" / "tidy" / "tidy.py"
    return subprocess.run([sys.executable, "-B", str(script)], cwd=terminal.ROOT,
                          check=False).returncode == 0


def check_clang_tidy(only):
    findings = clang_tidy.run(only)
    for path in sorted(findings):
        terminal.say(findings[path])
    return not findings
