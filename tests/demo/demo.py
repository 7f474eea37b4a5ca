"""./dev demo on a part of the catalogue: all of it is seen to work, and when one line of what a
subscriber saw is missing, it fails."""

import contextlib
import io
import os
import signal
import subprocess
import sys

import cases

sys.path.insert(0, str(cases.source_dir() / "cmake" / "dev"))

import demo  # noqa: E402  (found by the line above)
import terminal  # noqa: E402

PACKAGES = 8000
DEADLINE_S = 300


def without(lines, number):
    return lines[:number] + lines[number + 1:]


def tampered(lines):
    """Name and lines of files that are not what a subscriber saw."""
    middle = len(lines) // 2
    t, chain = lines[middle].split()
    wrong = f"{t} {'0' if chain[0] != '0' else '1'}{chain[1:]}"
    swapped = [*lines[:middle], lines[middle + 1], lines[middle], *lines[middle + 2:]]
    return {"the first line is missing": without(lines, 0),
            "a line in the middle is missing": without(lines, middle),
            "the last line is missing": without(lines, len(lines) - 1),
            "a line is there twice": [*lines[:middle], lines[middle], *lines[middle:]],
            "two lines are exchanged": swapped,
            "a chain hash is another one": [*lines[:middle], wrong, *lines[middle + 1:]],
            "there is one more": [*lines, f"{int(lines[-1].split()[0]) + 1} {'0' * 32}"],
            "nothing is there": []}


class Demo(cases.TestCase):
    def test_it_shows_all_and_fails_when_a_line_is_missing(self):
        """One run: the proof holds, then it holds for no file that was changed, and the demo, which
        finds such a file at its end, fails."""
        self.proved = False
        said = io.StringIO()
        with contextlib.redirect_stdout(said), self.assertRaises(terminal.Stop) as stop:
            demo.show(cases.binary_dir() / "bin", limit=PACKAGES, seconds=1,
                      before_proof=self.tamper)
        self.assertTrue(self.proved, f"{said.getvalue()}\n{stop.exception}\n{stop.exception.hint}")
        self.assertIn("(t, h_t) of everything", str(stop.exception))
        self.assertIn("sidecar.seen", stop.exception.hint)

    def test_it_ends_with_0_when_all_of_it_was_seen(self):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            code = demo.show(cases.binary_dir() / "bin", limit=PACKAGES, seconds=1)
        self.assertEqual(code, 0)
        for figure in ("facts", "transactions", "commit, resolved to answered",
                       "push, commit to the sidecar", "push, commit to the mirror",
                       "signals raised"):
            self.assertIn(figure, said.getvalue())
        self.assertRegex(said.getvalue(), r"to the sidecar +p50 \d+\.\d ms, p99 \d+\.\d ms")

    def test_percentiles_of_a_histogram_are_within_their_bucket(self):
        buckets = {f'x_bucket{{le="{bound}"}}': count
                   for bound, count in (("0.001", 10), ("0.002", 90), ("0.004", 99), ("+Inf", 100))}
        for share, expected in ((0.05, "about 0.5 ms"), (0.5, "about 1.5 ms"), (0.9, "about 2 ms"),
                                (0.99, "about 4 ms"), (1, "over 4 ms")):
            self.assertEqual(demo.percentile(buckets, share), expected)
        self.assertEqual(demo.percentile({}, 0.5), "unknown")

    def tamper(self, stage):
        demo.proof(stage)
        for path in (stage.side_seen, stage.mirror_seen):
            lines = path.read_text().splitlines()
            self.assertGreater(len(lines), 10)
            for name, changed in tampered(lines).items():
                path.write_text("".join(line + "\n" for line in changed))
                with self.assertRaises(terminal.Stop, msg=f"{path.name}: {name}"):
                    demo.proof(stage)
            path.write_text("".join(line + "\n" for line in lines))
        lines = stage.side_seen.read_text().splitlines()
        stage.side_seen.write_text("\n".join(without(lines, len(lines) // 3)) + "\n")
        self.proved = True

    def begin(self, *words, before_proof="lambda stage: None"):
        """./dev demo as a process, with the programs of this build."""
        folder = cases.source_dir() / "cmake" / "dev"
        script = ("import sys, pathlib, demo, builds, runpy; "
                  f"sys.argv = ['./dev', 'demo', '--limit', '{PACKAGES}', *sys.argv[1:]]; "
                  f"builds.build = lambda *a: None; real = demo.show; "
                  f"programs = pathlib.Path('{cases.binary_dir()}') / 'bin'; "
                  f"demo.show = lambda _, *a: real(programs, *a, before_proof={before_proof}); "
                  f"runpy.run_path('{folder}/__main__.py', run_name='__main__')")
        process = subprocess.Popen([sys.executable, "-B", "-u", "-c", script, *words],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   start_new_session=True,
                                   env=os.environ | {"PYTHONPATH": str(folder)})
        self.addCleanup(lambda: (process.kill(), process.communicate()))
        return process

    def test_dev_demo_exits_1_when_a_line_of_what_was_seen_is_missing(self):
        delete = ("lambda stage: stage.mirror_seen.write_text("
                  "''.join(stage.mirror_seen.read_text().splitlines(True)[1:]))")
        process = self.begin("--for", "1s", before_proof=delete)
        _, said = process.communicate(timeout=DEADLINE_S)
        self.assertEqual(process.returncode, 1, said)
        self.assertIn("it is not true: (t, h_t) of everything", said)
        self.assertIn("mirror.seen", said)

    def interrupted(self, when, *words):
        """Ctrl-C as a terminal sends it, when a line begins so: the exit code and what it said."""
        process = self.begin(*words)
        out = ""
        for line in process.stdout:
            out += line
            if line.startswith(when):
                os.killpg(process.pid, signal.SIGINT)
        process.wait(DEADLINE_S)
        return process.returncode, out, process.stderr.read()

    def test_control_c_ends_it_and_all_is_proved(self):
        code, out, said = self.interrupted("== it goes on", "--for", "10min")
        self.assertEqual(code, 0, said)
        self.assertIn("claims, all true", out)

    def test_control_c_before_everything_was_shown_is_no_success(self):
        code, out, said = self.interrupted("== the package catalogue", "--for", "10min")
        self.assertNotEqual(code, 0)
        self.assertIn("interrupted before everything was shown", said)
        self.assertNotIn("claims", out)


if __name__ == "__main__":
    cases.main()
