"""Health, metrics, and what clients cannot do to the server of these pages."""

import http.client
import json
import re
import socket
import subprocess
import threading
import time

import cases
import daemon

DOCUMENT = cases.source_dir() / "docs" / "metrics.md"


class Pages(daemon.TestCase):
    def setUp(self):
        super().setUp()
        self.node = self.start()

    def problem(self, answer, status, errc):
        self.assertEqual(answer.status, status)
        self.assertEqual(answer.getheader("Content-Type"), "application/problem+json")
        value = json.loads(answer.text)
        self.assertEqual((value["status"], value["errc"]), (status, errc))
        self.assertEqual(value["type"], f"/problems/{errc}")

    def test_livez_and_readyz(self):
        for path in ("/livez", "/readyz"):
            answer = self.node.get(path)
            self.assertEqual((answer.status, answer.text), (200, "ok\n"))
        answer = self.node.get("/readyz?verbose")
        self.assertEqual(answer.text.splitlines(), ["[+]shutdown ok", "[+]storage ok",
                                                    "[+]leader ok", "[+]lag ok",
                                                    "readyz check passed"])
        answer = self.node.get("/readyz?verbose&exclude=lag&exclude=nonsense")
        self.assertIn("[+]lag excluded: ok\n", answer.text)
        self.assertIn("'nonsense'", answer.text)
        self.assertEqual(answer.status, 200)

    def test_what_is_no_page_is_a_problem(self):
        self.problem(self.node.get("/nonsense"), 404, "not_found")
        self.problem(self.node.get("/livez/"), 404, "not_found")
        answer = self.node.get("/livez", method="POST", body="x")
        self.problem(answer, 405, "invalid_argument")
        self.assertEqual(answer.getheader("Allow"), "GET, HEAD")
        self.problem(self.node.get("/livez", method="DELETE"), 405, "invalid_argument")

    def test_head_has_no_body(self):
        answer = self.node.get("/readyz", method="HEAD")
        self.assertEqual((answer.status, answer.text), (200, ""))

    def test_a_body_that_is_too_large_is_refused_before_it_is_sent(self):
        most = daemon.limit("http_body_bytes_max")
        for size, status in ((most, 405), (most + 1, 413), (10 ** 30, 413)):
            with self.node.connect() as client:
                client.sendall(f"POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n"
                               .encode())
                self.assertIn(f"HTTP/1.1 {status} ".encode(), client.recv(65536))

    def test_a_header_that_is_too_large_is_refused(self):
        most = daemon.limit("http_header_bytes_max")
        self.assertEqual(self.node.get("/livez", headers={"X-A": "a" * 7000}).status, 200)
        for piece in ("X-A: " + "a" * 1000 + "\r\n", "a"):
            with self.node.connect() as client:
                client.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n")
                sent, answer = 0, b""
                try:
                    while sent < 10 * most:  # of a header that never ends
                        client.sendall(piece.encode() * (1000 // len(piece) + 1))
                        sent += 1000
                        time.sleep(0.001)
                    answer = client.recv(65536)
                except OSError:  # it is closed
                    pass
                self.assertTrue(answer == b"" or b" 431 " in answer.split(b"\r\n")[0], answer)
        self.assertEqual(self.node.get("/livez").status, 200)

    def test_a_long_address_is_refused(self):
        self.problem(self.node.get("/" + "a" * 9000), 414, "input_too_large")

    def test_nonsense_is_refused(self):
        for text in (b"\r\n\r\n", b"nonsense\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00" * 50,
                     b"GET /livez HTTP/9.9\r\n\r\n", b"GET /livez\r\n\r\n"):
            with self.node.connect() as client:
                client.sendall(text + b"\n")
                client.shutdown(socket.SHUT_WR)
                self.assertNotIn(b" 200 ", client.recv(65536))
        self.assertEqual(self.node.get("/livez").status, 200)

    def test_requests_of_a_connection_are_counted(self):
        most = daemon.limit("http_requests_max")
        connection = http.client.HTTPConnection("127.0.0.1", self.node.port, timeout=60)
        for number in range(1, most + 1):
            connection.request("GET", "/nonsense")
            answer = connection.getresponse()
            answer.read()
            closes = answer.getheader("Connection") == "close"
            self.assertEqual(closes, number == most, number)
        connection.close()

    def until_closed(self, client):
        begun = time.monotonic()
        data = b""
        try:
            while piece := client.recv(65536):
                data += piece
        except OSError:
            pass
        return data, time.monotonic() - begun

    def test_a_silent_connection_is_closed(self):
        with self.node.connect() as client:
            data, seconds = self.until_closed(client)
        most = daemon.limit("http_idle_us_max") / 1e6
        self.assertEqual(data, b"")
        self.assertGreater(seconds, most - 0.5)
        self.assertLess(seconds, most + 20)

    def test_a_slow_request_is_given_up(self):
        with self.node.connect() as client:
            client.sendall(b"GET /livez HTTP/1.1\r\nHost: ")
            stop = threading.Event()

            def drip():  # it is never silent
                try:
                    while not stop.wait(0.1):
                        client.sendall(b"x")
                except OSError:
                    pass

            dripper = threading.Thread(target=drip)
            dripper.start()
            data, seconds = self.until_closed(client)
            stop.set()
            dripper.join()
        most = daemon.limit("http_read_us_max") / 1e6
        self.assertIn(b" 408 ", data.split(b"\r\n")[0])
        self.assertGreater(seconds, most - 0.5)
        self.assertLess(seconds, most + 20)

    def test_clients_that_drip_requests_do_not_keep_others_out(self):
        stop, port = threading.Event(), self.node.port

        def drip():  # one whole request after the other, never silent, never too slow
            with socket.create_connection(("127.0.0.1", port)) as client:
                try:
                    while not stop.is_set():
                        for byte in b"GET /nonsense HTTP/1.1\r\n\r\n":
                            client.sendall(bytes([byte]))
                            time.sleep(0.02)
                except OSError:
                    pass

        drippers = [threading.Thread(target=drip) for _ in range(daemon.limit("http_threads"))]
        for dripper in drippers:
            dripper.start()
        time.sleep(0.5)
        begun = time.monotonic()
        self.assertEqual(self.node.get("/livez").status, 200)
        self.assertLess(time.monotonic() - begun, 15)  # and not a hundred requests of each
        stop.set()
        for dripper in drippers:
            dripper.join()

    def test_a_client_that_does_not_read_is_given_up(self):
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.connect(("127.0.0.1", self.node.port))
            count = daemon.limit("http_requests_max")
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * count)
            time.sleep(daemon.limit("http_write_us_max") / 1e6 + 1.5)
            data, _ = self.until_closed(client)
        answers = data.count(b"HTTP/1.1 200")
        self.assertGreater(answers, 0)
        self.assertEqual(self.node.get("/livez").status, 200)

    def test_a_range_is_no_reason_to_answer_twice(self):
        whole = self.node.get("/livez").text
        ranges = "bytes=" + ",".join(["0-"] * 2500)
        page = self.node.get("/livez", headers={"Range": ranges})
        self.assertEqual((page.status, page.text), (200, whole))

    def test_more_connections_than_wait_are_closed(self):
        threads, waiting = daemon.limit("http_threads"), daemon.limit("http_waiting_max")
        held = [self.node.connect() for _ in range(threads)]
        for client in held:
            client.sendall(b"GET /livez")  # half of a request
        time.sleep(0.3)
        more = [self.node.connect() for _ in range(waiting + 10)]
        self.node.wait_for("http.overloaded")
        for client in more:
            client.setblocking(False)

        def is_closed(client):
            try:
                return client.recv(1) == b""
            except BlockingIOError:
                return False
            except OSError:
                return True

        daemon.wait_until(lambda: any(map(is_closed, more)), "one is closed")
        for client in held + more:
            client.close()

        def answers():
            try:
                return self.node.get("/livez").status == 200
            except (OSError, http.client.HTTPException):
                return False  # those that waited are not all seen to be gone

        daemon.wait_until(answers, "an answer")

    def test_the_pages_stop_with_the_daemon_whoever_is_connected(self):
        clients = [self.node.connect() for _ in range(20)]
        clients[0].sendall(b"GET /livez HTTP/1.1\r\n")
        begun = time.monotonic()
        self.assertEqual(self.node.stop(), 0)
        self.assertLess(time.monotonic() - begun, 20)
        for client in clients:
            client.close()


class Metrics(daemon.TestCase):
    def families(self, text):
        """{name: (type, help)}, and names of samples."""
        helps = dict(re.findall(r"^# HELP (\S+) (.+)$", text, re.M))
        types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
        self.assertEqual(set(helps), set(types))
        return {name: (types[name], helps[name]) for name in types}

    def test_every_metric_is_documented_and_no_other(self):
        node = self.start("--set", "telemetry.facts_interval=100ms")
        daemon.wait_until(lambda: node.metrics()["weft_tx_last"] >= 1, "a transaction")
        answer = node.get("/metrics")
        self.assertEqual(answer.getheader("Content-Type"),
                         "text/plain; version=0.0.4; charset=utf-8")
        served = {name: kind for name, (kind, _) in self.families(answer.text).items()}
        documented = dict(re.findall(r"^\| `(weft_\w+)(?:\{[\w,]+\})?` \| (\w+) \|",
                                     DOCUMENT.read_text(), re.M))
        self.assertEqual(served, documented)

    def test_the_build_says_its_commit(self):
        (found,) = [k for k in self.start().metrics() if k.startswith("weft_build_info")]
        self.assertRegex(found, r'commit="([0-9a-f]{12,40}(-dirty)?|unknown)"')
        self.assertRegex(found, r'version="\d+\.\d+\.\d+"')

    def test_what_clients_ask_is_counted_by_its_kind(self):
        node = self.start()
        port = node.wait_for("clients.started")["port"]
        subprocess.run([daemon.CLI, "-e", f"127.0.0.1:{port}", "datoms", "eavt"], check=True,
                       capture_output=True, env=daemon.environment(), timeout=daemon.DEADLINE_S)
        now = node.metrics()
        for kind in ("view", "read"):
            self.assertGreaterEqual(now[f'weft_query_duration_seconds_count{{kind="{kind}"}}'], 1)
        self.assertIn('weft_query_duration_seconds_count{kind="status"}', now)

    def test_every_part_that_is_up_says_what_waits_for_it(self):
        node, now = self.start(), {}

        def complete():  # who is asked may be late on a busy machine, and is left out
            now.clear()
            now.update(node.metrics())
            up = {k.replace("actor_up", "actor_mailbox_messages") for k in now if "_actor_up" in k}
            return len(up) > 10 and up == {k for k in now if "_mailbox_" in k}

        daemon.wait_until(complete, "every part says it")
        self.assertEqual(now["weft_raft_elections_total"], 1)

    def test_names_say_their_unit(self):
        for name, (kind, _) in self.families(self.start().get("/metrics").text).items():
            with self.subTest(name=name):
                self.assertEqual(name.endswith("_total"), kind == "counter")
                if kind == "histogram":
                    self.assertTrue(name.endswith("_seconds"))

    def test_labels_are_closed_sets(self):
        node = self.start()
        rows = re.findall(r"^WEFT_ERRC\((\w+),",
                          (cases.source_dir() / "core/base/errc.def").read_text(), re.M)
        labels = re.findall(r'^(\w+)\{(\w+)="([^"]+)"\}', node.get("/metrics").text, re.M)
        for name, label, value in labels:
            if label == "errc":
                self.assertIn(value, rows)
        self.assertLess(len(labels), 150)

    def test_histograms_add_up(self):
        node = self.start("--set", "telemetry.facts_interval=100ms")
        daemon.wait_until(lambda: node.metrics()["weft_tx_last"] >= 1, "a transaction")
        now = node.metrics()
        for name in ("weft_wal_fsync_duration_seconds", "weft_tx_commit_duration_seconds"):
            buckets = [v for k, v in now.items() if k.startswith(name + "_bucket")]
            self.assertEqual(buckets, sorted(buckets))
            self.assertEqual(buckets[-1], now[name + "_count"])
            self.assertGreaterEqual(now[name + "_count"], 1)
            self.assertGreater(now[name + "_sum"], 0)
        self.assertEqual(now["weft_raft_is_leader"], 1)
        self.assertEqual(now["weft_raft_commit_index"], now["weft_raft_applied_index"])
        self.assertGreater(now["weft_wal_written_bytes_total"], 0)

    def test_they_can_be_turned_off(self):
        node = self.start("--set", "telemetry.metrics=false")
        self.assertEqual(node.get("/metrics").status, 404)
        self.assertEqual(node.get("/readyz").status, 200)

    def test_what_the_seeds_call_metrics_is_mapped(self):
        text = DOCUMENT.read_text()
        for name in ("messages_written", "replay_operations", "integration_latency"):
            self.assertRegex(text, rf"`{name}[^|]*\| `weft_")


if __name__ == "__main__":
    cases.main()
