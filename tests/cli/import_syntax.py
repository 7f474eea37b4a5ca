"""What import takes files for, and what of CSV and JSON it understands."""

import json

import cases
import command

EXPORTS = ("edn", "jsonl", "json", "csv")


class ImportSyntax(command.TestCase):
    def load(self, name, text, *options, code=0):
        return self.weft("import", self.folder.file(name, text), *options, code=code)

    def values(self, attribute):
        return [d["v"] for d in self.weft("datoms", "aevt", attribute).lines()]

    def test_the_content_says_more_than_the_name(self):
        for i, (name, text, told) in enumerate((
                ("x.edn", '{"n/n": 0}\n', "JSON"), ("x.jsonl", "{:n/n 1}\n", "EDN"),
                ("x.csv", '{"n/n": 2}\n', "JSON"), ("x.csv", "[[:db/add \"x\" :n/n 3]]", "EDN"),
                ("x.edn", "n/n:long,n/m\n4,\n", "CSV"), ("y.jsonl", "; c\n{:n/n 5}\n", "EDN"),
                ("z.json", "{:n/n 6}\n", "EDN"), ("x", "{:n/n 7}", None),
                ("x.json", "[\n{\"n/n\": 8}\n]", None))):
            with self.subTest(name=name, text=text):
                answer = self.load(name, text, "--restart")
                self.assertEqual(self.values(":n/n"), list(range(i + 1)))
                self.assertEqual(f"is read as {told}" in answer.err, told is not None)

    def test_every_export_can_be_imported_under_any_name(self):
        self.people()
        for form in EXPORTS:
            text = self.weft("export", "-o", form).out
            for ending in ("edn", "json", "csv", "txt"):
                with self.subTest(form=form, ending=ending):
                    other = command.Folder()
                    self.addCleanup(other.remove)
                    done = other.run("import", other.file(f"facts.{ending}", text))
                    self.assertEqual(done.code, 0, done.err)
                    names = [d["v"] for d in other.run("datoms", "aevt", ":user/name").lines()]
                    self.assertEqual(names, ["Ada", "Bob"])

    def test_exports_are_for_import_whatever_the_environment_says(self):
        self.people()
        for form in ("table", "raw"):
            for words, usual in ((("export",), "jsonl"), (("schema", "export"), "edn")):
                with self.subTest(form=form, words=words):
                    answer = self.weft(*words, env={"WEFT_OUTPUT": form})
                    self.assertEqual(answer.out, self.weft(*words, "-o", usual).out)
            self.weft("schema", "export", "-o", form, code=2)
        self.assertEqual(self.weft("export", env={"WEFT_OUTPUT": "csv"}).out,
                         self.weft("export", "-o", "csv").out)
        self.assertIn("Ada", self.weft("export", "-o", "table").out)

    def test_every_export_of_the_schema_can_be_imported(self):
        self.people()
        for form in EXPORTS:
            with self.subTest(form=form):
                other = command.Folder()
                self.addCleanup(other.remove)
                text = self.weft("schema", "export", "-o", form).out
                done = other.run("schema", "import", "-", stdin=text.encode())
                self.assertEqual(done.code, 0, done.err)
                self.assertEqual(other.run("schema", "show").out, self.weft("schema", "show").out)

    def test_histories_are_refused(self):
        self.people()
        for form in ("csv", "jsonl", "json", "edn"):
            with self.subTest(form=form):
                other = command.Folder()
                self.addCleanup(other.remove)
                text = self.weft("export", "--history", "-o", form).out
                done = other.run("import", other.file("facts", text))
                self.assertEqual(done.code, 2, done.err)
                self.assertIn("histories cannot be imported", done.err)

    def test_infinities_go_through_csv(self):
        self.weft("tx", "[{:n/up ##Inf :n/down ##-Inf}]")
        text = self.weft("export", "-o", "csv").out
        self.load("inf.csv", text)
        self.assertEqual(self.values(":n/up"), [{"$double": "Infinity"}] * 2)
        self.assertEqual(self.values(":n/down"), [{"$double": "-Infinity"}] * 2)

    def test_a_json_array_over_lines_is_a_list_of_forms(self):
        people = [{"db/id": f"p{i}", "user/name": f"a [\"{i}\", {{", "user/age": i}
                  for i in range(300)]
        text = json.dumps(people, indent=2)
        self.load("p.json", text, "--batch", "7")
        self.assertEqual(len(self.values(":user/name")), 300)
        self.assertIn("imported before", self.load("p.json", text).err)
        for broken, place in ((text[:-1], "expected , or ]"), (text + "x", "behind the array"),
                              (text.replace("},", "}", 1), "expected , or ]")):
            self.assertIn(place, self.load("b.json", broken, "--restart", code=2).err)

    def test_mistakes_in_a_json_array(self):
        text = '[\n{"n/n": 1},\n17,\n{"n/n": "x"},\n{"n/n": 2} ]'
        self.assertIn("(line 3, column 1)", self.load("m.json", text, code=2).err)
        answer = self.load("m.json", text, "--continue-on-error", code=4)
        self.assertIn("goes on at line 2", answer.err)
        self.assertEqual(self.values(":n/n"), [1, 2])

    def test_null_says_nothing(self):
        self.load("n.jsonl", '{"user/name": "Ada", "user/age": null}\n{"user/name": null}\n'
                             '{"user/name": "Bob", "user/friend": {"user/name": "x", "y": null}}\n')
        self.assertEqual(self.values(":user/name"), ["Ada", "Bob", "x"])
        self.assertNotIn("user/age", self.weft("schema").out)

    def test_a_column_of_references_declares_them(self):
        rows = "id,user/name,boss{}\n1,Ada,\n2,Bo,1\n3,Cy,1\n"
        self.load("a.csv", rows.format(""), "--id-column", "id",
                  "--csv-map", "boss=user/boss:ref", "--batch", "1")
        self.load("b.csv", rows.format("").replace("boss", "user/lead:ref"), "--id-column", "id")
        for attribute in (":user/boss", ":user/lead"):
            name = {d["e"]: d["v"] for d in self.weft("datoms", "aevt", ":user/name").lines()}
            self.assertEqual([(name[d["e"]], name[d["v"]["$ref"]])
                              for d in self.weft("datoms", "aevt", attribute).lines()],
                             [("Bo", "Ada"), ("Cy", "Ada")])
        answer = self.load("c.csv", "id,user/name,user/x:ref\n1,a,1\n", "--id-column", "id",
                           "--strict", code=4)
        self.assertIn("unknown_attribute", answer.err)
        answer = self.load("d.csv", "id,user/name:ref\n1,1\n", "--id-column", "id", code=4)
        self.assertIn("(line 2, column 3)", answer.err)
        self.assertIn("type_mismatch", answer.err)

    def test_rows_that_are_wrong_are_left_out_alone(self):
        rows = (b"n/n:long,n/s\n1,a\n2\n3,c,c\n4,\xff\n5,e\"e\n\"6\"x,f\nseven,g\n"
                b"8,h\n\"9\",\"i\n\"\n")
        for batch in ("1", "1000"):
            with self.subTest(batch=batch):
                self.folder.renew()
                path = self.folder.file("w.csv", rows)
                self.weft("import", path, "--batch", batch, code=2)
                self.assertEqual(self.values(":n/n"), [1])
                answer = self.weft("import", path, "--continue-on-error", "--batch", batch, code=4)
                told = [line[len(str(path)) + 1:] for line in answer.err.splitlines()
                        if line.startswith(str(path))]
                self.assertEqual([":".join(line.split(":")[:2]) for line in told],
                                 ["3:1", "4:1", "5:3", "6:4", "7:4", "8:1"])
                self.assertEqual(self.values(":n/n"), [1, 8, 9])
                self.assertIn("imported before", self.weft("import", path).err)

    def test_a_quote_without_end_is_not_passed_over(self):
        self.load("q.csv", 'n/n:long,n/s\n1,a\n2,"b\n3,c\n', "--continue-on-error", code=2)
        self.assertEqual(self.values(":n/n"), [1])


if __name__ == "__main__":
    cases.main()
