"""Weft as others use it: each small project here is configured, built and run."""

import concurrent.futures
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

    def test_find_package_after_the_prefix_moved(self):
        shutil.copytree(self.prefix, self.moved, symlinks=True)
        run("cmake", "-G", "Ninja", "-S", pathlib.Path(__file__).parent / "find_package", "-B",
            self.work / "find_package_moved", f"-DCMAKE_PREFIX_PATH={self.moved}")
        for file in self.moved.rglob("WeftTargets*.cmake"):
            self.assertNotIn(str(self.prefix), file.read_text())

    def test_add_subdirectory(self):
        folder = self.build("add_subdirectory")
        self.check_programs(folder)
        self.assertFalse(list(folder.rglob("weft_test_*")), "a host builds no tests of ours")

    def test_the_installed_find_modules(self):
        folder = self.build("find_modules", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.assertEqual(run(folder / "uses_caf"), "caf 42\n")
        store = self.work / "store"
        store.mkdir(exist_ok=True)
        self.assertEqual(run(folder / "uses_lmdb", store), "lmdb 0.9\n")

    def test_every_public_header_compiles_alone(self):
        """An installed header includes all it needs, and only what is installed."""
        include = self.prefix / "include"
        headers = sorted(include.rglob("*.hpp"))
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            for header, wrong in zip(headers, pool.map(compile_alone, headers)):
                with self.subTest(header=str(header.relative_to(include))):
                    self.assertEqual(wrong, "")


def compile_alone(header):
    """What the compiler says of a file that includes this header only."""
    include = next(folder for folder in header.parents if folder.name == "include")
    return subprocess.run(
        ["g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Werror", f"-I{include}", "-x", "c++",
         "-include", str(header), "/dev/null"], capture_output=True, text=True, check=False).stderr


if __name__ == "__main__":
    cases.main()
