"""The first session of README.md, command by command, with what a person sees."""

import os
import re

import cases
import command

README = cases.source_dir() / "README.md"


def steps():
    """(command, what it prints) of the block that speaks of weft."""
    blocks = re.findall(r"```console\n(.*?)```", README.read_text(), re.S)
    block = next(b for b in blocks if "$ weft " in b)
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return [(words, "\n".join(lines)) for words, lines in found]


def timeless(text):
    """Without what is another at every run: clocks, and hashes of what they say."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME", text)
    return re.sub(r"^(seconds|facts per second|commit us p\d\d|chain) .*", r"\1", text,
                  flags=re.M)


class Readme(command.TestCase):
    def test_the_first_session_is_as_shown(self):
        env = {"PATH": f"{command.PROGRAM.parent}:{os.environ['PATH']}", "TERM": "dumb"}
        ran = 0
        for words, expected in steps():
            if words.startswith("export "):
                name, value = words.split()[1].split("=")
                env[name] = value
                continue
            seen = command.run_on_terminal("-c", words, program="/bin/sh", env=env,
                                           folder=self.folder.root)
            with self.subTest(words=words):
                lines = [line.rstrip() for line in seen.out.splitlines()]
                self.assertEqual(timeless("\n".join(lines).strip()), timeless(expected.strip()))
            ran += 1
        self.assertGreater(ran, 5)


if __name__ == "__main__":
    cases.main()
