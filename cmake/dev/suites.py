"""Runs test suites through ctest and counts test cases.

Every test program appends a line per case to build/<preset>/report/<test>.jsonl (see
tests/support/case_report.hpp and cases.py). A case that started and never ended has crashed or run
out of time; a program that fails without a failed case, or reports nothing, is one failed case.
"""

import dataclasses
import json
import os
import pathlib
import shutil
import time
import xml.etree.ElementTree as xml

import builds
import terminal

SUPPRESSIONS = pathlib.Path(__file__).with_name("ubsan_suppressions.txt")
SANITIZER_ENV = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": f"print_stacktrace=1:suppressions='{SUPPRESSIONS}'",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}
# Instrumented code takes several times as long: fewer programs for each property.
PRESET_ENV = {"asan": {"RC_PARAMS": "max_success=40"}, "tsan": {"RC_PARAMS": "max_success=40"}}


@dataclasses.dataclass
class Case:
    test: str     # the ctest name, as unit.base
    name: str
    status: str   # passed, failed or skipped
    reason: str = ""


@dataclasses.dataclass
class Run:
    """One suite in one preset."""
    suite: str
    preset: str
    budget_s: int
    cases: list = dataclasses.field(default_factory=list)
    outputs: dict = dataclasses.field(default_factory=dict)  # of failed tests
    seconds: float = 0.0

    def count(self, status):
        return sum(case.status == status for case in self.cases)

    def over_budget(self):
        return self.seconds > self.budget_s


def table():
    return json.loads((terminal.ROOT / "tests" / "suites.json").read_text())


def budget_of(suite):
    """Seconds; WEFT_BUDGET_SCALE multiplies them on a slow or busy machine."""
    return round(table()[suite]["budget_s"] * float(os.environ.get("WEFT_BUDGET_SCALE", "1")))


def registered(preset):
    """The labels of every test that the configured preset knows, by test name."""
    listing = json.loads(terminal.output(
        ["ctest", "--test-dir", f"build/{preset}", "--show-only=json-v1"]))
    labels = {}
    for test in listing["tests"]:
        properties = {p["name"]: p["value"] for p in test.get("properties", [])}
        labels[test["name"]] = properties.get("LABELS", [])
    return labels


def labels_of(suite, preset):
    """What a test must be labelled with to run: ThreadSanitizer is for tests with threads."""
    return [suite, "concurrent"] if preset == "tsan" else [suite]


def run(suite, preset, case_filter=""):
    """Runs a suite of a built preset; returns None when the preset has no test of it."""
    wanted = labels_of(suite, preset)
    tests = [name for name, labels in registered(preset).items() if set(wanted) <= set(labels)]
    if not tests:
        return None
    result = Run(suite, preset, budget_of(suite))
    folder = builds.folder(preset)
    report = folder / "report" / suite
    shutil.rmtree(report, ignore_errors=True)
    report.mkdir(parents=True)
    command = ["ctest", "--test-dir", str(folder), "--parallel", str(builds.jobs()),
               "--output-junit", str(report / "ctest.xml"), "--no-tests=error"]
    for label in wanted:
        command += ["--label-regex", f"^{label}$"]
    environment = {**SANITIZER_ENV, **PRESET_ENV.get(preset, {}), **os.environ,
                   "WEFT_TEST_REPORT": str(report)}
    if case_filter:
        environment["WEFT_TEST_FILTER"] = case_filter
    begin = time.monotonic()
    terminal.run_quietly(command, report / "ctest.log", environment)
    result.seconds = time.monotonic() - begin
    collect(result, report, tests, bool(case_filter))
    return result


def collect(result, report, tests, filtered):
    """Fills in the cases: what the programs wrote, checked against what ctest saw."""
    xml_file = report / "ctest.xml"
    seen = {}
    if xml_file.exists():
        seen = {e.get("name"): e for e in xml.parse(xml_file).getroot().iter("testcase")}
    for test in tests:
        element = seen.get(test)
        healthy = element is not None and element.get("status") == "run"
        cases = read_cases(report / f"{test}.jsonl", test)
        if not healthy and not any(case.status == "failed" for case in cases):
            cases.append(Case(test, "(the whole program)", "failed", why(element)))
        if healthy and not cases and not filtered:
            cases.append(Case(test, "(the whole program)", "failed", "reported no test case"))
        if not healthy and element is not None:
            result.outputs[test] = element.findtext("system-out") or ""
        result.cases += cases


def why(element):
    if element is None:
        return "ctest did not run it"
    for tag in ("failure", "skipped", "error"):
        found = element.find(tag)
        if found is not None:
            return found.get("message") or "failed without a failed case"
    return "failed without a failed case"


def read_cases(path, test):
    if not path.exists():
        return []
    cases = {}
    for line in path.read_text(errors="replace").splitlines():
        row = json.loads(line)
        if row["status"] == "started":
            cases[row["name"]] = Case(test, row["name"], "failed", "started and never ended")
        else:
            cases[row["name"]] = Case(test, row["name"], row["status"], row["reason"])
    return list(cases.values())
