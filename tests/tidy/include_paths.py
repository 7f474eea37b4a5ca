"""The compiler enforces the layers: with the include paths of a module, a header of a module above
it does not exist (docs/decisions/0001-layers-by-include-path.md)."""

import json
import subprocess

import cases
from rules.layers import LAYERS


def include_flags(module):
    """The include paths that the build gives to the sources of a module."""
    text = (cases.binary_dir() / "compile_commands.json").read_text()
    for row in json.loads(text):
        if row["file"].startswith(str(cases.source_dir() / module) + "/"):
            return [word for word in row["command"].split() if word.startswith(("-I", "-isystem"))]
    return None


def finds(flags, header):
    """Whether a source compiled with these flags can include the header."""
    return subprocess.run(["g++", "-std=c++20", "-fsyntax-only", "-xc++", *flags, "-"],
                          input=f'#if !__has_include("{header}")\n#error\n#endif\n', text=True,
                          capture_output=True, check=False).returncode == 0


def a_header_of(module):
    """The name of some header, as others include it."""
    header = min((cases.source_dir() / module).rglob("*.hpp"))
    return f"weft/{header.relative_to(cases.source_dir())}"


class IncludePaths(cases.TestCase):
    def setUp(self):
        self.modules = [m for m in LAYERS if (cases.source_dir() / m / "CMakeLists.txt").exists()]

    def test_a_module_finds_itself_and_core(self):
        for module in self.modules:
            self.assertTrue(finds(include_flags(module), a_header_of("core")), module)

    def test_a_module_does_not_find_those_above_it(self):
        for index, module in enumerate(self.modules):
            for above in self.modules[index + 1:]:
                with self.subTest(module=module, above=above):
                    if list((cases.source_dir() / above).rglob("*.hpp")):
                        self.assertFalse(finds(include_flags(module), a_header_of(above)))


if __name__ == "__main__":
    cases.main()
