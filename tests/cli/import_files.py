"""weft import: EDN forms, JSON lines and CSV become facts."""

import json

import cases
import command

PEOPLE_SCHEMA = """{:db/ident :user/email :db/valueType :db.type/string
 :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}
{:db/ident :user/age :db/valueType :db.type/long :db/cardinality :db.cardinality/one}
{:db/ident :user/tags :db/valueType :db.type/keyword :db/cardinality :db.cardinality/many}
{:db/ident :user/friend :db/valueType :db.type/ref :db/cardinality :db.cardinality/one}
{:db/ident :user/friends :db/valueType :db.type/ref :db/cardinality :db.cardinality/many}
"""


class ImportFiles(command.TestCase):
    def load(self, text, name="facts.edn", *options, code=0):
        return self.weft("import", self.folder.file(name, text), *options, code=code).json()

    def values(self, attribute):
        return [d["v"] for d in self.weft("datoms", "avet", attribute).lines()]

    def friends(self):
        """Who refers to whom, by :user/email."""
        emails = {d["e"]: d["v"] for d in self.weft("datoms", "aevt", ":user/email").lines()}
        rows = (self.weft("datoms", "aevt", ":user/friend").lines()
                + self.weft("datoms", "aevt", ":user/friends").lines())
        return sorted((emails[d["e"]], emails[d["v"]["$ref"]]) for d in rows)

    def test_edn_forms_are_maps_operations_and_transactions(self):
        summary = self.load(PEOPLE_SCHEMA + """
            {:user/email "ada" :user/age 36 :user/tags [:math :lace]} ; a map
            #_{:user/email "nobody"}
            [:db/add [:user/email "ada"] :user/age 37]
            [{:db/id "x" :user/email "bob"} [:db/add "x" :user/age 40]]""")
        self.assertEqual(self.values(":user/age"), [37, 40])
        self.assertEqual(self.values(":user/tags"),
                         [{"$keyword": "lace"}, {"$keyword": "math"}])
        self.assertEqual(summary["facts_read"], 16 + 4 + 1 + 2)
        self.assertEqual(summary["left_out"], 0)
        self.assertGreater(summary["facts_per_second"], 0)
        self.assertGreaterEqual(summary["commit_us_p99"], summary["commit_us_p50"])

    def test_json_lines(self):
        self.load(PEOPLE_SCHEMA)
        self.load('{"user/email": "ada", "user/age": 36, "user/tags": [{"$keyword": "math"}]}\n'
                  "\n"
                  '["db/add", {"$lookup": ["user/email", "ada"]}, "user/age", 37]\n'
                  '[{"db/id": "x", "user/email": "bob"}, ["db/add", "x", "user/age", 40]]',
                  "facts.jsonl")
        self.assertEqual(self.values(":user/age"), [37, 40])

    def test_csv_has_a_column_for_each_attribute(self):
        self.load(PEOPLE_SCHEMA)
        self.load('user/email,user/age,user/name,visits:long,born:instant\n'
                  '"ada",36,"Ada, ""the Countess""",3,1815-12-10\n'
                  'bob,,,,\n'
                  '"eve",40,"two\nlines","",2001-01-01T00:00:00Z\n', "people.csv", code=4)
        self.load('user/email,user/age,user/name,visits:long,born:instant\n'
                  '"ada",36,"Ada, ""the Countess""",3,1815-12-10\n'
                  'bob,,,,\n'
                  '"eve",40,"two\nlines",4,2001-01-01T00:00:00Z\n', "people.csv")
        self.assertEqual(self.values(":user/age"), [36, 40])
        self.assertEqual(self.values(":user/name"), ['Ada, "the Countess"', "two\nlines"])
        self.assertEqual(self.values(":visits"), [3, 4])
        self.assertEqual(self.values(":born")[0], {"$instant": "1815-12-10T00:00:00Z"})
        self.assertEqual(self.values(":user/email"), ["ada", "bob", "eve"])

    def test_csv_columns_are_mapped_and_rows_named(self):
        self.load(PEOPLE_SCHEMA)
        self.load("id,mail,boss,comment\n1,ada,3,x\n2,bob,1,y\n3,eve,,z\n", "staff.csv",
                  "--csv-map", "mail=user/email", "--csv-map", "boss=user/friend",
                  "--csv-map", "comment=", "--id-column", "id")
        self.assertEqual(self.friends(), [("ada", "eve"), ("bob", "ada")])
        self.assertEqual(self.weft("datoms", "aevt", ":comment", code=4).out, "")

    def test_tempids_hold_all_over_the_file(self):
        for batch in ("1", "3", "1000"):
            with self.subTest(batch=batch):
                self.folder.renew()
                lines = [f'{{:db/id "p{i}" :user/email "{i}" :user/friend "p{(i * 7 + 1) % 50}"'
                         f' :user/friends ["p{(i + 1) % 50}" "p{(i + 49) % 50}"]}}'
                         for i in range(50)]
                self.load(PEOPLE_SCHEMA + "\n".join(lines), "facts.edn", "--batch", batch)
                expected = [(str(i), str((i * 7 + 1) % 50)) for i in range(50)]
                for i in range(50):
                    expected += [(str(i), str((i + 1) % 50)), (str(i), str((i + 49) % 50))]
                self.assertEqual(self.friends(), sorted(expected))
                self.assertEqual(len(self.values(":user/email")), 50)

    def test_a_transaction_has_tempids_of_its_own(self):
        self.load('[{:db/id "x" :n/name "one"}]\n[{:db/id "x" :n/name "two"}]\n'
                  '{:db/id "x" :n/name "three"}\n{:db/id "x" :n/size 3}')
        self.assertEqual(self.values(":n/name"), ["one", "three", "two"])
        three = self.weft("datoms", "avet", ":n/size").lines()[0]["e"]
        self.assertEqual(self.weft("entity", three).json()["n/name"], "three")

    def test_later_lines_win_however_the_file_is_cut(self):
        lines = PEOPLE_SCHEMA + "".join(
            f'{{:user/email "{i % 7}" :user/age {i}}}\n' for i in range(100))
        for batch in ("1", "10", "5000"):
            with self.subTest(batch=batch):
                self.folder.renew()
                self.load(lines, "facts.edn", "--batch", batch)
                self.assertEqual(self.values(":user/age"), list(range(93, 100)))

    def test_references_may_be_nested_and_looked_up(self):
        self.load(PEOPLE_SCHEMA + """
            {:user/email "ada"}
            {:user/email "bob" :user/friend [:user/email "ada"]}
            {:user/email "eve" :user/friend {:user/email "kim" :user/friend [:user/email "bob"]}}
            """, "facts.edn", "--batch", "1")
        self.assertEqual(self.friends(), [("bob", "ada"), ("eve", "kim"), ("kim", "bob")])

    def test_restating_changes_nothing_when_everything_has_an_identity(self):
        text = PEOPLE_SCHEMA + '{:user/email "ada" :user/age 36}\n{:user/email "bob"}'
        self.load(text)
        again = self.weft("import", self.folder.file("facts.edn", text), "--restart")
        self.assertEqual(again.json()["facts_added"], 0)
        self.assertEqual(again.json()["facts_read"], 16 + 3)
        self.assertEqual(len(self.values(":user/email")), 2)

    def test_standard_input(self):
        answer = self.weft("import", "-", stdin='{:user/name "Ada"}\n{:user/name "Bob"}')
        self.assertEqual(answer.json()["facts_added"], 2 + 3)  # and the attribute
        answer = self.weft("import", "-", stdin='{"user/name": "Eve"}\n')
        self.weft("import", "-", stdin="user/name\nKim\n")
        self.assertEqual(self.values(":user/name"), ["Ada", "Bob", "Eve", "Kim"])

    def test_the_syntax_can_be_said(self):
        path = self.folder.file("facts.txt", '{"user/name": "Ada"}\n')
        self.weft("import", path, "--format", "edn", code=2)
        self.weft("import", path, "--format", "jsonl")
        self.assertEqual(self.values(":user/name"), ["Ada"])

    def test_an_empty_file_is_no_mistake(self):
        for name in ("empty.edn", "empty.jsonl"):
            summary = self.load("", name)
            self.assertEqual(summary["facts_read"], 0)

    def test_large_files_use_large_transactions(self):
        lines = "".join(f'{{:n/name "n{i}" :n/size {i}}}\n' for i in range(20_000))
        summary = self.load(lines)
        self.assertEqual(summary["facts_read"], 40_000)
        self.assertEqual(summary["facts_added"], 40_000 + 2 * 2 + 2)  # and two attributes
        self.assertLess(summary["transactions"], 60)
        self.assertEqual(self.weft("status").json()["t"], summary["t"])

    def test_the_summary_is_a_table_for_people(self):
        path = self.folder.file("facts.edn", '{:user/name "Ada"}')
        shown = command.run_on_terminal(*self.folder.place(), "--no-color", "import", path)
        self.assertIn("facts read", shown.out)
        self.assertIn("commit us p99", shown.out)


if __name__ == "__main__":
    cases.main()
