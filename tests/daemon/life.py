"""From the start of a daemon to its end, whatever ends it."""

import pathlib
import socket
import threading
import time

import cases
import daemon

FACTS = ("--set", "telemetry.facts_interval=100ms")


class Life(daemon.TestCase):
    def test_the_example_starts_is_ready_and_stops(self):
        node = self.start()
        self.assertEqual(node.get("/readyz").status, 200)
        self.assertEqual(node.stop(), 0)
        events = [line["event"] for line in node.lines]
        for event in ("node.starting", "recovery.begun", "recovery.done", "node.started",
                      "signal.received", "node.stopping", "node.stopped"):
            self.assertIn(event, events)
        self.assertEqual(events[-1], "node.stopped")
        self.assertTrue((self.folder.data / "VERSION").exists())

    def test_its_allocator_is_the_one_it_was_linked_with(self):
        node = self.start()
        maps = pathlib.Path(f"/proc/{node.process.pid}/maps").read_text()
        self.assertIn("libjemalloc", maps)
        self.assertEqual(node.stop(), 0)

    def test_clients_connect_where_the_log_says_and_strangers_are_hung_up_on(self):
        node = self.start()
        port = node.wait_for("clients.started")["port"]
        with socket.create_connection(("127.0.0.1", port), timeout=daemon.DEADLINE_S) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
            said = b"".join(iter(lambda: stranger.recv(65536), b""))
        self.assertTrue(said.startswith(b"WF"), said)
        self.assertIn(b"not Weft's protocol", said)
        self.assertEqual(node.stop(), 0)

    def test_an_address_of_clients_that_is_taken_is_named_with_its_key(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            at = "127.0.0.1:%d" % taken.getsockname()[1]
            node = self.start("--set", "node.client.address=" + at, ready=False)
            self.assertEqual(node.wait(), 1)
        failed = node.wait_for("node.start_failed")
        self.assertEqual(failed["errc"], "address_in_use")
        self.assertIn("node.client.address", failed["try"])

    def test_an_address_of_peers_that_is_taken_is_named_with_its_key(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            at = "127.0.0.1:%d" % taken.getsockname()[1]
            node = self.start("--set", "node.peer.address=" + at, ready=False)
            self.assertEqual(node.wait(), 1)
        failed = node.wait_for("node.start_failed")
        self.assertEqual(failed["errc"], "address_in_use")
        self.assertIn(at, failed["msg"])
        self.assertIn("node.peer.address", failed["try"])

    def test_int_stops_it_too(self):
        node = self.start()
        node.signal("INT")
        self.assertEqual(node.wait(), 0)

    def test_what_it_committed_is_there_after_kill_9(self):
        node = self.start(*FACTS)
        daemon.wait_until(lambda: node.metrics()["weft_tx_last"] >= 1, "a transaction")
        t = node.metrics()["weft_tx_last"]
        node.kill()
        self.assertGreaterEqual(self.folder.weft("status")[0]["t"], t)
        again = self.start(*FACTS)
        self.assertGreaterEqual(again.find("recovery.done")[0]["transactions"], t)
        self.assertEqual(again.stop(), 0)

    def test_a_second_one_on_the_folder_is_refused_with_the_pid_of_the_first(self):
        first = self.start()
        second = self.start(ready=False)
        self.assertEqual(second.wait(), 5)
        told = second.find("node.start_failed")[0]
        self.assertEqual(told["errc"], "locked")
        self.assertIn(str(first.process.pid), told["why"])
        self.assertEqual(first.get("/readyz").status, 200)

    def test_an_address_in_use_is_a_clear_error(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            node = self.start(port=port, ready=False)
            self.assertEqual(node.wait(), 1)
            told = node.find("node.start_failed")[0]
            self.assertEqual(told["errc"], "address_in_use")
            self.assertIn(f"127.0.0.1:{port}", told["msg"])
            self.assertIn("--set node.http.address=", told["try"])

    def test_while_it_stops_it_is_not_ready_and_lives(self):
        node = self.start()
        port, seen, over = node.port, [], threading.Event()

        def ask():
            while not over.is_set():
                try:
                    seen.append((node.get("/readyz").status, node.get("/livez").status))
                except OSError:
                    break  # it is gone

        asker = threading.Thread(target=ask)
        asker.start()
        daemon.wait_until(lambda: len(seen) > 3, "answers")
        self.assertEqual(node.stop(), 0)
        over.set()
        asker.join()
        ready = [status for status, _ in seen]
        self.assertTrue(all(live == 200 for _, live in seen), seen)
        self.assertEqual(ready, sorted(ready))  # never 200 after 503
        self.assertRaises(OSError, socket.create_connection, ("127.0.0.1", port), 1)

    def test_a_second_signal_ends_it_at_once(self):
        node = self.start(*FACTS, env={"LD_PRELOAD": str(daemon.SLOW_SYNC),
                                       "WEFT_TEST_SLOW_SYNC_MS": "900"})
        time.sleep(0.3)  # the facts are being synced
        node.signal("TERM")
        node.wait_for("node.stopping")
        self.assertEqual(node.get("/readyz").status, 503)
        self.assertIn("the node stops", node.get("/readyz").text)
        node.signal("TERM")
        self.assertEqual(node.wait(), 1)
        self.assertEqual(node.lines[-1]["event"], "node.stop_late")

    def test_one_that_does_not_stop_in_time_ends_with_1(self):
        node = self.start(*FACTS, "--set", "limits.shutdown_timeout=1s",
                          env={"LD_PRELOAD": str(daemon.SLOW_SYNC),
                               "WEFT_TEST_SLOW_SYNC_MS": "1700"})
        time.sleep(0.3)
        begun = time.monotonic()
        self.assertEqual(node.stop(), 1)
        self.assertLess(time.monotonic() - begun, 10)
        self.assertEqual(node.lines[-1]["event"], "node.stop_late")
        self.assertIn("shard 0/", node.lines[-1]["running"])  # who waits for the disk

    def test_quit_says_how_it_is_and_goes_on(self):
        node = self.start(*FACTS)
        daemon.wait_until(lambda: node.metrics()["weft_tx_committed_total"] >= 1, "a transaction")
        node.signal("QUIT")
        daemon.wait_until(lambda: node.others, "the dump")
        dump = node.others[0]
        self.assertEqual((dump["node"], dump["phase"]), ("n1", "ready"))
        self.assertEqual([part["name"] for part in dump["tree"]["children"]],
                         ["router", "shard 0", "gateway", "query pool", "peer_edge",
                          "client_edge", "telemetry"])
        self.assertGreaterEqual(dump["positions"]["commit_t"], 1)
        self.assertTrue(dump["positions"]["leads"])
        self.assertEqual(dump["credit"]["limit_bytes"], 256 << 20)
        self.assertGreaterEqual(dump["counters"]["tx_committed"], 1)
        self.assertEqual(node.get("/readyz").status, 200)
        self.assertEqual(node.stop(), 0)

    def test_failed_storage_ends_it_with_the_reason(self):
        ended = None
        for number in range(1, 40):  # every sync fails once
            node = self.start(*FACTS, ready=False,
                              env={"LD_PRELOAD": str(daemon.FAILING_SYNC),
                                   "WEFT_TEST_FAIL_SYNC": str(number)})
            daemon.wait_until(lambda n=node: n.ended() or n.find("node.started"), "a start")
            if not node.find("node.started"):
                self.assertEqual(node.wait(), 1)
                self.assertTrue(node.find("node.start_failed"), node.lines)
                continue
            daemon.wait_until(lambda n=node: n.ended() or n.committed() >= 1, "an end")
            if node.find("storage.failed"):
                ended = node
                break
            node.kill()
        self.assertEqual(ended.wait(), 1)
        self.assertEqual(ended.find("storage.failed")[0]["errc"], "storage_failed")
        self.assertTrue(ended.find("supervisor.escalated", supervisor="node"))
        last = ended.lines[-1]
        self.assertEqual((last["event"], last["level"]), ("node.ended", "error"))
        self.assertIn("sync", last["why"])
        again = self.start()  # the disk is well again
        self.assertEqual(again.stop(), 0)


class Reload(daemon.TestCase):
    def reload(self, node):
        count = len(node.find("config.reloaded")) + 1
        node.signal("HUP")
        return node.wait_for("config.reloaded", count)

    def test_hup_reads_level_and_limits_and_says_what_needs_a_restart(self):
        node = self.start()
        self.assertEqual(self.reload(node)["changed"], 0)

        def edit(value):
            value["log"] = {"level": "debug"}
            value["limits"] = {"memory": "16MiB", "subscriptions": 7}

        self.folder.change(edit)
        told = self.reload(node)
        self.assertEqual((told["changed"], told["needs_restart"]), (2, 1))
        self.assertEqual(told["log_level"], "debug")
        self.assertEqual(node.find("config.needs_restart")[0]["key"], "limits.subscriptions")
        self.assertEqual(node.metrics()["weft_request_credit_limit_bytes"], 16 << 20)
        told = self.reload(node)  # what counts already is no change; the rest is told again
        self.assertEqual((told["changed"], told["needs_restart"]), (0, 1))

    def test_what_came_from_standard_input_cannot_be_read_again(self):
        with self.folder.config.open() as config:
            node = self.start(stdin=config)
        node.signal("HUP")
        why = node.wait_for("config.refused")["why"]
        self.assertIn("cannot be read again", why)
        self.assertEqual(node.find("config.issue"), [])
        self.assertEqual(node.stop(), 0)

    def test_a_level_of_the_command_line_stays(self):
        node = self.start("--log-level", "info")
        self.folder.change(lambda value: value.update(log={"level": "error"}))
        self.assertEqual(self.reload(node)["log_level"], "info")

    def test_a_file_with_mistakes_changes_nothing(self):
        node = self.start()
        good = self.folder.config.read_text()
        self.folder.config.write_text(good.replace('"10s"', '"ten seconds"'))
        node.signal("HUP")
        node.wait_for("config.refused")
        self.assertEqual(node.find("config.issue")[-1]["pointer"], "/telemetry/facts_interval")
        self.folder.config.unlink()
        node.signal("HUP")
        self.assertIn("not_found", node.wait_for("config.refused", 2)["why"])
        self.folder.config.write_text(good)
        self.reload(node)
        self.assertEqual(node.stop(), 0)


class Facts(daemon.TestCase):
    def facts(self):
        found = self.folder.weft("datoms", "aevt", ":weft.node/id")
        self.assertEqual(len(found), 1)
        shown = self.folder.weft("datoms", "eavt", found[0]["e"])
        return {datom["a"]: datom["v"] for datom in shown}

    def test_the_node_states_facts_about_itself_only_when_they_change(self):
        node = self.start(*FACTS, "--set", "database.schema=strict")
        daemon.wait_until(lambda: node.metrics()["weft_tx_last"] >= 1, "facts")
        time.sleep(0.6)  # nothing else happens
        self.assertEqual(node.metrics()["weft_tx_last"], 1)
        self.assertEqual(node.stop(), 0)
        facts = self.facts()
        self.assertEqual(facts["weft.node/id"], "n1")
        self.assertEqual(facts["weft.node/transactions"], 0)
        self.assertIn("weft.node/version", facts)
        term = facts["weft.node/term"]
        again = self.start(*FACTS, "--set", "database.schema=strict")
        daemon.wait_until(lambda: again.metrics()["weft_tx_last"] >= 2, "facts")
        self.assertEqual(again.stop(), 0)
        self.assertGreater(self.facts()["weft.node/term"], term)

    def test_without_an_interval_nothing_is_stated(self):
        node = self.start("--set", "telemetry.facts_interval=none")
        time.sleep(0.3)
        self.assertEqual(node.metrics()["weft_tx_last"], 0)

    def test_facts_that_cannot_be_stated_are_logged_and_nothing_else(self):
        self.folder.data.parent.mkdir()
        self.folder.weft("tx", "[{:db/ident :weft.node/term :db/valueType :db.type/string"
                         " :db/cardinality :db.cardinality/one}]")
        node = self.start(*FACTS)
        told = node.wait_for("telemetry.fact_failed", 2)
        self.assertEqual(told["errc"], "type_mismatch")
        self.assertEqual(node.get("/readyz").status, 200)
        rejected = node.metrics()['weft_tx_rejected_total{errc="type_mismatch"}']
        self.assertGreaterEqual(rejected, 2)
        self.assertEqual(node.stop(), 0)


if __name__ == "__main__":
    cases.main()
