"""The scripts that `weft completion` prints, in the shells that are here."""

import shutil
import subprocess

import cases
import command


class Completion(command.TestCase):
    def candidates(self, *words, env=None):
        return command.run("__complete", *words, env=env).out.splitlines()

    def test_words_of_the_grammar(self):
        self.assertEqual(self.candidates("sta"), ["status", "stat"])
        self.assertEqual(self.candidates("wal", ""), ["tail", "poll", "verify", "dump"])
        self.assertEqual(self.candidates("status", "-o", "c"), ["csv"])
        self.assertEqual(self.candidates("tx", "submit", "--dr"), ["--dry-run"])

    def test_attributes_come_from_the_data_folder(self):
        self.people()
        where = {"WEFT_DATA": str(self.folder.data)}
        self.assertEqual(self.candidates("datoms", "avet", ":user/a", env=where),
                         [":user/age", ":user/alias"])
        found = self.candidates("-d", str(self.folder.data), "history", "1", ":user/em")
        self.assertEqual(found, [":user/email"])
        for words in (("datoms", "avet"), ("datoms", "eavt", "7"), ("history", "7"), ("schema",)):
            with self.subTest(words=words):
                self.assertIn(":user/age", self.candidates(*words, "", env=where))
        self.assertNotIn(":user/age", self.candidates("datoms", "eavt", "", env=where))
        self.assertEqual(self.candidates("datoms", "avet", ":user/a"), [])
        self.assertEqual(self.candidates("-d", "/nowhere", "datoms", "avet", ":u"), [])

    def shell(self, name, script):
        if not shutil.which(name):
            self.skipTest(f"there is no {name} here")
        done = subprocess.run([name, "-c", script], capture_output=True, text=True, check=False,
                              env=command.environment())
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split()

    def test_bash(self):
        weft = command.PROGRAM
        offered = self.shell("bash", f"""
            source <({weft} completion bash)
            COMP_WORDS=({weft} wal t); COMP_CWORD=2; _weft; echo "${{COMPREPLY[@]}}" """)
        self.assertEqual(offered, ["tail"])

    def test_zsh_reads_its_script(self):
        self.shell("zsh", f"compdef() {{ :; }}; source <({command.PROGRAM} completion zsh)")

    def test_fish_reads_its_script(self):
        self.shell("fish", f"{command.PROGRAM} completion fish | source")

    def test_unknown_shells_are_refused(self):
        self.assertEqual(command.run("completion", "tcsh").code, 2)


if __name__ == "__main__":
    cases.main()
