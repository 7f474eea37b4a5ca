"""Entities and values are written the same way in transactions and in the commands that read."""

import cases
import command


class Naming(command.TestCase):
    def setUp(self):
        super().setUp()
        self.people()
        self.weft("tx", """[{:db/ident :reg/student :db/valueType :db.type/ref
                             :db/cardinality :db.cardinality/one}
                            {:db/ident :reg/term :db/valueType :db.type/string
                             :db/cardinality :db.cardinality/one}
                            {:db/ident :reg/key :db/valueType :db.type/tuple
                             :db/tupleAttrs [:reg/student :reg/term]
                             :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}
                            {:db/ident :badge/of :db/valueType :db.type/ref
                             :db/cardinality :db.cardinality/one
                             :db/unique :db.unique/identity}]""")
        made = self.weft("tx", f"""[{{:db/id "r" :reg/student {self.ada} :reg/term "2026"}}
                                    {{:db/id "b" :badge/of {self.ada}}}]""").json()["tempids"]
        self.registration, self.badge = made["r"], made["b"]
        self.ada_ref = '[:user/email "ada@example.org"]'

    def test_a_composite_key_of_references_is_found(self):
        for student in (self.ada, f"#weft/ref {self.ada}", self.ada_ref):
            key = f'[{student} "2026"]'
            for text in (key, f"#weft/tuple {key}"):
                with self.subTest(key=text):
                    lookup = f"[:reg/key {text}]"
                    self.assertEqual(self.weft("entity", lookup).json()["db/id"],
                                     self.registration)
                    rows = self.weft("datoms", "avet", ":reg/key", text).lines()
                    self.assertEqual([row["e"] for row in rows], [self.registration])
        self.weft("tx", f'[[:db/add [:reg/key [{self.ada} "2026"]] :reg/note "in"]]')

    def test_lookup_refs_nest(self):
        for name in (self.ada, self.ada_ref, f"#weft/ref {self.ada}"):
            self.assertEqual(self.weft("entity", f"[:badge/of {name}]").json()["db/id"],
                             self.badge)
        self.assertIn("nobody@x", self.weft(
            "entity", '[:badge/of [:user/email "nobody@x"]]', code=3).err)

    def test_what_a_table_shows_can_be_given_back(self):
        shown = self.weft("datoms", "aevt", ":user/friend", "-o", "table").out.splitlines()[1]
        value = shown[shown.index("#weft/ref"):].split("  ")[0].strip()
        rows = self.weft("datoms", "aevt", ":user/friend", self.bob, value).lines()
        self.assertEqual([row["e"] for row in rows], [self.bob])
        self.assertEqual(self.weft("entity", value).json()["user/name"], "Ada")
        self.assertEqual(len(self.weft("datoms", "vaet", value, ":user/friend").lines()), 1)

    def test_a_wrong_value_names_its_attribute_and_no_line(self):
        for words, said in ((("avet", ":user/age", "old"), ":user/age: expected a long"),
                            (("avet", ":reg/key", "[1 2 3]"), ":reg/key is no tuple of 3"),
                            (("avet", ":reg/key", "17"), ":reg/key: expected a tuple"),
                            (("avet", ":reg/key", '[0 "2026"]'), "0 names no entity")):
            with self.subTest(words=words):
                for code in (2, 4):
                    answer = self.folder.run("datoms", *words)
                    if answer.code == code:
                        break
                self.assertIn(answer.code, (2, 4))
                self.assertIn(said, answer.err)
                self.assertNotIn("line 1", answer.err)

    def test_one_operation_needs_no_vector_around_it(self):
        self.weft("tx", '[:db/add "x" :user/name "Cy"]')
        self.weft("tx", '["db/add", "y", "user/name", "Di"]')
        self.weft("tx", "-", stdin='[:db/add "z" :user/name "Ed"] ; alone')
        names = {d["v"] for d in self.weft("datoms", "aevt", ":user/name").lines()}
        self.assertLessEqual({"Cy", "Di", "Ed"}, names)

    def test_what_is_no_transaction_is_told_so_and_not_looked_up_as_a_file(self):
        for text in ("", "  "):
            self.assertIn("empty", self.weft("tx", text, code=2).err)
        answer = self.weft("tx", '#{[:db/add "x" :user/name "Cy"]}', code=2)
        self.assertIn("malformed_transaction", answer.err)
        self.assertNotIn("No such file", answer.err)
        self.weft("tx", '([:db/add "x" :user/name "Cy"])')  # a list is as good as a vector

    def test_what_is_missing_is_told_for_what_it_is(self):
        answer = self.weft("history", self.bob, ":user/alias", code=3)
        self.assertIn(f"no :user/alias was ever said of {self.bob}", answer.err)
        self.assertIn("nothing was ever said about 99", self.weft("history", 99, code=3).err)
        answer = self.weft("tx", "nowhere.edn", code=3)
        self.assertIn("there is no such file", answer.err)
        self.assertNotIn("nothing was found", answer.err)

    def test_the_holder_of_a_unique_value_is_named(self):
        answer = self.weft("tx", f"[[:db/add {self.bob} :user/email \"ada@example.org\"]]", code=4)
        self.assertIn(f"`weft entity {self.ada}`", answer.err)

    def test_a_number_that_no_double_is_says_so(self):
        self.weft("tx", "[{:n/d 1.5}]")
        answer = self.weft("tx", "[{:n/d 9007199254740993}]", code=4)
        self.assertIn("no double is exactly 9007199254740993", answer.err)
        self.weft("tx", "[{:n/d 9007199254740994}]")


if __name__ == "__main__":
    cases.main()
