"""Options of weftd, mistakes of its configuration, and the manual page about both."""

import re
import shutil
import subprocess

import cases
import daemon

PAGE = cases.source_dir() / "docs" / "man" / "weftd.8"


class CommandLine(daemon.TestCase):
    def weftd(self, *words, code=0, env=None):
        found, out, err = daemon.run(self.folder, *words, env=env)
        self.assertEqual(found, code, out + err)
        return out, err

    def test_its_words_are_completed(self):
        def candidates(*words):
            return self.weftd("__complete", *words)[0].split()
        self.assertEqual(candidates("--che"), ["--check-config"])
        self.assertEqual(candidates("--log-level", "w"), ["warn"])
        self.assertEqual(candidates("--set", "node.client.a"), ["node.client.address="])
        self.assertEqual(candidates("--config", ""), [])  # the shell knows files
        script = (f"source <({daemon.CLI} completion bash); COMP_CWORD=1; "
                  f"COMP_WORDS=({daemon.PROGRAM} --ver); _weft; echo ${{COMPREPLY[@]}}")
        shown = subprocess.run(["bash", "-c", script], capture_output=True, text=True,
                               check=True, env=daemon.environment())
        self.assertEqual(shown.stdout.split(), ["--version"])

    def test_help_shows_two_examples_before_the_options(self):
        for flag in ("--help", "-h"):
            out, err = self.weftd(flag)
            self.assertEqual(err, "")
            examples = out.split("examples:\n")[1].split("\n\n")[0]
            self.assertEqual(len(examples.splitlines()), 2)
            self.assertLess(out.index("examples:"), out.index("options:"))

    def test_the_version(self):
        self.assertRegex(self.weftd("--version")[0], r"^weftd \d+\.\d+\.\d+\n$")

    def test_mistakes_of_the_command_line_exit_with_2(self):
        for words, told in (((), "--config"), (("--confg", "x"), "did you mean --config?"),
                            (("-c", "single.json", "extra"), "extra"),
                            (("-c", "single.json", "--set", "log.level"), "KEY=VALUE"),
                            (("-c",), "--help")):
            _, err = self.weftd(*words, code=2)
            self.assertIn(told, err)
            self.assertTrue(err.startswith("error: "))
        self.assertIn("not_found", self.weftd("-c", "nowhere.json", code=3)[1])

    def test_check_config_tells_all_mistakes_at_once(self):
        self.assertEqual(self.weftd("--check-config", "-c", "single.json")[0],
                         "single.json is valid\n")
        self.folder.change(lambda value: value.update(
            log={"level": "inof"}, telemetry={"facts_interval": "1"}, nonsense=1))
        _, err = self.weftd("--check-config", "-c", "single.json", code=8)
        for pointer in ("/log/level", "/telemetry/facts_interval", "/nonsense"):
            self.assertIn(pointer, err)
        self.assertIn('did you mean "info"?', err)
        self.assertIn("3 mistakes", err)
        self.assertEqual(err.count("\n"), self.weftd("-c", "single.json", code=8)[1].count("\n"))
        self.assertFalse(self.folder.data.exists())

    def test_check_config_says_what_weft_config_check_says(self):
        self.folder.change(lambda value: value.update(log={"level": "inof"}, nonsense=1))
        _, ours = self.weftd("--check-config", "-c", "single.json", code=8)
        done = subprocess.run([daemon.CLI, "config", "check", "-o", "table", "single.json"],
                              capture_output=True, text=True, check=False, cwd=self.folder.root,
                              env=daemon.environment())
        self.assertEqual(done.returncode, 8)
        self.assertEqual(done.stdout + done.stderr, ours)

    def test_what_cannot_run_yet_is_a_doubt_to_check_and_a_mistake_to_run(self):
        path = cases.source_dir() / "configs" / "three-nodes.json"
        _, err = self.weftd("--check-config", "-c", path, "-n", "n1")
        self.assertIn("warning:", err)
        _, err = self.weftd("-c", path, "-n", "n1", code=8)
        self.assertIn("error:", err)

    def test_keys_that_this_version_does_not_use_are_told_and_those_that_matter_refused(self):
        for name in ("ca", "certificate", "key"):
            (self.folder.root / name).touch(0o600)
        refused = {
            "/tls/key_file": {"tls": {"ca_file": "ca", "certificate_file": "certificate",
                                      "key_file": "key"}},
            "/shards/count": {"shards": {"count": 2}},
            "/retention/history": {"retention": {"history": "30d"}},
            "/retention/cursors": {"retention": {"cursors": "30d"}}}
        good = self.folder.config.read_text()
        for pointer, keys in refused.items():
            self.folder.config.write_text(good)
            self.folder.change(lambda value, more=keys: value.update(more))
            with self.subTest(pointer=pointer):
                out, err = self.weftd("--check-config", "-c", "single.json")
                self.assertIn("does not run it", out)
                self.assertIn(pointer, err)
                self.assertIn("warning: ", err)
                _, err = self.weftd("-c", "single.json", code=8)
                self.assertIn(pointer, err)
        told = {"/raft/heartbeat": {"raft": {"heartbeat": "40ms"}},
                "/nodes/0/priority": None}
        for pointer, keys in told.items():
            self.folder.config.write_text(good)
            self.folder.change(lambda value, more=keys: value.update(more) if more
                               else value["nodes"][0].update(priority=7))
            with self.subTest(pointer=pointer):
                out, err = self.weftd("--check-config", "-c", "single.json")
                self.assertEqual(out, "single.json is valid\n")
                self.assertIn(pointer, err)
                node = self.start()
                (issue,) = node.find("config.issue")
                self.assertEqual((issue["severity"], issue["pointer"]), ("warning", pointer))
                self.assertEqual(node.stop(), 0)
        self.folder.config.write_text(good)
        for words in (("shards.replicas=2",), ("limits.subscriptions=4097",),
                      ("limits.subscription_window=1MiB",)):
            _, err = self.weftd("--check-config", "-c", "single.json", "--set", *words, code=8)
            self.assertIn("error: ", err)

    def test_flags_win_over_the_environment_and_that_over_the_file(self):
        self.folder.change(lambda value: value.update(log={"level": "error"}))
        quiet = self.start("--log-level", "info", env={"WEFT_LOG_LEVEL": "error"})
        quiet.stop()
        said = self.start(env={"WEFT_LOG_LEVEL": "info"})
        said.stop()
        wrong = {"WEFT_LOG_LEVEL": "nonsense"}
        self.assertIn("WEFT_LOG_LEVEL",
                      self.weftd("--check-config", "-c", "single.json", env=wrong, code=8)[1])

    def test_the_node_is_that_of_the_flag_or_the_environment(self):
        for words, env in ((("-n", "n9"), {}), ((), {"WEFT_NODE": "n9"})):
            _, err = self.weftd("--check-config", "-c", "single.json", *words, env=env, code=8)
            self.assertIn("n9", err)


class Manual(daemon.TestCase):
    def test_every_option_is_in_the_page_and_no_other(self):
        _, out, _ = daemon.run(self.folder, "--help")
        table = out.split("options:\n")[1].split("\n\n")[0]
        offered = {flag for line in table.splitlines()
                   for flag in re.findall(r"(?<![\w-])--?[A-Za-z][a-z-]*",
                                          line.strip().split("  ")[0])}
        documented = set()
        for line in PAGE.read_text().splitlines():
            if line.startswith(".It Fl"):
                documented |= {"-" + name for name in
                               re.findall(r"(?:Fl |, )(-?[A-Za-z][a-z-]*)", line)}
        self.assertGreater(len(offered), 8)
        self.assertEqual(offered, documented)

    def test_the_page_is_well_formed(self):
        if not shutil.which("mandoc"):
            self.skipTest("there is no mandoc here")
        done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", PAGE], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    cases.main()
