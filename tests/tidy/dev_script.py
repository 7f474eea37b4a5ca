"""./dev itself: it counts what happened, helps with every command, and says what is wrong."""

import argparse
import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile

import cases

DEV = cases.source_dir() / "cmake" / "dev"
sys.path.insert(0, str(DEV))

import suites  # noqa: E402  (needs the path above)
import terminal  # noqa: E402
from commands import bench as bench_command  # noqa: E402
from commands import test as test_command  # noqa: E402

CTEST = """<testsuite><testcase name="unit.good" status="run"/>
<testcase name="unit.bad" status="fail"><failure message=""/><system-out>why</system-out></testcase>
</testsuite>"""


def dev(*arguments):
    return subprocess.run(["sh", str(cases.source_dir() / "dev"), *arguments], text=True,
                          capture_output=True, check=False)


def collected(lines_by_test, ctest=CTEST, tests=("unit.good", "unit.bad")):
    """The cases counted from these report lines, as (name, status) pairs."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder)
        (report / "ctest.xml").write_text(ctest)
        for test, rows in lines_by_test.items():
            (report / f"{test}.jsonl").write_text("".join(
                json.dumps({"name": n, "status": s, "reason": ""}) + "\n" for n, s in rows))
        run = suites.Run("unit", "dev", 60)
        suites.collect(run, report, tests, filtered=False)
        return [(case.name, case.status) for case in run.cases]


def concluded(*runs, broken=(), strict=False):
    """The last line and the exit code for these runs."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        code = test_command.conclude(list(runs), list(broken),
                                     argparse.Namespace(strict=strict, filter=""))
    return text.getvalue().splitlines()[-1], code


def a_run(*statuses, seconds=1.0):
    run = suites.Run("unit", "dev", 60, seconds=seconds)
    run.cases = [suites.Case("unit.a", f"case {n}", s) for n, s in enumerate(statuses)]
    return run


class Counting(cases.TestCase):
    def test_passed_failed_and_skipped_cases(self):
        self.assertEqual(
            collected({"unit.good": [("a", "started"), ("a", "passed"), ("b", "skipped")],
                       "unit.bad": [("c", "started"), ("c", "failed")]}),
            [("a", "passed"), ("b", "skipped"), ("c", "failed")])

    def test_a_case_that_never_ended_has_failed(self):
        self.assertIn(("c", "failed"), collected({"unit.good": [("a", "passed")],
                                                  "unit.bad": [("c", "started")]}))

    def test_a_program_that_failed_outside_its_cases(self):
        counted = collected({"unit.good": [("a", "passed")], "unit.bad": [("c", "passed")]})
        self.assertEqual(counted[1:], [("c", "passed"), ("(the whole program)", "failed")])

    def test_a_program_that_reports_nothing_has_failed(self):
        self.assertEqual(collected({}), [("(the whole program)", "failed")] * 2)

    def test_a_program_that_ctest_did_not_run_has_failed(self):
        self.assertEqual(collected({}, "<testsuite/>", ["unit.gone"]),
                         [("(the whole program)", "failed")])


class LastLine(cases.TestCase):
    def test_counts_and_exit_codes(self):
        self.assertEqual(concluded(a_run("passed", "passed"), a_run("passed")),
                         ("3 passed, 0 failed, 0 skipped", 0))
        self.assertEqual(concluded(a_run("passed", "failed", "skipped")),
                         ("1 passed, 1 failed, 1 skipped", 1))

    def test_a_skip_fails_only_when_strict(self):
        self.assertEqual(concluded(a_run("passed", "skipped"))[1], 0)
        self.assertEqual(concluded(a_run("passed", "skipped"), strict=True)[1], 1)

    def test_over_budget_is_a_failure(self):
        self.assertEqual(concluded(a_run("passed", seconds=61.0)),
                         ("1 passed, 1 failed, 0 skipped", 1))

    def test_a_preset_that_does_not_build_is_a_failure(self):
        self.assertEqual(concluded(a_run("passed"), broken=["asan"]),
                         ("1 passed, 1 failed, 0 skipped", 1))


class Bench(cases.TestCase):
    def planned(self, *words):
        parser = argparse.ArgumentParser(allow_abbrev=False)
        bench_command.arguments(parser)
        return bench_command.plan(parser.parse_args(words), ["commit", "read"])

    def test_without_a_name_all_are_run(self):
        self.assertEqual(self.planned(), [("commit", []), ("read", [])])
        self.assertEqual(self.planned("--peers"), [("commit", ["--peers"]), ("read", ["--peers"])])
        self.assertEqual(self.planned("--json"), [("commit", ["--json"]), ("read", ["--json"])])

    def test_what_follows_a_name_is_passed_on(self):
        self.assertEqual(self.planned("read", "--json", "--rounds", "3"),
                         [("read", ["--json", "--rounds", "3"])])
        self.assertEqual(self.planned("--peers", "read"), [("read", ["--peers"])])

    def test_an_unknown_name_is_told(self):
        with self.assertRaises(terminal.Stop):
            self.planned("raed")


class Help(cases.TestCase):
    def test_every_command_has_help_with_two_examples(self):
        for path in sorted((DEV / "commands").glob("*.py")):
            with self.subTest(command=path.stem):
                done = dev(path.stem, "--help")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertGreaterEqual(done.stdout.count(f"  ./dev {path.stem}"), 2)

    def test_an_unknown_command_is_a_usage_error_with_a_suggestion(self):
        done = dev("tset")
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean ./dev test?", done.stderr)

    def test_without_a_command_the_commands_are_listed(self):
        self.assertEqual(dev("--help").returncode, 0)
        self.assertEqual(dev().returncode, 2)
        for name in ("setup", "build", "test", "bench", "lint", "fmt", "fuzz"):
            self.assertIn(f"  {name} ", dev().stdout)


if __name__ == "__main__":
    cases.main()
