"""What is exported and imported again says the same."""

import cases
import command

EVERYTHING = r"""[
 {:db/ident :x/many :db/valueType :db.type/string :db/cardinality :db.cardinality/many}
 {:db/ident :x/ref :db/valueType :db.type/ref :db/cardinality :db.cardinality/one}
 {:db/ident :x/refs :db/valueType :db.type/ref :db/cardinality :db.cardinality/many}
 {:db/ident :x/key :db/valueType :db.type/string :db/cardinality :db.cardinality/one
  :db/unique :db.unique/identity :db/doc "with \"quotes\", commas\nand lines"}
 {:db/ident :x/pair :db/valueType :db.type/tuple :db/cardinality :db.cardinality/one
  :db/tupleTypes "[:db.type/long :db.type/string]"}
 {:db/ident :x/both :db/valueType :db.type/tuple :db/cardinality :db.cardinality/one
  :db/tupleAttrs "[:x/key :x/long]"}
 {:db/ident :x/steward :db/valueType :db.type/ref :db/cardinality :db.cardinality/one}
 {:db/ident :x/long :db/valueType :db.type/long :db/cardinality :db.cardinality/one}]"""

FACTS = r"""[
 {:db/id "a" :x/key "a" :x/many ["one" "two, three" "quote \" and\nline" ""] :x/long 36
  :x/double 1.5 :x/whole 2.0 :x/yes true :x/no false :x/keyword :color/red
  :x/instant #inst "2026-11-21T14:00:00.123456Z" :x/bytes #weft/bytes "AQIDBA=="
  :x/uuid #uuid "018f3b6e-7c1a-7000-8000-0242ac120002" :x/pair [7 "x"] :x/ref "b" :x/refs ["a" "c"]}
 {:db/id "b" :x/ref "c" :x/big 9223372036854775807 :x/small -9223372036854775808}
 {:db/id "c" :db/ident :color/red :x/ref "a"}
 {:db/id "d" :x/ref :color/none :x/refs [:x/key]}
 {:db/id :x/many :x/steward "d" :x/grade 3}
 {:db/id "e" :db/ident :color/none}]"""


class RoundTrip(command.TestCase):
    def setUp(self):
        super().setUp()
        self.weft("tx", EVERYTHING)
        # A reference to an ident must find it in the database.
        self.weft("tx", '[{:db/ident :color/none}]')
        self.weft("tx", FACTS.replace(' {:db/id "e" :db/ident :color/none}', ""))

    def facts(self, folder):
        """Everything that is said, with entities called by the order of their ids."""
        rows = folder.run("export", "-o", "csv").out.splitlines()[1:]
        order = {}
        for row in rows:
            order.setdefault(row.split(",")[0], f"#{len(order)}")
        out = []
        for row in folder.run("datoms", "eavt").lines():
            if row["t"] == 0 or row["a"] in ("db/txInstant",) or "weft-import" in str(row):
                continue
            value = row["v"]
            if isinstance(value, dict) and "$ref" in value:
                value = order.get(value["$ref"], value["$ref"])
            if row["e"] in order:
                out.append((order[row["e"]], row["a"], str(value)))
        return sorted(out)

    def copy(self, form, name, *options):
        text = self.weft("export", "-o", form).out
        other = command.Folder()
        self.addCleanup(other.remove)
        done = other.run("import", other.file(name, text), *options)
        self.assertEqual(done.code, 0, done.err + text)
        return other

    def check(self, form, name, *options):
        other = self.copy(form, name, *options)
        mine, theirs = self.facts(self.folder), self.facts(other)
        self.assertGreater(len(mine), 50)
        self.assertEqual(mine, theirs)

    def test_edn(self):
        self.check("edn", "facts.edn")

    def test_json_lines(self):
        self.check("jsonl", "facts.jsonl")

    def test_json(self):
        self.check("json", "facts.json")

    def test_csv(self):
        self.check("csv", "facts.csv")

    def test_in_the_smallest_transactions(self):
        for form in ("edn", "jsonl", "json", "csv"):
            with self.subTest(form=form):
                self.check(form, f"facts.{form}", "--batch", "1")

    def test_an_export_of_the_past(self):
        self.people()
        self.weft("tx", f"[[:db/retractEntity {self.bob}]]")
        now = self.weft("export", "-o", "edn").out
        then = self.weft("export", "-o", "edn", "--as-of", 5).out
        self.assertNotIn("Bob", now)
        self.assertIn("Bob", then)

    def test_history_has_every_datom(self):
        self.people()
        rows = self.weft("export", "--history").lines()
        self.assertTrue(any(not row["added"] for row in rows))
        ages = [row for row in rows if row["a"] == "user/age"]
        self.assertEqual(len(ages), 3)

    def test_the_bookkeeping_of_imports_is_not_exported(self):
        other = self.copy("edn", "facts.edn")
        self.assertNotIn("weft-import", other.run("export", "-o", "edn").out)


if __name__ == "__main__":
    cases.main()
