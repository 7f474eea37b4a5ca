"""clang-tidy over our sources, with a memory: a file whose content, headers of ours, compile
command and rules are those of an earlier clean run is not read again."""

import concurrent.futures
import hashlib
import json
import pathlib
import subprocess

import builds
import sources
import terminal

TOOL = "clang-tidy-14"


def memory():
    folder = terminal.ROOT / "build" / "tidy" / "clean"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def entries():
    """The compile command of every source file of ours."""
    text = (builds.folder("tidy") / "compile_commands.json").read_text()
    rows = {pathlib.Path(row["file"]): row["command"] for row in json.loads(text)}
    return {path: command for path, command in rows.items() if path.is_file()}


def key(path, command, rules):
    digest = hashlib.sha256(rules)
    digest.update(command.encode())
    for file in sources.closure(path):
        digest.update(str(file).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def rules():
    """Everything besides the code that decides about findings."""
    version = terminal.output([TOOL, "--version"])
    configs = sources.files(".clang-tidy", "*/.clang-tidy")
    return version.encode() + b"".join(path.read_bytes() for path in configs)


def check(path):
    """The findings in one file, "" when clean."""
    done = subprocess.run(
        [TOOL, "--quiet", "-p", str(builds.folder("tidy")), str(path)],
        cwd=terminal.ROOT, capture_output=True, text=True, check=False)
    if "Error parsing" in done.stderr:  # of .clang-tidy: it goes on with other rules
        return done.stderr.strip()
    return "" if done.returncode == 0 else (done.stdout.strip() or done.stderr.strip())


def run(only=None):
    """Findings by file; `only` limits the run to these files."""
    builds.configure("tidy")
    basis = rules()
    todo, known = {}, 0
    for path, command in entries().items():
        if only and path not in only:
            continue
        mark = memory() / key(path, command, basis)
        if mark.exists():
            known += 1
        else:
            todo[path] = mark
    terminal.say(f"   {len(todo)} files to read, {known} unchanged since they were clean")
    findings = {}
    with concurrent.futures.ThreadPoolExecutor(builds.jobs()) as pool:
        futures = {pool.submit(check, path): path for path in todo}
        for number, future in enumerate(concurrent.futures.as_completed(futures), 1):
            path = futures[future]
            if terminal.is_person():
                print(f"\r   {number}/{len(todo)}", end="", flush=True)
            if future.result():
                findings[path] = future.result()
            else:
                todo[path].touch()
    if terminal.is_person() and todo:
        print()
    return findings
