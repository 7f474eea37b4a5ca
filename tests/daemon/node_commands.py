"""The command against a node: where it connects, and what it does when the node goes and comes."""

import datetime
import json
import select
import signal
import socket
import subprocess
import threading

import cases
import daemon

FORMS = 30_000


def moment(row):
    return datetime.datetime.fromisoformat(row["instant"])


class Places(daemon.NodeCommands):
    def endpoint(self, *words, **options):
        return json.loads(self.weft("status", *words, **options).stdout).get("endpoint", "folder")

    def test_flags_go_before_the_environment_and_endpoints_before_profiles(self):
        node = self.start()
        tcp, unix = self.tcp(node), f"unix:{self.socket}"
        self.profiles({"here": {"endpoints": [unix]}, "gone": {"endpoints": ["127.0.0.1:1"]}})
        by_tcp, by_folder = {"WEFT_ENDPOINTS": tcp}, {"WEFT_DATA": str(self.folder.data)}
        for words, env, expected in (
                (("-e", self.socket), {}, unix),
                (("-e", unix), by_tcp, unix),
                (("-e", "127.0.0.1:1", "-e", tcp), {}, tcp),  # tried in turn
                (("-e", f"127.0.0.1:1,{tcp}"), {}, tcp),
                ((), by_tcp, tcp),
                (("--profile", "here"), {}, unix),
                (("--profile", "here"), by_tcp, tcp),
                (("--profile", "here"), by_folder, unix),
                (("-e", tcp, "--profile", "gone"), {}, tcp),
                (("-e", tcp), by_folder, tcp),
                (("--data", self.folder.data), by_tcp, "folder"),
                ((), by_folder, "folder")):
            with self.subTest(words=words, env=env):
                self.assertEqual(self.endpoint(*words, env=env), expected)
        said = self.weft("status", "--profile", "here", env=by_tcp).stderr
        self.assertIn("WEFT_ENDPOINTS goes before --profile here", said)

    def test_places_that_contradict_each_other_are_refused(self):
        data = str(self.folder.data)
        for words in (("-e", "127.0.0.1:1"), ("--profile", "x"), ("--cluster", "c"),
                      ("--timeout", "1s")):
            self.assertIn("--data is a folder",
                          self.weft("status", "--data", data, *words, code=2).stderr)
        both = {"WEFT_DATA": data, "WEFT_ENDPOINTS": "127.0.0.1:1"}
        self.assertIn("both set", self.weft("status", env=both, code=8).stderr)
        self.assertIn("no endpoint", self.weft("status", "-e", "nowhere", code=2).stderr)
        wrong = self.weft("status", env={"WEFT_ENDPOINTS": "nowhere"}, code=8).stderr
        self.assertIn("WEFT_ENDPOINTS", wrong)

    def test_a_node_of_another_cluster_is_refused(self):
        self.start()
        self.profiles({"other": {"endpoints": [f"unix:{self.socket}"], "cluster": "shop"}})
        self.weft("status", "-e", self.socket, "--cluster", "single")
        for words in (("-e", self.socket, "--cluster", "shop"), ("--profile", "other")):
            self.assertIn("cluster_mismatch", self.weft("status", *words, code=2).stderr)

    def test_profiles_that_are_wrong_are_told_with_their_place(self):
        self.assertIn("there is no", self.weft("status", "--profile", "x", code=2).stderr)
        self.profiles({"prod": {"endpoints": ["127.0.0.1:1"]}, "test": {"endpoints": ["./s"]}})
        self.assertIn("one of: prod, test", self.weft("status", "--profile", "x", code=2).stderr)
        self.assertIn("--profile prod", self.weft("status", "--profile", "prdo", code=2).stderr)
        for text, what in (('{"profiles": ', "line 1"), ("[]", "no object"),
                           ('{"profile": {}}', "no profile"), ('{"profiles": []}', "object"),
                           ('{"profiles": {"a": 1}}', "(line 1, column 20)"),
                           ('{"profiles": {"a": {"endpoints": []}}}', "at least one"),
                           ('{"profiles": {"a": {"endpoints": ["x"]}}}', "'x' is no endpoint"),
                           ('{"profiles": {"a": {"endpoints": [7]}}}', "a number"),
                           ('{"profiles": {"a": {"cluster": 7}}}', "cluster is a number"),
                           ('{"profiles": {"a": {"endpoint": []}}}', "no endpoint")):
            with self.subTest(text=text):
                path = self.profiles(text)
                said = self.weft("status", "--profile", "a", code=8).stderr
                self.assertIn(what, said)
                self.assertIn(str(path), said)
        other = self.folder.root / "xdg" / "weft" / "profiles.json"
        other.parent.mkdir(parents=True)
        other.write_text('{"profiles": {"mine": {"endpoints": ["127.0.0.1:1"]}}}')
        self.weft("status", "--profile", "mine", code=5,
                  env={"XDG_CONFIG_HOME": str(other.parents[1])})

    def test_nobody_there_says_both_ways(self):
        with socket.socket() as usual:
            try:
                usual.bind(("127.0.0.1", 7400))
            except OSError:
                self.skipTest("something listens at the usual address")
        said = self.weft("status", code=5).stderr
        for part in ("127.0.0.1:7400", "weftd --config", "--data DIR", "unreachable"):
            self.assertIn(part, said)
        said = self.weft("status", "-e", "127.0.0.1:1", code=5).stderr
        self.assertIn("127.0.0.1:1", said)
        self.assertNotIn("no data folder", said)

    def test_verbose_says_where_it_is(self):
        node = self.start()
        for words in (("status",), ("wal", "tail"), ("stat", "-n", 1, "--interval", "50ms"),
                      ("export",)):
            with self.subTest(words=words):
                said = self.weft("-v", "-e", self.tcp(node), *words).stderr
                self.assertEqual(said.count("connected to " + self.tcp(node)), 1)
                self.assertIn("node n1 of cluster single", said)
        self.assertEqual(self.weft("-e", self.socket, "status").stderr, "")
        self.assertIn("the data folder is", self.weft("-v", "--data", self.folder.data,
                                                      "status").stderr)

    def test_what_needs_files_says_what_to_do(self):
        self.start()
        for words in (("wal", "verify"), ("wal", "verify", "--entries"), ("wal", "dump")):
            said = self.weft("-e", self.socket, *words, code=2).stderr
            self.assertIn(f"--data FOLDER wal {words[1]}", said)
        self.weft("--data", self.folder.data, "wal", "verify")  # beside the node
        self.assertIn("watches a node", self.weft("--data", self.folder.data, "stat",
                                                  code=2).stderr)

    def test_completion_asks_the_node(self):
        self.start()
        self.weft("-e", self.socket, "tx", '[{:user/name "Ada"}]')
        self.profiles({"here": {"endpoints": ["127.0.0.1:1"]}})
        for words, expected in ((("-e", self.socket, "datoms", "avet", ":user/"), [":user/name"]),
                                (("-e", "127.0.0.1:1", "datoms", "avet", ":user/"), []),
                                (("--profile", ""), ["here"])):
            self.assertEqual(self.weft("__complete", *words).stdout.split(), expected)


