"""Weft as others use it: each small project here is configured, built and run."""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import tempfile

import cases


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise AssertionError(f"'{' '.join(map(str, command))}' failed with exit code"
                             f" {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout


class Packaging(cases.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="weft-packaging-"))
        cls.addClassCleanup(shutil.rmtree, cls.work)
        cls.prefix = cls.work / "prefix"
        run("cmake", "--install", cases.binary_dir(), "--prefix", cls.prefix)

    def build(self, project, *definitions):
        """Builds a project of this folder; returns its build folder."""
        folder = self.work / project
        launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        run("cmake", "-G", "Ninja", "-S", pathlib.Path(__file__).parent / project, "-B", folder,
            "-DCMAKE_BUILD_TYPE=Debug", *launcher, *definitions)
        run("cmake", "--build", folder, "--parallel", len(os.sched_getaffinity(0)))
        return folder

    def test_find_package_after_installation(self):
        folder = self.build("find_package", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.assertRegex(run(folder / "consumer"), r"^weft \d+\.\d+\.\d+\n$")

    def test_find_package_after_the_prefix_moved(self):
        moved = self.work / "moved"
        shutil.copytree(self.prefix, moved, symlinks=True)
        folder = self.work / "find_package_moved"
        run("cmake", "-G", "Ninja", "-S", pathlib.Path(__file__).parent / "find_package", "-B",
            folder, f"-DCMAKE_PREFIX_PATH={moved}")
        targets = (moved / "lib").rglob("WeftTargets*.cmake")
        for file in targets:
            self.assertNotIn(str(self.prefix), file.read_text())

    def test_add_subdirectory(self):
        folder = self.build("add_subdirectory")
        self.assertRegex(run(folder / "consumer"), r"^weft \d+\.\d+\.\d+\n$")
        self.assertFalse(list(folder.rglob("weft_test_*")), "a host builds no tests of ours")

    def test_the_installed_find_modules(self):
        folder = self.build("find_modules", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.assertEqual(run(folder / "uses_caf"), "caf 42\n")
        store = self.work / "store"
        store.mkdir()
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
