"""What the rules read: the text files of the repository, or of a sample in a test."""

import dataclasses
import subprocess


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    what: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.what}" if self.line else f"{self.path}: {self.what}"


class Tree:
    """Texts by path, relative to the root with forward slashes."""

    def __init__(self, texts):
        self.texts = dict(texts)

    @staticmethod
    def of_repository(root):
        """What git tracks or would track; files that are not UTF-8 text are left out."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root,
            capture_output=True, text=True, check=True).stdout.split("\0")
        texts = {}
        for name in filter(None, listed):
            path = root / name
            if path.is_file() and not path.is_symlink():
                try:
                    texts[name] = path.read_text(encoding="utf-8")
                except UnicodeDecodeError:
                    pass
        return Tree(texts)

    def matching(self, *endings, under=""):
        """(path, text) of the files with one of these endings below a folder."""
        return [(path, text) for path, text in sorted(self.texts.items())
                if path.endswith(endings) and path.startswith(under)]

    def cpp(self, under=""):
        return self.matching(".hpp", ".cpp", under=under)


def numbered(text):
    return enumerate(text.split("\n"), 1)