class Strictness(daemon.NodeCommands):
    def test_a_strict_node_refuses_what_is_not_declared_and_dry_runs_know(self):
        self.start("--set", "database.schema=strict")
        for words in (("tx",), ("tx", "--strict"), ("tx", "--dry-run")):
            said = self.weft("-e", self.socket, *words, '[{:user/name "Ada"}]', code=4).stderr
            self.assertIn("unknown_attribute", said)

    def test_strict_is_not_ignored_by_a_node_that_is_flexible(self):
        self.start()
        self.assertIn("whatever --strict says", self.weft(
            "-e", self.socket, "--strict", "tx", '[{:user/name "Ada"}]', code=2).stderr)
        self.weft("-e", self.socket, "--strict", "tx", "--dry-run", '[{:user/name "A"}]', code=4)
        self.weft("-e", self.socket, "--strict", "status")

    def test_dry_runs_keep_declared_checks_and_say_that_functions_are_elsewhere(self):
        self.start()
        self.weft("-e", self.socket, "tx", """[{:db/ident :user/age :db/valueType :db.type/long
            :db/cardinality :db.cardinality/one :weft/check "[:range 0 150]"}]""")
        self.assertIn("check_failed", self.weft("-e", self.socket, "tx", "--dry-run",
                                                "[{:user/age 151}]", code=4).stderr)
        self.weft("-e", self.socket, "tx", "--dry-run", "[{:user/age 150}]")
        self.assertIn("dry run is done here", self.weft("-e", self.socket, "tx", "--dry-run",
                                                        "[[:no/function 1]]", code=4).stderr)


