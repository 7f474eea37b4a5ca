"""What README.md shows of a node, command by command, against a weftd that was started as it says.
Only the ports are others, and PID is its process."""

import os
import re
import select
import shlex
import signal
import subprocess

import cases
import daemon

README = cases.source_dir() / "README.md"
ENDLESS = ("--follow", " stat")


def block_with(what):
    """The commands of the console block that has `what`, without what is said about them."""
    blocks = re.findall(r"```console\n(.*?)```", README.read_text(), re.S)
    lines = next(b for b in blocks if what in b).splitlines()
    return [re.sub(r"\s+#.*", "", line[2:]) for line in lines if line.startswith("$ ")]


class Readme(daemon.NodeCommands):
    def begin(self, words, env):
        process = subprocess.Popen(words, shell=True, cwd=self.folder.root, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=daemon.environment(env), process_group=0)
        self.addCleanup(lambda: (process.poll() is None and os.killpg(process.pid, 9),
                                 process.communicate()))
        return process

    def test_a_node_is_asked_as_shown(self):
        start, *about = block_with("$ weftd --config")
        self.assertEqual(shlex.split(start), ["weftd", "--config", "configs/single.json"])
        node = self.start()
        clients = self.tcp(node)
        env = {"PATH": f"{daemon.CLI.parent}:{os.environ['PATH']}", "WEFT_ENDPOINTS": clients}
        (self.folder.root / "people.csv").write_text(
            "user/email,user/name\nada@x.org,Ada Lovelace\ngrace@x.org,Grace\n")
        ran = 0
        for words in about + block_with("$ weft -e"):
            words = (words.replace("127.0.0.1:7401", f"127.0.0.1:{node.port}")
                     .replace("127.0.0.1:7400", clients).replace("PID", str(node.process.pid)))
            with self.subTest(words=words):
                self.assertNotIn(":74", words)
                running = self.begin(words, env)
                if any(word in words for word in ENDLESS):
                    self.assertTrue(select.select([running.stdout], [], [], daemon.DEADLINE_S)[0])
                    self.assertTrue(running.stdout.readline().strip())
                    os.killpg(running.pid, signal.SIGINT)
                out, err = running.communicate(timeout=daemon.DEADLINE_S)
                if not any(word in words for word in ENDLESS):
                    self.assertEqual(running.returncode, 0, out + err)
            ran += 1
        self.assertGreaterEqual(ran, 7)
        node.wait_for("config.reloaded")
        self.assertEqual(node.stop(), 0)


if __name__ == "__main__":
    cases.main()
