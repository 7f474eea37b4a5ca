"""Mistakes in imported files: told with line and column, and nothing behind them is in."""

import cases
import command

SCHEMA = """[{:db/ident :user/email :db/valueType :db.type/string
 :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}
 {:db/ident :user/age :db/valueType :db.type/long :db/cardinality :db.cardinality/one}
 {:db/ident :user/friend :db/valueType :db.type/ref :db/cardinality :db.cardinality/one}]"""


def maps(first, last):
    return "".join(f'{{:user/email "{i}" :user/age {i}}}\n' for i in range(first, last + 1))


def lines(first, last):
    return "".join(f'{{"user/email": "{i}", "user/age": {i}}}\n' for i in range(first, last + 1))


class ImportMistakes(command.TestCase):
    def setUp(self):
        super().setUp()
        self.weft("tx", SCHEMA)

    def emails(self):
        return sorted(int(d["v"]) for d in self.weft("datoms", "aevt", ":user/email").lines())

    def mistake(self, text, place, name="facts.edn", code=4, why="", options=()):
        answer = self.weft("import", self.folder.file(name, text), *options, code=code)
        first = next(line for line in answer.err.splitlines() if line.startswith("error: "))
        self.assertIn(place, first)
        self.assertIn(why, answer.err)
        return answer

    def test_malformed_edn(self):
        for text, place in (("{:user/age }", "(line 11, column 12)"),
                            ("{:user/age 1]", "(line 11, column 13)"),
                            ("  17", "(line 11, column 3)"),
                            ("{:user/age 1\n :user/age 2}", "(line 12, column 2)"),
                            ("{:user/age \\nope}", "(line 11, column 12)")):
            with self.subTest(text=text):
                self.mistake(maps(1, 10) + text + "\n" + maps(12, 20), place, code=2)
                self.assertEqual(self.emails(), list(range(1, 11)))

    def test_edn_that_ends_too_early(self):
        for text, place in (('{:user/email "x}\n', "(line 11, column 14)"),
                            ("{:user/age 1\n", "line 11, column 1"),
                            ("[[:db/add", "line 11, column 2")):
            with self.subTest(text=text):
                self.mistake(maps(1, 10) + text, place, code=2)
                self.assertEqual(self.emails(), list(range(1, 11)))

    def test_malformed_json_lines(self):
        for text, place in (('{"user/age": }', "(line 11, column 14)"),
                            ('{"user/age": 1', "(line 11, column 15)"),
                            ("17", "(line 11, column 1)"),
                            ('{"user/age": 1} x', "(line 11, column 17)"),
                            ('{"user/age": 1, "user/age": 2}', "(line 11, column 17)")):
            with self.subTest(text=text):
                self.mistake(lines(1, 10) + text + "\n" + lines(12, 20), place, "facts.jsonl",
                             code=2)
                self.assertEqual(self.emails(), list(range(1, 11)))

    def test_malformed_csv(self):
        rows = "user/email,user/age\n" + "".join(f"{i},{i}\n" for i in range(1, 11))
        for text, place, code in (("11\n", "line 12", 2), ("11,11,11\n", "line 12", 2),
                                  ('"11,11\n', "line 12", 2),
                                 ("11,old\n", "(line 12, column 4)", 4),
                                  ('11,"3"x\n', "line 12", 2)):
            with self.subTest(text=text):
                self.mistake(rows + text, place, "facts.csv", code=code)
                self.assertEqual(self.emails(), list(range(1, 11)))

    def test_csv_headers_that_mean_nothing(self):
        self.mistake("full name,user/age\nx,1\n", "(line 1", "facts.csv", code=2)
        self.mistake("user/age,user/age\n1,1\n", "(line 1", "facts.csv", code=2)
        answer = self.mistake("email\nx\n", "", "facts.csv", code=2,
                              options=("--csv-map", "emial=user/email"))
        self.assertIn("did you mean email", answer.err)
        self.mistake("", "(line 1", "facts.csv", code=2)

    def test_what_the_database_refuses_is_told_with_its_line(self):
        for text, why in (('{:user/email "x" :user/age "old"}', "type_mismatch"),
                          ('{:db/id 99999999 :user/age 1}', "unknown_entity"),
                          ('[:db/add [:user/email "3"] :user/email "4"]', "unique_conflict"),
                          ('[:db/cas [:user/email "3"] :user/age 1 2]', "cas_failed"),
                          ('[{:user/email "9"} {:user/age 1 :user/email "9" :user/agee "x"}'
                           ' [:db/add "t" :user/age 1.5]]', "type_mismatch")):
            for batch in ("1", "4", "1000"):
                with self.subTest(text=text, batch=batch):
                    self.mistake(maps(1, 20) + text + "\n" + maps(22, 60), "(line 21, column ",
                                 why=why, options=("--batch", batch))
                    self.assertEqual(self.emails(), list(range(1, 21)))

    def test_the_corrected_file_goes_on(self):
        text = maps(1, 500) + '{:user/email "x" :user/age "old"}\n' + maps(502, 900)
        self.mistake(text, "(line 501", options=("--batch", "20"))
        answer = self.weft("import", self.folder.file("facts.edn", text.replace('"old"', "501  ")
                                                      .replace('"x"', '"501"')),
                           "--batch", "20")
        self.assertEqual(self.emails(), list(range(1, 901)))
        self.assertEqual(answer.json()["left_out"], 0)

    def test_all_mistakes_at_once(self):
        text = (lines(1, 50) + "{\n" + lines(52, 70) + '{"user/age": "old"}\n' + lines(72, 90)
                + '{"user/age": 1, "user/email": 7}\n' + lines(92, 300))
        for batch in ("1", "7", "1000"):
            with self.subTest(batch=batch):
                path = self.folder.file("facts.jsonl", text)
                answer = self.weft("import", path, "--continue-on-error", "--batch", batch,
                                   "--restart", code=4)
                told = [line for line in answer.err.splitlines() if line.startswith(str(path))]
                self.assertEqual([line[len(str(path)) + 1:].split(":")[0] for line in told],
                                 ["51", "71", "91"])
                self.assertIn("3 forms were left out, for the reasons above", answer.err)
                self.assertEqual(self.emails(),
                                 [i for i in range(1, 301) if i not in (51, 71, 91)])

    def test_all_mistakes_of_edn_that_can_be_told_apart(self):
        text = (maps(1, 5) + '17\n{:user/age "old"}\n' + maps(8, 10) + "{:user/age }\n"
                + maps(12, 20))
        path = self.folder.file("facts.edn", text)
        answer = self.weft("import", path, "--continue-on-error", code=2)
        self.assertIn(f"{path}:6:1:", answer.err)
        self.assertIn(f"{path}:7:", answer.err)
        self.assertIn("error:", answer.err)
        self.assertIn("(line 11, column 12)", answer.err)
        self.assertEqual(self.emails(), [1, 2, 3, 4, 5, 8, 9, 10])

    def test_a_name_that_nothing_describes(self):
        text = '{:db/id "a" :user/email "1" :user/friend "nobody"}\n' + maps(2, 5)
        answer = self.mistake(text, "(line 1, column 1)", why="tempid_unused")
        self.assertIn('"nobody"', answer.err)
        self.assertEqual(self.emails(), [1, 2, 3, 4, 5])

    def test_mistakes_on_standard_input(self):
        answer = self.weft("import", "-", stdin=maps(1, 3) + "]\n", code=2)
        self.assertIn("(line 4, column 1)", answer.err)
        self.assertIn("import what begins with it", answer.err)  # again would be twice
        self.assertEqual(self.emails(), [1, 2, 3])
        answer = self.weft("import", "-", "--continue-on-error", "--batch", "2", code=4,
                           stdin=lines(4, 600) + '{"user/age": "old"}\n' + lines(601, 700))
        self.assertEqual(self.emails(), list(range(1, 701)))
        answer = self.weft("import", "-", stdin='{:user/email "0" :user/friend "x"}', code=4)
        self.assertIn("state the reference with `weft tx`", answer.err)

    def test_a_form_larger_than_a_transaction(self):
        many = " ".join(f'"{i}"' for i in range(120_000))
        text = maps(1, 3) + f"{{:user/email \"4\" :user/names [{many}]}}\n" + maps(5, 6)
        self.mistake(text, "(line 4, column 30)", why="transaction_too_large")
        self.assertEqual(self.emails(), [1, 2, 3])


if __name__ == "__main__":
    cases.main()
