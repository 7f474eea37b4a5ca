"""The build says of which commit its sources are, and compiles nothing when that is as it was."""

import pathlib
import shutil
import subprocess
import tempfile

import cases

SCRIPT = cases.source_dir() / "cmake" / "WeftCommit.cmake"
TEMPLATE = cases.source_dir() / "console" / "daemon" / "commit.cpp.in"


@cases.unittest.skipUnless(shutil.which("git"), "there is no git here")
class Commit(cases.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weft-commit-")).resolve()
        self.addCleanup(shutil.rmtree, self.folder)
        self.sources = self.folder / "sources"
        self.sources.mkdir()
        self.output = self.folder / "commit.cpp"

    def git(self, *words):
        who = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", *who, "-C", self.sources, *words], check=True, text=True,
                              capture_output=True)
        return done.stdout.strip()

    def commit(self, text):
        (self.sources / "file").write_text(text)
        self.git("add", "file")
        self.git("commit", "-q", "-m", text)
        return self.git("rev-parse", "HEAD")

    def said(self, sources=None):
        subprocess.run(["cmake", "-D", f"SOURCE={sources or self.sources}", "-D",
                        f"TEMPLATE={TEMPLATE}", "-D", f"OUTPUT={self.output}", "-P", SCRIPT],
                       check=True, capture_output=True)
        return self.output.read_text().split('return "')[1].split('"')[0]

    def test_it_is_that_of_the_repository(self):
        self.git("init", "-q")
        first = self.commit("one")
        self.assertEqual(self.said(), first[:12])
        second = self.commit("two")
        self.assertEqual(self.said(), second[:12])
        self.git("tag", "a-name")
        self.assertEqual(self.said(), second[:12])
        (self.sources / "file").write_text("three")
        self.assertEqual(self.said(), second[:12] + "-dirty")

    def test_what_is_as_it_was_is_not_written_again(self):
        self.git("init", "-q")
        self.commit("one")
        self.said()
        before = self.output.stat().st_mtime_ns
        self.said()
        self.assertEqual(self.output.stat().st_mtime_ns, before)

    def test_outside_of_a_repository_it_is_unknown(self):
        self.assertEqual(self.said(), "unknown")
        self.git("init", "-q")
        self.assertEqual(self.said(), "unknown")  # nothing was committed
        self.commit("one")
        below = self.sources / "vendored"  # a copy in somebody else's repository
        below.mkdir()
        self.assertEqual(self.said(below), "unknown")


if __name__ == "__main__":
    cases.main()
