"""./dev demo on a part of the catalogue: all of it is seen to work, and when one line of what a
subscriber saw is missing, it fails."""

import contextlib
import io
import os
import subprocess
import sys

import cases

sys.path.insert(0, str(cases.source_dir() / "cmake" / "dev"))

import demo  # noqa: E402  (found by the line above)
import terminal  # noqa: E402

PACKAGES = 8000


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

    def test_dev_demo_exits_1_when_a_claim_does_not_hold(self):
        """The way from a claim to the exit code, without the demo before it."""
        folder = cases.source_dir() / "cmake" / "dev"
        script = ("import sys, demo; sys.argv = ['./dev', 'demo']; "
                  "import builds, runpy; builds.build = lambda *a: None; "
                  "demo.show = lambda *a, **k: demo.Stage.claim(None, 'so it is', False, 'no'); "
                  f"runpy.run_path('{folder}/__main__.py', run_name='__main__')")
        done = subprocess.run([sys.executable, "-B", "-c", script], capture_output=True, text=True,
                              env=os.environ | {"PYTHONPATH": str(folder)}, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("it is not true: so it is", done.stderr)


if __name__ == "__main__":
    cases.main()