class Outcomes(daemon.NodeCommands):
    def test_a_transaction_that_nobody_can_be_asked_about_has_exit_code_6(self):
        """A node that takes a transaction and is never heard of again."""
        server = socket.create_server(("127.0.0.1", 0))
        real = self.start()
        port = int(self.tcp(real).split(":")[1])

        executed = threading.Event()

        def between():
            client, _ = server.accept()
            with client, socket.create_connection(("127.0.0.1", port)) as node:
                for _ in ("hello", "is it strict?"):
                    node.sendall(client.recv(65536))
                    client.sendall(node.recv(65536))
                while not executed.is_set():  # the transaction, and no answer to it
                    if select.select([client], [], [], 0.02)[0]:
                        node.sendall(client.recv(65536))
                server.close()

        helper = threading.Thread(target=between)
        helper.start()
        process = self.begin("-e", "127.0.0.1:%d" % server.getsockname()[1], "--timeout", "2s",
                             "tx", '[{:user/name "Ada"}]')
        daemon.wait_until(lambda: json.loads(
            self.weft("-e", self.socket, "status").stdout)["t"] == 1, "a transaction")
        executed.set()
        helper.join(daemon.DEADLINE_S)
        real.kill()
        out, err = process.communicate(timeout=daemon.DEADLINE_S)
        self.assertEqual((process.returncode, out), (6, ""), err)
        self.assertIn("outcome_unknown", err)
        self.assertRegex(err, r"id [0-9a-f]{8}-[0-9a-f-]{27}")


class Following(daemon.NodeCommands):
    def test_each_commit_is_printed_as_it_comes_also_when_the_node_comes_back(self):
        node = self.start()
        self.weft("-e", self.socket, "tx", '[{:user/name "zero"}]')
        tail = self.begin("-e", self.socket, "wal", "tail", "--follow", "-n", 1, "-o", "jsonl")
        seen = [json.loads(tail.stdout.readline())["t"]]  # it is there
        for round_ in range(3):
            for i in range(2):
                self.weft("-e", self.socket, "tx", f'[{{:user/name "r{round_} {i}"}}]')
                seen.append(json.loads(tail.stdout.readline())["t"])
            node.kill()
            self.assertIn("not connected", tail.stderr.readline())
            node = self.start()
            self.assertIn("connected again", tail.stderr.readline())
        self.assertEqual(seen, list(range(1, 8)))
        tail.send_signal(signal.SIGINT)
        out, err = tail.communicate(timeout=daemon.DEADLINE_S)
        self.assertEqual((tail.returncode, out, err), (0, "", ""))

    def test_from_a_transaction_while_another_process_writes(self):
        self.start()
        for i in range(3):
            self.weft("-e", self.socket, "tx", f'[{{:user/name "{i}"}}]')
        lines = self.weft("-e", self.socket, "wal", "tail", "--from", 2, "--follow", "-n",
                          2).stdout.splitlines()
        self.assertEqual([json.loads(line)["t"] for line in lines], [2, 3])
        self.weft("-e", self.socket, "wal", "tail", "--from", 9, code=3)


class Watching(daemon.NodeCommands):
    def test_stat_goes_on_when_the_node_goes_and_comes_back(self):
        node = self.start()
        stat = self.begin("-e", self.socket, "stat", "--interval", "50ms", "-o", "jsonl")
        first = json.loads(stat.stdout.readline())
        self.assertTrue(first["connected"])
        self.assertEqual((first["t"], first["subscribers"], first["connections"]), (0, 0, 1))
        for i in range(3):
            self.weft("-e", self.socket, "tx", f'[{{:user/name "{i}"}}]')

        def line_with(what):
            for _ in range(2000):
                line = json.loads(stat.stdout.readline())
                if what(line):
                    return line
            raise AssertionError("it never says so")

        line_with(lambda x: x["t"] == 3)
        tail = self.begin("-e", self.socket, "wal", "tail", "--follow")
        self.assertGreater(line_with(lambda x: x["subscribers"] == 1)["log_bytes"], 0)
        tail.kill()
        node.kill()
        gone = line_with(lambda x: not x["connected"])
        self.assertIsNone(gone["t"])
        self.start()
        self.assertEqual(line_with(lambda x: x["connected"])["t"], 3)
        stat.send_signal(signal.SIGINT)
        self.assertEqual(stat.wait(daemon.DEADLINE_S), 0)

    def test_a_line_comes_each_second(self):
        self.start()
        rows = [json.loads(line) for line in self.weft("-e", self.socket, "stat", "-n", 4,
                                                       "-o", "jsonl").stdout.splitlines()]
        times = [moment(row) for row in rows]
        for before, after in zip(times, times[1:]):
            self.assertGreater((after - before).total_seconds(), 0.5)
            self.assertLess((after - before).total_seconds(), 10)  # on a busy machine
        self.assertEqual(len(rows), 4)

    def test_rates_are_those_of_the_interval(self):
        self.start()
        stat = self.begin("-e", self.socket, "stat", "--interval", "100ms", "-o", "jsonl")
        before = json.loads(stat.stdout.readline())
        lines = "".join(f'{{:user/name "n{i}"}}\n' for i in range(5000))
        self.weft("-e", self.socket, "import", "-", "--batch", 100, text=lines)
        transactions = datoms = 0
        while before["t"] != 51:
            row = json.loads(stat.stdout.readline())
            seconds = (moment(row) - moment(before)).total_seconds()
            transactions += row["transactions_per_second"] * seconds
            datoms += row["datoms_per_second"] * seconds
            before = row
        stat.kill()
        self.assertTrue(25 < transactions < 100, transactions)
        self.assertTrue(2500 < datoms < 12_000, datoms)

    def test_the_header_comes_again_for_people(self):
        self.start()
        shown = self.weft("-e", self.socket, "stat", "--interval", "10ms", "-n", 41, "-o",
                          "table").stdout.splitlines()
        self.assertEqual([i for i, line in enumerate(shown) if "TX/S" in line], [0, 21, 42])
        self.assertEqual(len(shown), 44)
        for wrong in ("0s", "9ms", "61m", "1", "s", "1h"):
            self.weft("-e", self.socket, "stat", "--interval", wrong, code=2)


