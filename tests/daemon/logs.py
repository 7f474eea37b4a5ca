"""What the daemon logs is what docs/events.md says, line by line."""

import datetime
import os
import pty
import pwd
import re
import socket
import time

import cases
import daemon

DOCUMENT = cases.source_dir() / "docs" / "events.md"
TABLE = cases.source_dir() / "core" / "base" / "log_event.def"
COMMON = ["ts", "level", "node", "component", "event", "msg"]


def table():
    """{name: (level, component)} of log_event.def."""
    rows = re.findall(r'^WEFT_LOG_EVENT\(\w+,\s*"([\w.]+)",\s*(\w+),\s*"(\w+)"', TABLE.read_text(),
                      re.M)
    return {name: (level, component) for name, level, component in rows}


def document():
    """{name: (level, component, fields)} of docs/events.md."""
    rows = re.findall(r"^\| `([\w.]+)` \| (\w+) \| (\w+) \|([^|]*)\|", DOCUMENT.read_text(), re.M)
    return {name: (level, component, set(re.findall(r"`(\w+)`", fields)))
            for name, level, component, fields in rows}


class Events(daemon.TestCase):
    def test_the_document_lists_every_event_and_no_other(self):
        documented = {name: row[:2] for name, row in document().items()}
        self.assertEqual(documented, table())

    def test_every_event_is_said_somewhere(self):
        names = re.findall(r"^WEFT_LOG_EVENT\((\w+),", TABLE.read_text(), re.M)
        text = "".join(path.read_text() for folder in ("actors", "fabric", "console")
                       for path in (cases.source_dir() / folder).rglob("*.cpp"))
        for name in names:
            self.assertIn(f"log_event::{name}", text)

    def fields_in_source(self):
        """{event: fields} of each note(...) in the sources."""
        found = {}
        for folder in ("actors", "fabric", "console"):
            for path in (cases.source_dir() / folder).rglob("*.cpp"):
                for note in re.findall(r"\bnote\(\s*\*.*?\);\n", path.read_text(), re.S):
                    event = re.search(r"log_event::(\w+)", note).group(1)
                    found.setdefault(event, set()).update(re.findall(r'\{+"(\w+)",', note))
        return found

    def test_the_fields_of_each_event_are_those_of_the_document(self):
        ids = dict(re.findall(r'^WEFT_LOG_EVENT\((\w+),\s*"([\w.]+)"', TABLE.read_text(), re.M))
        said = {ids[event]: fields for event, fields in self.fields_in_source().items()}
        said["log.suppressed"] = {"of", "lines"}  # made by the log itself
        self.assertEqual(said, {name: row[2] for name, row in document().items()})
        for fields in said.values():
            self.assertEqual(fields & set(COMMON), set())


class Lines(daemon.TestCase):
    def test_lines_are_json_with_the_documented_fields(self):
        node = self.start("--set", "telemetry.facts_interval=100ms", "--log-level", "trace")
        node.signal("HUP")
        node.wait_for("config.reloaded")
        self.assertEqual(node.stop(), 0)
        rows = document()
        for line in node.lines:
            with self.subTest(line=line):
                self.assertEqual(list(line)[:6], COMMON)
                level, component, fields = rows[line["event"]]
                self.assertEqual((line["level"], line["component"]), (level, component))
                self.assertEqual(set(line) - set(COMMON), fields)
                self.assertRegex(line["ts"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        when = datetime.datetime.fromisoformat(node.lines[0]["ts"].replace("Z", "+00:00"))
        self.assertLess(abs(when.timestamp() - time.time()), 300)

    def test_the_level_is_honoured(self):
        node = self.start("--log-level", "warn", ready=False)
        daemon.wait_until(lambda: (self.folder.data / "wal" / "committed").exists(), "the log")
        self.assertEqual(node.stop(), 0)
        self.assertEqual([line for line in node.lines if line["level"] == "info"], [])

    def on_terminal(self, env):
        ours, theirs = pty.openpty()
        node = self.start(ready=False, stderr=theirs, env=env)
        os.close(theirs)
        text = b""
        while b"node.started" not in text:
            text += os.read(ours, 65536)
        node.signal("TERM")
        self.assertEqual(node.process.wait(60), 0)
        os.close(ours)
        return text.decode()

    def test_on_a_terminal_it_is_short_text(self):
        text = self.on_terminal({})
        self.assertIn("\x1b[", text)
        self.assertNotIn("{", text)
        for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            text = self.on_terminal(env)
            self.assertNotIn("\x1b", text)
            self.assertRegex(text, r"\d\d:\d\d:\d\d\.\d{3} info  node\.started: the node is ready")

    def test_the_format_can_be_chosen(self):
        code, _, err = daemon.run(self.folder, "-c", self.folder.config, "--set", "log.format=text",
                                  "--set", "node.http.address=192.0.2.1:1",
                                  "--set", "tls.insecure=true")
        self.assertEqual(code, 1)
        self.assertIn("node.start_failed: cannot listen at 192.0.2.1:1", err)


class Clients(daemon.NodeCommands):
    def test_it_says_who_came_and_why_they_left(self):
        """The command says which user runs it; who says nothing, or the wrong thing, is nobody."""
        node = self.start()
        tcp = self.tcp(node)
        self.weft("status", "-e", tcp)
        here = node.wait_for("client.connected")
        self.assertEqual(here["principal"], pwd.getpwuid(os.geteuid()).pw_name)
        self.assertRegex(here["program"], r"^weft \d")
        self.assertEqual(here["version"], 1)
        self.assertRegex(here["peer"], r"^127\.0\.0\.1:\d+$")
        gone = node.wait_for("client.closed", peer=here["peer"])
        self.assertEqual(gone["principal"], here["principal"])
        self.assertEqual((gone["errc"], gone["why"]), ("none", "it left by itself"))
        self.assertGreater(gone["requests"], 0)
        self.assertGreater(gone["bytes_out"], gone["bytes_in"])
        self.weft("status", "-e", self.socket)
        node.wait_for("client.closed", peer="unix", errc="none")
        self.weft("status", "-e", tcp, "--cluster", "other", code=2)
        wrong = node.wait_for("client.closed", errc="cluster_mismatch")
        self.assertEqual((wrong["principal"], wrong["program"]), ("", ""))
        with socket.create_connection(("127.0.0.1", int(tcp.rpartition(":")[2]))) as knock:
            name = "%s:%d" % knock.getsockname()
        broke = node.wait_for("client.closed", peer=name, errc="unreachable")
        self.assertIn("End of file", broke["why"])
        self.assertEqual(len([one for one in node.lines if one["event"] == "client.connected"]), 2)


if __name__ == "__main__":
    cases.main()
