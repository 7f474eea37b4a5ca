"""What goes wrong is told in three lines, and the exit code says what kind it was."""

import fcntl

import cases
import command


class Failures(command.TestCase):
    def complains(self, code, *words, what="", why="", advice="", **options):
        answer = self.weft(*words, code=code, **options)
        lines = answer.err.splitlines()
        self.assertTrue(lines[0].startswith("error: "), answer.err)
        self.assertIn(what, lines[0])
        self.assertIn(why, lines[1])
        if advice:
            self.assertTrue(lines[2].startswith("try: "), answer.err)
            self.assertIn(advice, lines[2])
        self.assertLessEqual(len(lines), 3)
        return answer

    def test_exit_code_2_is_for_the_command_line(self):
        self.complains(2, "statsu", what="unknown command", advice="weft status")
        self.complains(2, "datoms", "eavtt", what="unknown index", advice="did you mean eavt")
        self.complains(2, "tx", "-", "--dryrun", what="unknown option", advice="--dry-run")
        self.complains(2, "status", "-o", "tabel", what="tabel", advice="-o table")
        self.complains(2, "datoms", "EAVT", what="unknown index", advice="did you mean eavt")
        self.complains(2, "verify", what="unknown command", advice="`weft wal verify`")
        self.complains(2, "tx", "shw", "5", what="does not expect", advice="`weft tx show`")
        self.complains(2, "wal", what="needs one of", advice="weft wal --help")
        self.complains(2, "tx", "[", what="", why="malformed_edn")
        self.complains(2, "tx", "[17]", why="malformed_transaction")
        self.complains(2, "tx", "--json", "[{", why="malformed_json")
        self.complains(2, "tx", "--id", "x", "[]", what="--id x", advice="uuid")

    def test_an_argument_of_kilobytes_is_not_echoed_whole(self):
        for words in (("tx", "[" + "]" * 9000), ("x" * 9000,), ("status", "-o", "y" * 9000)):
            self.assertLess(len(self.weft(*words, code=2).err), 1000)

    def test_exit_code_2_without_any_word(self):
        answer = command.run()
        self.assertEqual((answer.code, answer.out), (2, ""))
        self.assertIn("weft --help", answer.err)

    def test_exit_code_3_is_for_what_is_not_there(self):
        self.complains(3, "status", why="not_a_database", advice="weft tx")
        self.weft("tx", '[{:user/name "Ada"}]')
        self.complains(3, "entity", "nobody", what="nobody")
        self.complains(3, "entity", ":user/nmae", what=":user/nmae", advice=":user/name")
        self.complains(3, "entity", '[:weft/name "x"]')
        self.complains(3, "history", "99999999")
        self.complains(3, "tx", "show", "17", why="basis_ahead", advice="weft status")
        self.complains(3, "entity", "1048576", "--as-of", "17", why="basis_ahead")
        self.complains(3, "tx", "/nowhere/facts.edn", what="/nowhere/facts.edn")
        self.complains(3, "import", "/nowhere/facts.edn", what="/nowhere/facts.edn")

    def test_exit_code_4_is_for_what_the_database_refuses(self):
        self.people()
        self.complains(4, "tx", '[{:user/nmae 1 :user/age "old"}]', why="type_mismatch")
        self.complains(4, "tx", f'[[:db/add {self.bob} :user/email "ada@example.org"]]',
                       why="unique_conflict", advice="weft entity")
        self.complains(4, "tx", f"[[:db/cas {self.ada} :user/age 1 2]]", why="cas_failed")
        self.complains(4, "tx", "[[:db/add 99999999 :user/age 1]]", why="unknown_entity")
        self.complains(4, "datoms", "avet", ":user/nmae", why="unknown_attribute",
                       advice=":user/name")
        self.complains(4, "tx", "[[:no/function 1]]", why="unknown_function")

    def test_exit_code_4_for_errors_says_the_line(self):
        self.people()
        text = '[{:user/name "x"}\n {:user/age 3}\n {:user/age "old"}]'
        self.complains(4, "tx", "-", stdin=text, what="(line 3, column")

    def test_exit_code_5_is_for_trying_again(self):
        self.people()
        with open(self.folder.data / "LOCK", "r+b") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)  # as another writer does
            self.complains(5, "tx", '[{:user/name "late"}]', why="locked", advice="stop the other")
            self.complains(5, "import", "-", stdin="", why="locked")
            self.weft("status")  # reading needs no lock
        self.weft("tx", '[{:user/name "late"}]')

    def test_exit_code_1_is_for_damage(self):
        self.people()
        self.folder.flip(4096 + 200)
        self.complains(1, "status", why="log_corrupt", advice="weft wal verify")
        self.complains(1, "tx", '[{:user/name "x"}]', why="log_corrupt")

    def test_exit_code_6_when_nobody_knows_what_became_of_it(self):
        self.people()
        library = cases.binary_dir() / "lib" / "weft_test_failing_sync.so"
        codes, names = [], {"Ada", "Bob"}
        while 0 not in codes:  # every sync fails once
            broken = {"LD_PRELOAD": str(library), "WEFT_TEST_FAIL_SYNC": str(len(codes) + 1)}
            name, request = f"try {len(codes)}", command.new_request_id()
            words = ("tx", "--id", request, f'[{{:user/name "{name}"}}]')
            answer = self.folder.run(*words, env=broken)
            codes.append(answer.code)
            if answer.code == 6:
                self.assertIn("outcome_unknown", answer.err)
                self.assertIn("the same --id", answer.err)
            names.add(name)
            self.weft(*words)
            self.assertLess(len(codes), 100)
        self.assertEqual(set(codes), {0, 1, 6})
        found = [d["v"] for d in self.weft("datoms", "aevt", ":user/name").lines()]
        self.assertEqual(sorted(found), sorted(names))

    def test_exit_code_8_is_for_the_configuration(self):
        self.people()
        wrong = {"WEFT_OUTPUT": "tabel"}
        self.complains(8, "status", env=wrong, what="WEFT_OUTPUT", why="config_invalid",
                       advice="-o table")
        self.weft("status", "-o", "json", env=wrong)
        answer = self.weft("schema", env={"WEFT_OUTPUT": "csv"})
        self.assertTrue(answer.out.startswith("ident,type,"), answer.out)

    def test_strict_refuses_what_is_not_declared(self):
        self.people()
        for words, env in ((("--strict",), {}), ((), {"WEFT_STRICT": "1"})):
            self.complains(4, "tx", *words, '[{:user/nmae "Eve"}]', env=env, what=":user/nmae",
                           why="unknown_attribute", advice="did you mean :user/name?")
            self.weft("tx", *words, '[{:user/name "Eve"}]', env=env)
        self.complains(8, "status", env={"WEFT_STRICT": "maybe"}, what="WEFT_STRICT",
                       why="config_invalid", advice="WEFT_STRICT=1")
        self.complains(4, "import", "--strict", "-", stdin=b'{:user/nmae "Eve"}\n',
                       why="unknown_attribute")
        self.weft("tx", '[{:user/nmae "Eve"}]', env={"WEFT_STRICT": "0"})

    def test_unreadable_input_is_an_error(self):
        self.weft("tx", '[{:user/name "Ada"}]')
        self.complains(1, "tx", self.folder.root, what="Is a directory")
        self.complains(1, "import", self.folder.root, what="Is a directory")

    def test_a_read_only_command_makes_nothing(self):
        self.weft("status", code=3)
        self.assertFalse(self.folder.data.exists())
        self.weft("tx", "--dry-run", "[]", code=3)
        self.assertFalse(self.folder.data.exists())

    def test_a_refused_transaction_leaves_no_trace(self):
        self.people()
        before = self.weft("status").json()["chain"]
        self.weft("tx", '[{:user/name "Zoe"} {:user/age "old"}]', code=4)
        self.assertEqual(self.weft("status").json()["chain"], before)

    def test_nothing_stored_drives_the_terminal(self):
        self.weft("tx", '[{:user/name "a\\u001b[2Jb"}]')
        for form in ("table", "raw"):
            self.assertNotIn("\x1b", self.weft("datoms", "aevt", ":user/name", "-o", form).out)
        self.assertNotIn("\x1b", self.weft("tx", "\x1b[2J", code=3).err)


if __name__ == "__main__":
    cases.main()
