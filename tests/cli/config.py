"""weft config: every mistake at once, and where each effective value is from."""

import json
import os

import cases
import command

GOOD = """{
  "nodes": [{"id": "n1", "data_dir": "data"}],
  "log": {"level": "warn"}
}
"""
BAD = """{
  "nodes": [{"id": "n1", "data_dri": "data"}],
  "log": {"level": "inof"},
  "limits": {"idle_timeout": 60}
}
"""


class Config(command.TestCase):
    def config(self, verb, text, *words, code=0, env=None):
        """The command on a file of this text, from the file's folder."""
        self.folder.file("cluster.json", text)
        answer = command.run("config", verb, "cluster.json", *words, env=env,
                             cwd=self.folder.root)
        self.assertEqual(answer.code, code, answer.out + answer.err)
        return answer

    def nodes(self, count):
        return json.dumps({"nodes": [
            {"id": f"n{i}", "data_dir": f"d{i}", "client": {"socket": f"s{i}"},
             "peer": {"address": f"127.0.0.1:{7000 + i}"}} for i in range(1, count + 1)]})

    def test_a_good_file_is_told_to_be_good(self):
        answer = self.config("check", GOOD)
        self.assertEqual([row for row in answer.lines() if "in memory" not in row["reason"]], [])
        self.assertEqual(answer.err, "cluster.json is valid: 1 node, 1 shard\n")

    def test_all_mistakes_are_told_at_once_to_people(self):
        answer = self.config("check", BAD, "-o", "table", code=8)
        self.assertEqual(answer.out, """\
cluster.json:2:13: error: /nodes/0/data_dir: the node has no data_dir
  try: say it: a path
cluster.json:2:26: error: /nodes/0/data_dri: unknown key 'data_dri'
  try: did you mean "data_dir"?
cluster.json:3:20: error: /log/level: 'inof' is none of trace, debug, info, warn, error
  try: did you mean "info"?
cluster.json:4:30: error: /limits/idle_timeout: expected a duration such as "150ms", found a number
  try: write it as a string with its unit
""")
        self.assertEqual(answer.err, """\
error: cluster.json has 4 mistakes
config_invalid: the configuration is not valid
try: correct what is told above; `man weft.json` names every key
""")

    def test_all_mistakes_are_told_at_once_to_programs(self):
        rows = self.config("check", BAD, code=8).lines()
        self.assertEqual([row["pointer"] for row in rows],
                         ["/nodes/0/data_dir", "/nodes/0/data_dri", "/log/level",
                          "/limits/idle_timeout"])
        self.assertEqual(rows[2], {
            "severity": "error", "code": "bad_value", "pointer": "/log/level",
            "origin": "cluster.json:3", "line": 3, "column": 20,
            "reason": "'inof' is none of trace, debug, info, warn, error",
            "suggestion": 'did you mean "info"?'})
        self.assertEqual(len(self.config("check", BAD, "-o", "json", code=8).json()), 4)
        csv = self.config("check", BAD, "-o", "csv", code=8).out.splitlines()
        self.assertEqual(csv[0], "severity,code,pointer,origin,line,column,reason,suggestion")

    def test_a_mistake_of_print_is_told_in_the_same_words(self):
        answer = self.config("print", BAD, code=8)
        self.assertEqual(answer.out, "")
        self.assertIn("cluster.json:3:20: error: /log/level:", answer.err)
        self.assertIn("has 4 mistakes", answer.err)

    def printed(self, text, *words, env=None):
        rows = self.config("print", text, *words, env=env).lines()
        return {row["key"]: (row["value"], row["origin"]) for row in rows}

    def test_flags_before_environment_before_file_before_defaults(self):
        variables = {"WEFT_LOG_LEVEL": "debug", "WEFT_LOG_FORMAT": "json", "WEFT_LIMITS_MEMORY": ""}
        found = self.printed(GOOD, "--set", "log.level=trace", env=variables)
        self.assertEqual(found["log.level"], ("trace", "--set log.level"))
        self.assertEqual(found["log.format"], ("json", "WEFT_LOG_FORMAT"))
        self.assertEqual(found["limits.memory"], ("256MiB", "default"))
        self.assertEqual(found["nodes.n1.data_dir"], ("data", "cluster.json:2"))
        self.assertEqual(self.printed(GOOD)["log.level"], ("warn", "cluster.json:3"))
        self.assertEqual(self.printed(GOOD, env=variables)["log.level"],
                         ("debug", "WEFT_LOG_LEVEL"))

    def test_values_have_their_types(self):
        found = self.printed(GOOD)
        self.assertEqual(found["shards.count"][0], 1)
        self.assertIs(found["telemetry.metrics"][0], True)
        self.assertIsNone(found["tls.key_file"][0])

    def test_the_view_of_a_node(self):
        mine = self.printed(self.nodes(3), "--node", "n2", "--set", "node.data_dir=x")
        self.assertEqual(mine["nodes.n2.data_dir"], ("x", "--set node.data_dir"))
        self.assertNotIn("nodes.n1.data_dir", mine)
        self.assertEqual(self.printed(self.nodes(3), env={"WEFT_NODE": "n2"}).keys(), mine.keys())
        everybody = self.printed(self.nodes(3), "--set", "nodes.n3.priority=9")
        self.assertEqual(everybody["nodes.n3.priority"][0], 9)
        self.assertIn("nodes.n1.data_dir", everybody)
        answer = self.config("check", self.nodes(3), "--node", "n9", code=8)
        self.assertEqual(answer.lines()[0]["origin"], "--node")
        answer = self.config("check", self.nodes(3), code=8, env={"WEFT_NODE_DATA_DIR": "x"})
        self.assertEqual(answer.lines()[-1]["code"], "unknown_node")

    def test_variables_that_are_misspelt(self):
        answer = self.config("check", GOOD, env={"WEFT_LOG_LEVLE": "debug", "WEFT_OUTPUT": "jsonl",
                                                 "WEFT_SOMETHING_ELSE": "1"})
        rows = [row for row in answer.lines() if row["code"] == "unknown_key"]
        self.assertEqual([(row["origin"], row["suggestion"]) for row in rows],
                         [("WEFT_LOG_LEVLE", "did you mean WEFT_LOG_LEVEL?")])
        answer = self.config("check", GOOD, env={"WEFT_LOG_LEVEL": "loud"}, code=8)
        self.assertEqual(answer.lines()[0]["origin"], "WEFT_LOG_LEVEL")

    def test_what_this_version_cannot_run_is_a_warning(self):
        rows = self.config("check", self.nodes(3)).lines()
        self.assertEqual([(row["severity"], row["code"], row["pointer"]) for row in rows],
                         [("warning", "not_supported", "/nodes"),
                          ("warning", "not_supported", "/shards/count")])

    def test_files_of_tls_are_looked_at(self):
        key = self.folder.file("key.pem", "secret")
        for name in ("ca.pem", "cert.pem"):
            self.folder.file(name, "public")
        words = [w for name, file in (("ca", "ca.pem"), ("certificate", "cert.pem"),
                                      ("key", "key.pem"))
                 for w in ("--set", f"tls.{name}_file={file}")]
        key.chmod(0o600)
        self.config("check", GOOD, *words)
        key.chmod(0o640)
        rows = self.config("check", GOOD, *words, code=8).lines()
        told = [(row["code"], row["pointer"], row["suggestion"]) for row in rows
                if row["severity"] == "error"]
        self.assertEqual(told, [("insecure", "/tls/key_file", "chmod 600")])
        rows = self.config("check", BAD, *words, code=8).lines() # beside all other mistakes
        self.assertEqual([row["pointer"] for row in rows if row["severity"] == "error"],
                         ["/nodes/0/data_dir", "/nodes/0/data_dri", "/log/level",
                          "/limits/idle_timeout", "/tls/key_file"])
        os.remove(self.folder.root / "ca.pem")
        key.chmod(0o600)
        rows = self.config("print", GOOD, *words, code=8).err
        self.assertIn("/tls/ca_file: cannot read ca.pem: No such file or directory", rows)

    def test_a_folder_in_memory_is_doubtful(self):
        if not os.path.isdir("/dev/shm"):
            self.skipTest("there is no /dev/shm here")
        rows = self.config("check", GOOD, "--set", "node.data_dir=/dev/shm/weft/data").lines()
        self.assertIn("/dev/shm/weft/data is in memory", rows[0]["reason"])
        self.assertEqual((rows[0]["severity"], rows[0]["code"]), ("warning", "doubtful"))

    def test_what_cannot_be_read(self):
        answer = command.run("config", "check", "/nowhere/cluster.json")
        self.assertEqual(answer.code, 3)
        self.assertIn("No such file", answer.err)
        answer = command.run("config", "check", "-", stdin=b" " * (2 << 20))
        self.assertEqual(answer.code, 4)
        self.assertIn("bytes of a configuration", answer.err)
        answer = self.config("check", GOOD, "--set", "log.level", code=2)
        self.assertIn("--set takes KEY=VALUE", answer.err)
        self.assertEqual(command.run("config", "check").code, 2)
        self.assertEqual(command.run("config").code, 2)

    def test_what_is_shown_drives_no_terminal(self):
        name = json.dumps("\x1b[31m\u202e")
        answer = self.config("check", '{"nodes": [], %s: 1}' % name, "-o", "table", code=8)
        self.assertNotIn("\x1b[31m", answer.out)
        self.assertIn(r"\x1b", answer.out)

    def test_standard_input(self):
        answer = command.run("config", "check", "-", stdin=BAD.encode(), env={"WEFT_OUTPUT": "raw"})
        self.assertEqual(answer.code, 8)
        self.assertIn("standard input has 4 mistakes", answer.err)
        self.assertEqual(len(answer.out.splitlines()), 4)

    def test_completion(self):
        def offered(*words):
            return command.run("__complete", *words).out.splitlines()
        self.assertEqual(offered("config", ""), ["check", "print"])
        self.assertEqual(offered("config", "check", "--s"), ["--set", "--strict"])
        self.assertIn("raft.heartbeat=", offered("config", "print", "--set", "raft."))


if __name__ == "__main__":
    cases.main()