class Importing(daemon.NodeCommands):
    def test_two_that_begin_at_a_time_read_a_file_once(self):
        self.start()
        for i in range(8):
            file = self.folder.root / f"{i}.jsonl"
            file.write_text("".join(f'{{"item/at": "{i} {j}"}}\n' for j in range(3)))
            both = [self.begin("-e", self.socket, "import", file, "-o", "jsonl") for _ in range(2)]
            for each in both:
                _, err = each.communicate(timeout=daemon.DEADLINE_S)
                self.assertEqual(each.returncode, 0, err)
            rows = self.weft("-e", self.socket, "datoms", "aevt", ":item/at", "-o",
                             "jsonl").stdout.splitlines()
            self.assertEqual(len(rows), 3 * (i + 1))

    def test_an_import_goes_on_when_the_node_was_killed_and_came_back(self):
        node = self.start()
        path = self.folder.root / "nodes.edn"
        path.write_text("".join(
            f'{{:db/id "n{i}" :node/number {i} :node/next "n{(i * 7919 + 13) % FORMS}"}}\n'
            for i in range(FORMS)))
        self.weft("-e", self.socket, "tx", """[
            {:db/ident :node/next :db/valueType :db.type/ref :db/cardinality :db.cardinality/one}
            {:db/ident :node/number :db/valueType :db.type/long
             :db/cardinality :db.cardinality/one}]""")
        acks = self.folder.root / "acks.jsonl"
        work = self.begin("-e", self.socket, "import", path, "--batch", 100, "--acks", acks)
        for wanted, how in ((30, "KILL"), (150, "TERM"), (300, "KILL")):
            daemon.wait_until(lambda: acks.exists() and acks.read_text().count("\n") >= wanted
                              or work.poll() is not None, f"{wanted} transactions")
            self.assertIsNone(work.poll(), "it is done too early")
            node.signal(how)
            node.wait()
            node = self.start()
        out, err = work.communicate(timeout=2 * daemon.DEADLINE_S)
        self.assertEqual(work.returncode, 0, err)
        self.assertEqual(json.loads(out)["facts_read"], 2 * FORMS)
        rows = [json.loads(line) for line in self.weft(
            "-e", self.socket, "datoms", "aevt", ":node/number", "--history").stdout.splitlines()]
        self.assertEqual(sorted(row["v"] for row in rows), list(range(FORMS)))
        self.assertIn("imported before", self.weft("-e", self.socket, "import", path).stderr)
        told = [json.loads(line) for line in acks.read_text().splitlines()]
        self.assertEqual([a["t"] for a in told], sorted({a["t"] for a in told}))

    def test_a_killed_import_goes_on_where_it_was(self):
        self.start()
        path = self.folder.root / "nodes.jsonl"
        path.write_text("".join(f'{{"db/id": "n{i}", "node/number": {i}, "node/next": '
                                f'{{"db/id": "n{(i * 7919 + 13) % FORMS}"}}}}\n'
                                for i in range(FORMS)))
        words = ("-e", self.socket, "import", path, "--batch", 100)
        work = self.begin(*words)
        daemon.wait_until(lambda: json.loads(self.weft("-e", self.socket, "status").stdout)["t"]
                          > 20, "some transactions")
        work.kill()
        work.wait()
        self.assertIn("goes on at line", self.weft(*words).stderr)
        rows = self.weft("-e", self.socket, "datoms", "aevt", ":node/number").stdout.splitlines()
        self.assertEqual(sorted(json.loads(row)["v"] for row in rows), list(range(FORMS)))


if __name__ == "__main__":
    cases.main()
