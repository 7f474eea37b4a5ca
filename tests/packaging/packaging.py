"""Weft as others use it: each small project here is configured, built and run."""

import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess

import cases


def run(*command, cwd=None):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False, cwd=cwd)
    if done.returncode:
        raise AssertionError(f"'{' '.join(map(str, command))}' failed with exit code"
                             f" {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout


class Packaging(cases.TestCase):
    @classmethod
    def setUpClass(cls):
        # The build folders are kept: the second run compiles only what changed.
        cls.work = cases.binary_dir() / "packaging"
        cls.prefix = cls.work / "prefix"
        cls.moved = cls.work / "moved"
        for old in (cls.prefix, cls.moved):
            shutil.rmtree(old, ignore_errors=True)
        run("cmake", "--install", cases.binary_dir(), "--prefix", cls.prefix)

    def build(self, project, *definitions):
        """Builds a project of this folder; returns its build folder."""
        folder = self.work / project
        launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        run("cmake", "-G", "Ninja", "-S", pathlib.Path(__file__).parent / project, "-B", folder,
            "-DCMAKE_CXX_FLAGS=-O0", *launcher, *definitions)
        run("cmake", "--build", folder, "--parallel", len(os.sched_getaffinity(0)))
        return folder

    def check_programs(self, folder):
        self.assertRegex(run(folder / "consumer"), r"^weft \d+\.\d+\.\d+\n$")
        shutil.rmtree(folder / "facts", ignore_errors=True)
        facts = run(folder / "readme", cwd=folder)
        self.assertIn("name: 1\n", facts)
        self.assertIn("born: 1\n", facts)

    def test_find_package_after_installation(self):
        folder = self.build("find_package", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.check_programs(folder)
        shutil.rmtree(folder / "streamed", ignore_errors=True)
        self.assertEqual(run(folder / "listen", cwd=folder),
                         "1 user/name Ada\n2 user/name Grace\n")
        nobody = subprocess.run([folder / "follow"], env={"WEFT_ENDPOINTS": "127.0.0.1:1"},
                                capture_output=True, check=False)
        self.assertEqual(nobody.returncode, 1)
        self.assertIn(b"unreachable: nobody answers at 127.0.0.1:1", nobody.stdout)
        self.check_follow(folder)

    def check_follow(self, folder):
        """The example follows the weftd that was installed."""
        home = folder / "node"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        config = json.loads((cases.source_dir() / "configs" / "single.json").read_text())
        config["cluster"]["name"] = "users"
        (home / "users.json").write_text(json.dumps(config))
        anywhere = [word for door in ("client", "peer", "http")
                    for word in ("--set", f"node.{door}.address=127.0.0.1:0")]
        node = subprocess.Popen([self.prefix / "sbin" / "weftd", "--config", "users.json",
                                 *anywhere], cwd=home, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (node.kill(), node.communicate()))
        port = next(said["port"] for said in map(json.loads, node.stderr)
                    if said["event"] == "peers.started")
        follow = subprocess.Popen(["stdbuf", "-oL", folder / "follow"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True,
                                  env={**os.environ, "WEFT_ENDPOINTS": f"127.0.0.1:{port}"})
        self.addCleanup(lambda: (follow.kill(), follow.communicate()))
        self.assertEqual(follow.stdout.readline(), "1: 4 facts\n")
        self.assertEqual(follow.communicate("\n", timeout=60)[0], "")
        self.assertEqual(follow.returncode, 0)

    def test_find_package_after_the_prefix_moved(self):
        shutil.copytree(self.prefix, self.moved, symlinks=True)
        run("cmake", "-G", "Ninja", "-S", pathlib.Path(__file__).parent / "find_package", "-B",
            self.work / "find_package_moved", f"-DCMAKE_PREFIX_PATH={self.moved}")
        for file in self.moved.rglob("WeftTargets*.cmake"):
            self.assertNotIn(str(self.prefix), file.read_text())

    def test_add_subdirectory(self):
        """Also what a host does that has no framework of actors."""
        folder = self.build("add_subdirectory", "-DWEFT_ACTORS=OFF")
        self.check_programs(folder)
        self.assertFalse(list(folder.rglob("weft_test_*")), "a host builds no tests of ours")
        self.assertFalse((folder / "weft" / "bin").exists(), "a host builds no programs of ours")

    def test_the_installed_find_modules(self):
        folder = self.build("find_modules", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.assertEqual(run(folder / "uses_caf"), "caf 42\n")
        store = self.work / "store"
        store.mkdir(exist_ok=True)
        self.assertEqual(run(folder / "uses_lmdb", store), "lmdb 0.9\n")

    def test_public_headers_need_only_what_is_installed(self):
        include = self.prefix / "include"
        self.assertEqual(compile_headers(include, sorted(include.rglob("*.hpp"))), "")

    def test_every_public_header_compiles_alone(self):
        """A header with a source does: the source begins with it, says a rule of the house."""
        include = self.prefix / "include"
        headers = [header for header in sorted(include.rglob("*.hpp"))
                   if not source_of(header.relative_to(include / "weft")).exists()]
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            found = pool.map(lambda one: compile_headers(include, [one]), headers)
            for header, wrong in zip(headers, found):
                with self.subTest(header=str(header.relative_to(include))):
                    self.assertEqual(wrong, "")


def source_of(header):
    return (cases.source_dir() / header).with_suffix(".cpp")


def compile_headers(include, headers):
    """What the compiler says of a file that includes these headers only."""
    text = "".join(f'#include "{header.relative_to(include)}"\n' for header in headers)
    return subprocess.run(
        ["g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Werror", f"-I{include}", "-x", "c++",
         "-"], input=text, capture_output=True, text=True, check=False).stderr


if __name__ == "__main__":
    cases.main()
