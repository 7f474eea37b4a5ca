"""On a terminal there are tables and colours; elsewhere there are none."""

import json

import cases
import command

ESCAPE = "\x1b["


class Terminal(command.TestCase):
    def setUp(self):
        super().setUp()
        self.people()
        self.there = ("--data", self.folder.data)

    def on_terminal(self, *words, **options):
        return command.run_on_terminal(*self.there, *words, **options)

    def test_a_person_gets_a_table_and_a_program_lines(self):
        shown = self.on_terminal("datoms", "eavt", self.ada)
        self.assertEqual(shown.code, 0)
        self.assertIn("ADDED", shown.out)
        self.assertIn(ESCAPE, shown.out)
        piped = self.weft("datoms", "eavt", self.ada)
        self.assertNotIn(ESCAPE, piped.out)
        self.assertEqual(json.loads(piped.out.splitlines()[0])["e"], self.ada)

    def test_colour_can_be_refused(self):
        for words, env in ((("status",), {"NO_COLOR": "1"}), (("status", "--no-color"), {}),
                           (("status",), {"TERM": "dumb"})):
            with self.subTest(words=words, env=env):
                shown = self.on_terminal(*words, env=env)
                self.assertNotIn(ESCAPE, shown.out)
                self.assertIn("facts live", shown.out)

    def test_errors_are_coloured_on_a_terminal_only(self):
        self.assertIn("\x1b[31merror:", self.on_terminal("statsu").out)
        self.assertNotIn(ESCAPE, self.on_terminal("statsu", "--no-color").out)
        self.assertNotIn(ESCAPE, self.weft("statsu", code=2).err)

    def test_lines_fit_the_window(self):
        self.weft("tx", f'[[:db/add {self.ada} :user/name "{"x" * 500}"]]')
        shown = self.on_terminal("datoms", "eavt", self.ada, "--no-color", columns=60)
        self.assertTrue(all(len(line) <= 60 for line in shown.out.splitlines()), shown.out)
        self.assertIn("...", shown.out)
        self.assertIn("x" * 500, self.weft("datoms", "eavt", self.ada, "-o", "table").out)

    def test_a_format_is_a_format_on_a_terminal_too(self):
        shown = self.on_terminal("status", "-o", "json")
        self.assertEqual(json.loads(shown.out)["t"], 3)

    def test_import_shows_a_bar_on_a_terminal_and_takes_it_away(self):
        lines = "".join(f'{{:user/name "n{i}" :user/age {i}}}\n' for i in range(40_000))
        path = self.folder.file("many.edn", lines)
        shown = self.on_terminal("import", path)
        self.assertEqual(shown.code, 0, shown.out)
        self.assertIn("% ", shown.out)
        self.assertRegex(shown.out, r"\[=*>? *\] +\d+%  [\d,]+ facts  [\d,]+/s  ETA \d+:\d\d")
        self.assertIn("\r\x1b[2K", shown.out)
        last = shown.out[shown.out.rindex("\r\x1b[2K") + 5:]
        self.assertIn("facts read", last)
        self.assertNotIn("[=", last)

    def test_the_time_left_is_seen_on_80_columns(self):
        lines = "".join(f'{{:user/name "n{i}" :user/age {i}}}\n' for i in range(40_000))
        path = self.folder.file("a-file-with-a-name-that-is-rather-long.edn", lines)
        shown = self.on_terminal("import", path, columns=80)
        self.assertEqual(shown.code, 0, shown.out)
        bars = [bar for bar in shown.out.split("\r\x1b[2K") if "ETA" in bar]
        self.assertTrue(bars, shown.out)
        for bar in bars:
            self.assertRegex(bar, r"\.\.\..*\.edn .*% .* ETA \d+:\d\d$")
            self.assertLess(len(bar), 80)

    def test_names_are_not_cut_while_other_columns_can_be(self):
        shown = self.on_terminal("schema", "--no-color", columns=80)
        self.assertEqual({line.split()[0] for line in shown.out.splitlines()[1:]},
                         {":user/name", ":user/email", ":user/age", ":user/alias",
                          ":user/friend"})
        self.assertTrue(all(len(line) <= 80 for line in shown.out.splitlines()), shown.out)
        shown = self.on_terminal("wal", "dump", "--no-color", columns=60)
        self.assertTrue(all(len(line) <= 60 for line in shown.out.splitlines()), shown.out)
        self.assertEqual([line.split()[0] for line in shown.out.splitlines()],
                         ["INDEX", "1", "2", "3"])

    def test_marks_of_direction_are_shown_and_not_obeyed(self):
        self.weft("tx", '[{:user/name "a\u202eb\u2066c"}]')
        shown = self.on_terminal("datoms", "avet", ":user/name", "--no-color")
        self.assertIn("a\\u202eb\\u2066c", shown.out)

    def test_import_is_silent_elsewhere(self):
        path = self.folder.file("few.edn", '{:user/name "n"}\n')
        self.assertEqual(self.weft("import", path).err, "")

    def test_examples_of_the_help_come_before_the_options(self):
        for words in ((), ("tx",), ("import",), ("wal", "tail"), ("entity", "show")):
            short, long = command.run(*words, "-h"), command.run(*words, "--help")
            self.assertEqual(short.out, long.out)
            self.assertEqual(short.code, 0)
            self.assertLess(short.out.index("examples:"), short.out.index("options:"))


if __name__ == "__main__":
    cases.main()
