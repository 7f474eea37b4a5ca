"""The rules themselves are tested: each catches a bad sample and lets a good one pass."""

import json

import cases
import cpp
from rules import RULES, layers, quotes, sizes, syncs, tables, words
from tree import Tree

HEADER = "// A sample.\n#pragma once\n"


def lines(count):
    return "x();\n" * count


def function(length):
    return "int f(int a) {\n" + lines(length - 2) + "}\n"


class Rules(cases.TestCase):
    def catches(self, rule, bad, good, beside=()):
        """`bad` and `good` are {path: text}; every file of `bad` must be found. The headers
        `beside` them are there in both."""
        headers = {path: HEADER for path in beside}
        found = {finding.path for finding in rule(Tree({**headers, **bad}))}
        self.assertEqual(found, set(bad), "the bad sample is not caught")
        self.assertEqual([str(f) for f in rule(Tree({**headers, **good}))], [],
                         "the good sample is caught")

    def test_mutants_of_code_that_is_gone(self):
        def table(text):
            return {"tests/mutants.json": json.dumps(
                [{"about": "a", "file": "core/a.hpp", "from": text, "to": "", "tests": []}])}
        self.catches(tables.every_mutant_fits, table("was here"), table("#pragma once"),
                     beside=["core/a.hpp"])

    def test_a_lower_layer_using_a_higher_one(self):
        self.catches(layers.modules_use_what_is_below,
                     {"core/a.cpp": '#include "weft/persistence/log.hpp"\n'},
                     {"persistence/a.cpp": '#include "weft/core/base/bytes.hpp"\n',
                      "tests/a.cpp": '#include "weft/persistence/log.hpp"\n'})

    def test_forbidden_includes_and_words(self):
        bad = ["#include <caf/actor.hpp>", "#include <thread>", "#include <mutex>",
               "#include <fstream>", "auto t = std::chrono::system_clock::now();",
               "auto t = steady_clock::now();", "int r = rand();", "#include <random>"]
        good = ["// no <thread>, no rand()", 'auto s = "system_clock";', "auto operand = 1;"]
        self.catches(layers.forbidden_things,
                     {f"core/{n}.cpp": text + "\n" for n, text in enumerate(bad)},
                     {f"core/{n}.cpp": text + "\n" for n, text in enumerate(good)})
        self.catches(layers.forbidden_things, {"persistence/a.cpp": "#include <caf/all.hpp>\n"},
                     {"persistence/b.cpp": "#include <mutex>\n"})
        for path, _ in layers.EXCEPTIONS:
            self.assertTrue((cases.source_dir() / path).exists(), f"{path} needs no exception")

    def test_lmdb_outside_its_wrapper(self):
        self.catches(layers.lmdb_stays_in_its_wrapper,
                     {"core/a.cpp": "#include <lmdb.h>\n",
                      "persistence/log.cpp": '#include "lmdb.h"'},
                     {"persistence/lmdb/environment.cpp": "#include <lmdb.h>\n"})

    def test_caf_outside_its_header(self):
        self.catches(layers.caf_is_spelled_once,
                     {"actors/a.cpp": "caf::actor who;\n",
                      "fabric/a.hpp": HEADER + "#include <caf/actor.hpp>\n"},
                     {"actors/caf.hpp": HEADER + "#include <caf/actor.hpp>\ncaf::actor who;\n",
                      "fabric/a.cpp": "// caf::actor\nactors::actor who;\n",
                      "tests/a.cpp": "caf::actor who;\n"})

    def test_a_source_that_begins_with_another_header(self):
        self.catches(layers.sources_begin_with_their_header,
                     {"core/a.cpp": '#include <map>\n#include "weft/core/a.hpp"\n'},
                     {"core/b.cpp": '#include "weft/core/b.hpp"\n#include <map>\n',
                      "core/c.cpp": "#include <map>\n"},
                     beside=["core/a.hpp", "core/b.hpp"])

    def test_long_files(self):
        self.catches(sizes.files_are_short, {"core/a.cpp": lines(501)}, {"core/a.cpp": lines(500)})
        self.assertEqual(len(list(sizes.files_that_grow(Tree({"a.cpp": lines(401)})))), 1)

    def test_long_lines(self):
        long = "x" * 101 + "\n"
        self.catches(sizes.lines_are_short, {"core/a.cpp": long, "cmake/dev/a.py": long},
                     {"core/a.cpp": "x" * 100 + "\n", "core/url.cpp": "// https://" + long,
                      "core/t.def": long, "b.cpp": "// clang-format off\n" + long})

    def test_long_functions(self):
        inside = "namespace weft {\nclass c {\n" + function(61) + "};\n}\n"
        self.catches(sizes.functions_are_short, {"a.cpp": function(61), "b.cpp": inside},
                     {"a.cpp": function(60) + function(60), "b.cpp": "namespace a {\n" + lines(90)
                      + "}\n", "c.cpp": "int table[] = {\n" + lines(90) + "};\n",
                      "d.cpp": "int f(int a) {\n  const int t[] = {\n" + "{1, 2},\n" * 90
                      + "  };\n" + lines(55) + "}\n"})

    def test_functions_are_found(self):
        text = ("// {\nstruct s {\n  s() : a_{1}, b_(2) { go(); }\n  int a_ = {1};\n};\n"
                "#define M(x) { \\\n  x }\nauto f = \"{\";\n"
                "TEST_CASE(\"a { b\") {\n  if (x) {\n  }\n  auto g = [](int) { return '{'; };\n}\n"
                "int n = 1'000'000;\nvoid last() {\n}\n"
                "s::s()\n    : a_{1} {\n  go();\n}\n")
        self.assertEqual(list(cpp.functions(text)), [(3, 1), (9, 5), (15, 2), (17, 4)])

    def test_unfinished_work(self):
        note = "// TO" + "DO: later\n"
        self.catches(words.nothing_is_unfinished, {"core/a.cpp": note, "docs/a.md": note},
                     {"core/a.cpp": "// to do a thing\n", "b.py": "mastodon\n"})

    def test_characters_outside_ascii(self):
        self.catches(words.code_is_ascii, {"core/a.cpp": "// caf\u00e9\n"},
                     {"core/a.cpp": 'auto s = "caf\\u00e9";\n', "docs/a.md": "caf\u00e9\n"})

    def test_blanks_at_the_end(self):
        self.catches(words.lines_end_cleanly, {"a.cpp": "int a; \n", "b.py": "a = 1"},
                     {"a.cpp": "int a;\n\nint b;\n"})

    def test_headers_without_a_guard(self):
        self.catches(words.headers_have_a_guard,
                     {"a.hpp": "// A sample.\n#include <a>\n", "b.hpp": "#pragma once\n"},
                     {"a.hpp": HEADER})

    def test_paths_of_one_machine(self):
        bad = "see /ho" + "me/ada/weft\n"
        self.catches(words.paths_are_of_no_machine, {"a.md": bad, "b.txt": "cd /ro" + "ot/x\n"},
                     {"a.md": "see https://example.org/home/ada\n", "b.md": "docs/work/home/a\n"})

    def test_errors_and_limits_without_a_test(self):
        errc = {"core/base/errc.def": 'WEFT_ERRC(lost, 1, "lost", false, 404, 3)\n'}
        limit = {"core/base/limits.hpp": HEADER + "inline constexpr std::size_t key_max = 9;\n"}
        self.catches(tables.every_error_is_tested, errc,
                     errc | {"tests/a.cpp": "CHECK(e.code == errc::lost);\n"})
        self.catches(tables.every_limit_is_tested, limit,
                     limit | {"tests/a.cpp": "std::string(limits::key_max + 1, 'x');\n"})
        table = "// -- command line ---\n" + errc["core/base/errc.def"]
        cli = {"core/base/errc.def": table}
        self.assertEqual(list(tables.every_error_is_tested(Tree(cli))), [])
        cli["console/main.cpp"] = "int main() {}\n"
        self.assertEqual(len(list(tables.every_error_is_tested(Tree(cli)))), 1)
        in_a_comment = list(tables.every_limit_is_tested(Tree(limit | {"tests/a.cpp": "// key_max"})))
        self.assertEqual(len(in_a_comment), 1)

    def test_quotes_of_code_that_changed(self):
        code = {"core/a.cpp": "int a;\nint b;\n"}
        self.assertEqual(len(list(quotes.quoted_code_is_current(
            Tree(code | {"a.md": "```cpp core/a.cpp\nint c;\n```\n"})))), 1)
        self.catches(quotes.quoted_code_is_current, {"a.md": "```cpp core/b.cpp\nint a;\n```\n"},
                     code | {"a.md": "```cpp core/a.cpp\nint b;\n```\n\n```\nint c;\n```\n"})

    def test_loops_over_what_is_gone(self):
        self.catches(quotes.loops_keep_what_they_walk,
                     {"core/a.cpp": "for (const auto& d : *batch.datoms())\n  use(d);\n",
                      "a.md": "```cpp\nfor (const datom_view& d : *commit->datoms())\n```\n"},
                     {"core/a.cpp": "for (const auto& d : *datoms)\n  use(d);\n"
                                    "for (const auto all = f(); const auto& d : all.value())\n"})

    def test_syncs_that_no_test_leaves_out(self):
        sites = {"persistence/mutant.hpp": "enum class sync_site {\n  none,\n  batch, ///< one\n"}
        good = "if (!mutated(sync_site::batch))\n  WEFT_CHECK(file_->sync_data());\n"
        self.catches(syncs.every_sync_can_be_left_out,
                     {"persistence/a.cpp": "return to->sync_data();\n",
                      "persistence/b.cpp": "if (x)\n  on.sync_folder(f);\n",
                      "persistence/c.cpp": good + "writer_->sync();\n"},
                     sites | {"persistence/a.cpp": good,
                              "persistence/disk/posix.cpp": "file.sync_data();\n"})
        self.catches(syncs.every_sync_can_be_left_out, sites, {})
        twice = {"persistence/a.cpp": good, "persistence/b.cpp": good}
        self.assertEqual(len(list(syncs.every_sync_can_be_left_out(Tree(sites | twice)))), 1)

    def test_no_rule_is_without_a_sample(self):
        source = (cases.source_dir() / "tests" / "tidy" / "rules_catch.py").read_text()
        for rule in RULES:
            self.assertIn(f".{rule.__name__},", source)


if __name__ == "__main__":
    cases.main()
