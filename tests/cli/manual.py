"""The manual page says what the help says."""

import re
import shutil
import subprocess

import cases
import command

PAGE = cases.source_dir() / "docs" / "man" / "weft.1"


class Manual(command.TestCase):
    def helps(self):
        """Help of every command, by its words."""
        found, todo = {}, [()]
        while todo:
            words = todo.pop()
            text = command.run(*words, "--help").out
            found[words] = text
            section = re.search(r"\ncommands:\n((?:  .*\n)+)", text)
            if section:
                todo += [words + (line.split()[0],) for line in section[1].splitlines()]
        return found

    def options(self, text):
        return set(re.findall(r"(?<![\w-])--?[A-Za-z][a-z-]*", text))

    def test_every_command_and_option_is_in_the_page_and_no_other(self):
        source = PAGE.read_text()
        documented = set()
        for line in source.splitlines():
            flags = re.findall(r"Fl ((?:[A-Za-z-]+(?: , )?)+)", line)
            for group in flags:
                documented |= {"-" + name for name in re.findall(r"[A-Za-z-]+", group)}
        helps, offered = self.helps(), set()
        for words, text in helps.items():
            tables = text.split("\noptions:\n")[1]
            offered |= {o for line in tables.splitlines()
                        for o in self.options(line.split("  ")[1] if line.startswith("  ") else "")}
            offered |= {o for line in tables.splitlines() if line.startswith("      --")
                        for o in self.options(line.strip().split("  ")[0])}
            for word in words:
                self.assertIn(word, source, f"{words} is not in the page")
        self.assertGreater(len(offered), 20)
        self.assertEqual(offered - documented, set(), "not in the page")
        self.assertEqual(documented - offered, set(), "not in the help")

    def test_exit_codes_are_listed(self):
        section = PAGE.read_text().split(".Sh EXIT STATUS")[1].split(".Sh")[0]
        self.assertEqual(re.findall(r"^\.It (\d)", section, re.M), list("012345678"))

    def test_the_page_is_well_formed(self):
        if not shutil.which("mandoc"):
            self.skipTest("there is no mandoc here")
        done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", PAGE], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    cases.main()
