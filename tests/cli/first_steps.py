"""What a newcomer does first."""

import json

import cases
import command


class FirstSteps(command.TestCase):
    def test_a_database_is_made_by_the_first_transaction(self):
        answer = self.weft("tx", '[{:db/id "ada" :user/name "Ada" :user/age 36}]')
        self.assertIn("made a new database in", answer.err)
        report = answer.json()
        self.assertEqual(report["t"], 1)
        self.assertRegex(report["instant"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        ada = report["tempids"]["ada"]
        self.assertIsInstance(ada, str)
        facts = [(d["e"], d["a"], d["v"]) for d in report["datoms"]]
        self.assertIn((ada, "user/name", "Ada"), facts)
        self.assertIn((ada, "user/age", 36), facts)
        self.assertTrue(all(d["added"] and d["t"] == 1 for d in report["datoms"]))

    def test_the_folder_may_come_from_the_environment(self):
        self.weft("tx", '[{:user/name "Ada"}]')
        answer = command.run("status", env={"WEFT_DATA": str(self.folder.data)})
        self.assertEqual(answer.code, 0, answer.err)
        self.assertEqual(answer.json()["t"], 1)

    def test_a_transaction_comes_from_an_argument_a_file_or_standard_input(self):
        facts = self.folder.file("facts.edn", '[{:user/name "Ada"}]')
        self.weft("tx", facts)
        self.weft("tx", "-", stdin='[{:user/name "Bob"}]')
        self.weft("tx", "submit", '[{:user/name "Eve"}]')
        self.weft("tx", '{:user/name "Kim"}')
        names = {d["v"] for d in self.weft("datoms", "aevt", ":user/name").lines()}
        self.assertEqual(names, {"Ada", "Bob", "Eve", "Kim"})

    def test_json_is_recognised(self):
        self.weft("tx", '[{"db/id": "ada", "user/name": "Ada"}]')
        self.weft("tx", "-", "--json", stdin='[{"user/name": "Bob"}]')
        names = [d["v"] for d in self.weft("datoms", "avet", ":user/name").lines()]
        self.assertEqual(names, ["Ada", "Bob"])

    def test_a_dry_run_writes_nothing(self):
        self.people()
        before = self.weft("status").json()["chain"]
        answer = self.weft("tx", "--dry-run", f"[[:db/add {self.ada} :user/age 40]]")
        self.assertIn("nothing was written", answer.err)
        self.assertEqual({(d["v"], d["added"]) for d in answer.json()["datoms"]},
                         {(37, False), (40, True)})
        self.assertEqual(self.weft("status").json()["chain"], before)

    def test_a_request_id_makes_a_retry_safe(self):
        self.weft("tx", '[{:user/name "Ada"}]')
        request = command.new_request_id()
        first = self.weft("tx", "--id", request, '[{:user/name "Bob"}]').json()
        again = self.weft("tx", "--id", request, '[{:user/name "Bob"}]').json()
        self.assertEqual(first["t"], again["t"])
        self.assertEqual(first["datoms"], again["datoms"])
        other = self.weft("tx", "--id", request, '[{:user/name "Eve"}]', code=4)
        self.assertIn("request_conflict", other.err)

    def test_entities_are_called_by_id_ident_lookup_or_name(self):
        self.people()
        self.weft("tx", '[{:weft/name "desk 4" :desk/height 70}]')
        self.assertEqual(self.weft("entity", self.ada).json()["user/name"], "Ada")
        lookup = self.weft("entity", '[:user/email "ada@example.org"]').json()
        self.assertEqual(lookup["db/id"], self.ada)
        self.assertEqual(lookup["user/alias"], ["countess", "lace"])
        self.assertEqual(self.weft("entity", "desk 4").json()["desk/height"], 70)
        self.assertEqual(self.weft("entity", ":user/name").json()["db/doc"], "What people say")
        self.assertIn("nothing", self.weft("entity", "99999999", code=3).err)
        self.assertIn("Nobody", self.weft("entity", "Nobody", code=3).err)

    def test_the_past_can_be_asked(self):
        self.people()
        self.assertEqual(self.weft("entity", self.ada).json()["user/age"], 37)
        self.assertEqual(self.weft("entity", self.ada, "--as-of", 2).json()["user/age"], 36)
        then = self.weft("tx", "show", 2).json()["instant"]
        self.assertEqual(self.weft("entity", self.ada, "--as-of", then).json()["user/age"], 36)
        ages = [(d["t"], d["v"], d["added"])
                for d in self.weft("history", self.ada, ":user/age").lines()]
        self.assertEqual(ages, [(2, 36, True), (3, 36, False), (3, 37, True)])
        self.assertEqual(self.weft("entity", "history", self.ada, ":user/age").out,
                         self.weft("history", self.ada, ":user/age").out)

    def test_facts_are_listed_in_the_order_of_an_index(self):
        self.people()
        ages = self.weft("datoms", "avet", ":user/age", 37).lines()
        self.assertEqual([d["e"] for d in ages], [self.ada])
        names = [d["v"] for d in self.weft("datoms", "avet", ":user/name").lines()]
        self.assertEqual(names, ["Ada", "Bob"])
        backwards = self.weft("datoms", "avet", "user/name", "--reverse", "--limit", 1).lines()
        self.assertEqual([d["v"] for d in backwards], ["Bob"])
        self.assertEqual(len(self.weft("datoms", "eavt", self.ada).lines()), 5)
        self.assertEqual(len(self.weft("datoms", "eavt", self.ada, ":user/alias").lines()), 2)
        self.assertEqual(len(self.weft("datoms", "vaet", self.ada).lines()), 1)
        self.assertEqual(len(self.weft("datoms", "avet", ":user/name", "Ada").lines()), 1)
        self.assertEqual(len(self.weft("datoms", "avet", ":user/name", '"Ada"').lines()), 1)
        every = self.weft("datoms", "eavt", self.ada, ":user/age", "--history").lines()
        self.assertEqual(len(every), 3)
        since = self.weft("datoms", "aevt", ":user/age", "--since", 2).lines()
        self.assertEqual([d["v"] for d in since], [37])

    def test_the_schema_is_shown_saved_and_loaded(self):
        self.people()
        rows = {r["ident"]: r for r in self.weft("schema").lines()}
        self.assertEqual(rows["user/email"]["unique"], "identity")
        self.assertEqual(rows["user/alias"]["cardinality"], "many")
        self.assertEqual(rows["user/friend"]["type"], "ref")
        self.assertNotIn("db/ident", rows)
        self.assertEqual(len(self.weft("schema", "show", ":user/name").lines()), 1)
        builtin = self.weft("schema", "show", "--builtin").lines()
        self.assertIn("db/ident", {r["ident"] for r in builtin})

        saved = self.weft("schema", "export").out
        other = command.Folder()
        self.addCleanup(other.remove)
        dry = other.run("schema", "import", "-", stdin=saved)
        self.assertEqual(dry.code, 0, dry.err)
        self.assertEqual(other.run("schema", "export").out, saved)
        again = other.run("schema", "import", "-", stdin=saved).json()
        self.assertEqual(again["datoms"], [])

    def test_status_tells_what_the_folder_holds(self):
        self.people()
        status = self.weft("status").json()
        self.assertEqual(status["t"], 3)
        self.assertGreater(status["facts_live"], 7)
        self.assertGreater(status["log_bytes"], 0)
        self.assertRegex(status["chain"], "^[0-9a-f]{32}$")
        self.assertIsNone(status["log_bytes_per_fact"])  # some kilobytes a fact would mean nothing
        self.weft("import", "-", stdin="{:n/n 1}\n" * 1000)
        self.assertLess(self.weft("status").json()["log_bytes_per_fact"], 300)

    def test_a_transaction_is_shown_from_the_log(self):
        self.people()
        report = json.loads(self.weft("tx", "show", 3, "-o", "json").out)
        self.assertEqual([(d["v"], d["added"]) for d in report["datoms"]],
                         [(36, False), (37, True)])
        self.assertIn("the newest is 3", self.weft("tx", "show", 5, code=3).err)

    def test_version(self):
        self.assertRegex(command.run("--version").out, r"^weft \d+\.\d+\.\d+\n$")
        self.assertEqual(command.run("-V").out, command.run("--version").out)

    def test_help_is_a_word_too(self):
        for words in ((), ("tx",), ("wal", "tail")):
            self.assertEqual(command.run("help", *words).out, command.run(*words, "--help").out)


if __name__ == "__main__":
    cases.main()
