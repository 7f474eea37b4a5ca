"""How a daemon ends when something is in its way: work, failures, what never ends."""

import fcntl
import os
import pathlib
import re
import select
import socket
import subprocess
import time

import cases
import daemon

PIPE_BYTES = 8192
SECOND_S = 1.1
LINES = daemon.limit("log_event_lines_max")


class Endings(daemon.TestCase):
    def slow_when_told(self, *words, ms, **env):
        """A node on which the sync of transact() takes long."""
        self.trigger = self.folder.root / "slow"
        return self.start("--set", "telemetry.facts_interval=none", *words, env={
            "LD_PRELOAD": str(daemon.SLOW_SYNC), "WEFT_TEST_SLOW_SYNC_MS": str(ms),
            "WEFT_TEST_SLOW_SYNC_ONCE": str(self.trigger), **env})

    def transact(self, node):
        """The transaction of a client is under way: its sync takes long."""
        port = node.wait_for("clients.started")["port"]
        words = [daemon.CLI, "-e", f"127.0.0.1:{port}", "tx", "[{:a/b 1}]"]
        subprocess.run(words, env=daemon.environment(), stdout=subprocess.DEVNULL, check=True,
                       timeout=daemon.DEADLINE_S)  # declares the attribute
        self.trigger.touch()
        client = subprocess.Popen(words, env=daemon.environment(), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True)
        self.addCleanup(client.stderr.close)
        self.addCleanup(client.kill)
        daemon.wait_until(lambda: node.metrics()["weft_request_credit_used_bytes"] > 0
                          and not self.trigger.exists(), "a request that waits for the disk")

    def test_term_while_it_opens_ends_it_with_0_at_once(self):
        node = self.start("--set", "limits.shutdown_timeout=1s", ready=False,
                          env={"LD_PRELOAD": str(daemon.SLOW_SYNC),
                               "WEFT_TEST_SLOW_SYNC_MS": "20000"})
        node.wait_for("recovery.begun")
        begun = time.monotonic()
        self.assertEqual(node.stop(), 0)
        self.assertLess(time.monotonic() - begun, 15)
        self.assertEqual(node.lines[-1]["event"], "node.stopped")
        self.assertFalse(node.find("node.start_failed"))
        again = self.start()  # nobody holds the folder
        self.assertEqual(again.stop(), 0)

    def test_a_request_under_way_has_all_of_the_time_to_stop_in(self):
        node = self.slow_when_told("--set", "limits.shutdown_timeout=30s", ms=11_500)
        self.transact(node)
        self.assertEqual(node.stop(), 0)
        self.assertFalse(node.find("actor.killed"))  # no connection was cut
        self.assertEqual(self.folder.weft("status")[0]["t"], 2)

    def test_a_part_that_fails_while_it_stops_is_the_reason_of_its_end(self):
        node = self.slow_when_told(ms=3000, WEFT_TEST_SLOW_SYNC_FAILS="1")
        self.transact(node)
        node.signal("TERM")
        node.wait_for("node.stopping")
        self.assertEqual(node.wait(), 1)
        stopping = [line["event"] for line in node.lines].index("node.stopping")
        self.assertNotIn("storage.failed", [line["event"] for line in node.lines[:stopping]])
        last = node.lines[-1]
        self.assertEqual((last["event"], last["errc"]), ("node.ended", "storage_failed"))
        self.assertIn("log_writer", last["why"])

    def test_what_never_ends_is_named_and_left_behind(self):
        trigger = self.folder.root / "hang"
        node = self.start("--set", "limits.shutdown_timeout=1s",
                          env={"LD_PRELOAD": str(daemon.HANGING_JOIN),
                               "WEFT_TEST_HANG_JOIN_ONCE": str(trigger)})
        trigger.touch()
        self.assertEqual(node.stop(), 1)
        last = node.lines[-1]
        self.assertEqual((last["event"], last["running"]), ("node.stop_late", "the pages"))


class StandardError(daemon.TestCase):
    """A standard error that nobody reads. The test has both ends of it: it sees when it is full."""

    def start_with_pipe(self):
        """A node that is ready."""
        self.ours, self.theirs = os.pipe()
        self.addCleanup(os.close, self.ours)
        self.addCleanup(self.close_theirs)
        fcntl.fcntl(self.theirs, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        with socket.create_server(("127.0.0.1", 0)) as picked:
            self.port = picked.getsockname()[1]
        node = self.start(ready=False, stderr=self.theirs, port=self.port)
        daemon.wait_until(self.is_ready, "the node is ready")
        return node

    def close_theirs(self):
        if self.theirs is not None:
            os.close(self.theirs)
            self.theirs = None

    def is_ready(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as page:
                page.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
                return b" 200 " in page.recv(4096)
        except OSError:
            return False

    def takes_more(self):
        return bool(select.select([], [self.theirs], [], 0)[1])

    def hang_up(self, node):
        """Sends HUP, two lines, until the node has taken it: one that waits would hide a second."""
        status = pathlib.Path(f"/proc/{node.process.pid}/status")
        node.signal("HUP")
        daemon.wait_until(lambda: not int(re.search(r"^ShdPnd:\s*(\w+)", status.read_text(),
                                                    re.M).group(1), 16) & 1, "HUP is taken")
        time.sleep(SECOND_S / LINES)  # no line is left out because there are too many

    def fill(self, node):
        """Until it takes nothing more, and the node has given up a line because of that."""
        until = time.monotonic() + daemon.DEADLINE_S
        while self.takes_more():
            self.assertLess(time.monotonic(), until, "standard error is never full")
            self.hang_up(node)
        self.hang_up(node)  # its first line waits for as long as one may
        self.hang_up(node)  # is taken when that is over

    def read_until(self, enough):
        """What is read until `enough(text)`, or to its end."""
        text, until = b"", time.monotonic() + daemon.DEADLINE_S
        while not enough(text):
            left = max(0, until - time.monotonic())
            self.assertTrue(select.select([self.ours], [], [], left)[0], f"nothing after {text}")
            piece = os.read(self.ours, 65536)
            if not piece:
                break
            text += piece
        return text

    def read_to_the_end(self):
        self.close_theirs()
        return self.read_until(lambda text: False)

    def test_one_that_nobody_reads_holds_up_nothing(self):
        node = self.start_with_pipe()
        self.fill(node)
        daemon.wait_until(self.is_ready, "it is ready still")
        node.signal("TERM")
        self.assertEqual(node.process.wait(daemon.DEADLINE_S), 0)
        self.assertFalse(self.takes_more())  # it was full all the time
        text = self.read_to_the_end()
        self.assertLessEqual(len(text), PIPE_BYTES)
        self.assertNotIn(b"node.stopped", text)

    def test_what_was_left_out_is_said_when_it_is_read_again(self):
        node = self.start_with_pipe()
        self.fill(node)
        text = self.read_until(lambda text: b'"of":"*"' in text)
        node.signal("TERM")
        text += self.read_to_the_end()
        self.assertEqual(node.process.wait(daemon.DEADLINE_S), 0)
        self.assertIn(b"node.stopped", text)


if __name__ == "__main__":
    cases.main()
