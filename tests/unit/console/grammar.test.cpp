#include "weft/console/cli/grammar/grammar.hpp"

#include "support/catch.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

using namespace weft;
using namespace weft::console;

namespace {

using words = std::vector<std::string>;

std::string nearest_of(words line) {
  const auto out = parse(std::move(line));
  REQUIRE_FALSE(out);
  CHECK(out.error().code == errc::usage);
  return std::string(out.error().field("nearest"));
}

words defaulted(words line) {
  invocation ignored;
  return with_default_verbs(*make_grammar(ignored), std::move(line));
}

} // namespace

TEST_CASE("a noun's usual verb may be left out") {
  CHECK(defaulted({"tx", "facts.edn"}) == words{"tx", "submit", "facts.edn"});
  CHECK(defaulted({"tx", "--dry-run", "-"}) == words{"tx", "submit", "--dry-run", "-"});
  CHECK(defaulted({"tx", "show", "4"}) == words{"tx", "show", "4"});
  CHECK(defaulted({"--data", "tx", "entity", "7"}) == words{"--data", "tx", "entity", "show", "7"});
  CHECK(defaulted({"-o", "json", "schema"}) == words{"-o", "json", "schema", "show"});
  CHECK(defaulted({"schema", "--help"}) == words{"schema", "--help"});
  CHECK(defaulted({"status"}) == words{"status"});
  CHECK(defaulted({}).empty());
}

TEST_CASE("options of every command stand anywhere") {
  for (const auto& line : {words{"-d", "x", "-o", "edn", "--no-color", "status"},
                           words{"status", "--data=x", "--output", "edn", "--no-color"},
                           words{"wal", "-d", "x", "tail", "-o", "edn", "--no-color"}}) {
    const auto out = parse(line);
    REQUIRE(out);
    CHECK(out->what.globals.data == "x");
    CHECK(out->what.globals.output == format::edn);
    CHECK(out->what.globals.no_color);
    CHECK(out->what.run);
  }
}

TEST_CASE("a typo is answered with the nearest word") {
  CHECK(nearest_of({"statsu"}) == "`weft status`");
  CHECK(nearest_of({"wal", "tial"}) == "`weft wal tail`");
  CHECK(nearest_of({"tx", "-", "--dyr-run"}) == "--dry-run");
  CHECK(nearest_of({"status", "--dta", "x"}) == "--data");
  CHECK(nearest_of({"status", "-o", "jsno"}) == "-o json");
  CHECK(nearest_of({"frobnicate"}).empty());
  CHECK(nearest_of({"status", "-o=json"}) == "-o json");
  CHECK(nearest_of({"import", "x", "--format", "json"}) == "jsonl");
  CHECK(nearest_of({"completion", "basg"}) == "bash");
  CHECK(nearest_of({"status", "-x"}).empty());
}

TEST_CASE("a verb without its noun, or misspelt behind it, is recognised") {
  CHECK(nearest_of({"verify"}) == "`weft wal verify`");
  CHECK(nearest_of({"tail"}) == "`weft wal tail`");
  CHECK(nearest_of({"dmup"}) == "`weft wal dump`");
  CHECK(nearest_of({"show", "5"}) == "`weft tx show` or `weft entity show` or `weft schema show`");
  CHECK(nearest_of({"tx", "shw", "5"}) == "`weft tx show`");
  CHECK(nearest_of({"entity", "histroy", "5"}) == "`weft entity history`");
}

TEST_CASE("what is missing or too much is named") {
  const auto detail = [](words line) {
    const auto out = parse(std::move(line));
    REQUIRE_FALSE(out);
    return out.error().detail;
  };
  CHECK(detail({}) == "no command is given");
  CHECK(detail({"wal"}) == "`weft wal` needs one of: tail, poll, verify, dump");
  CHECK(detail({"entity"}) == "`weft entity show` needs E");
  CHECK(detail({"tx", "show"}) == "`weft tx show` needs T");
  CHECK(detail({"status", "now"}) == "`weft status` does not expect 'now'");
  CHECK(detail({"status", "-o", "xml"}) == "unknown output format 'xml'");
  CHECK(detail({"datoms", "eavt", "--limit"}) == "--limit needs N");
  CHECK(detail({"status", "--data", "x", "--data", "y"}) == "--data is given more than once");
  CHECK(detail({"help", "nonsense"}) == "unknown command 'nonsense'");
}

TEST_CASE("numbers are told from what is none") {
  const auto detail = [](words line) {
    const auto out = parse(std::move(line));
    REQUIRE_FALSE(out);
    CHECK(out.error().code == errc::usage);
    return out.error().detail;
  };
  CHECK(detail({"tx", "show", "-1"}) == "`weft tx show` takes a number of at least 1, not '-1'");
  CHECK(detail({"tx", "show", "0"}) == "`weft tx show` takes a number of at least 1, not '0'");
  CHECK(detail({"tx", "show", "abc"}) == "`weft tx show` takes a number of at least 1, not 'abc'");
  CHECK(detail({"wal", "tail", "--from", "-1"}) == "--from takes a number of at least 1, not '-1'");
  CHECK(detail({"wal", "tail", "-n", "-1"}) == "--count takes a number of at least 0, not '-1'");
  CHECK(detail({"datoms", "eavt", "--limit", "-1"}) ==
        "--limit takes a number of at least 0, not '-1'");
  CHECK(detail({"datoms", "eavt", "--limit", "99999999999999999999"}) ==
        "--limit takes a number from 0 to 18446744073709551615, not '99999999999999999999'");
  CHECK(detail({"import", "x", "--batch", "0"}) ==
        "--batch takes a number from 1 to 50000, not '0'");
  CHECK(detail({"import", "x", "--batch", "1.5"}) ==
        "--batch takes a number from 1 to 50000, not '1.5'");
  CHECK(parse({"datoms", "eavt", "--limit", "18446744073709551615"}));
}

TEST_CASE("an EDN argument is one word, whatever brackets it has") {
  const auto out = parse({"datoms", "avet", ":user/pair", "[1,2]", "[3, 4]"});
  REQUIRE(out);
  REQUIRE(parse({"entity", "[:user/email \"a,b\"]"}));
  REQUIRE(parse({"datoms", "eavt", "-5"}));
  REQUIRE(parse({"tx", "-"}));
  REQUIRE(parse({"entity", "status"})); // an entity that is called like a command
}

TEST_CASE("every command has help with two examples before its options") {
  invocation ignored;
  const auto root = make_grammar(ignored);
  const auto all = [](const CLI::App*) { return true; };
  std::vector<const CLI::App*> apps = {root.get()};
  for (std::size_t i = 0; i < apps.size(); ++i)
    for (const auto* below : apps[i]->get_subcommands(all))
      apps.push_back(below);
  CHECK(apps.size() > 15);
  for (const auto* app : apps) {
    const auto text = help_of(*app);
    INFO(text);
    const auto examples = text.find("\nexamples:\n");
    const auto options = text.find("\noptions:\n");
    REQUIRE(examples != std::string::npos);
    CHECK(examples < options);
    const auto lines = text.substr(examples + 11, text.find("\n\n", examples + 11) - examples - 11);
    CHECK(std::ranges::count(lines, '\n') >= 1);
    CHECK(lines.find("weft") != std::string::npos);
  }
}

TEST_CASE("-h and --help are equal and need nothing else") {
  for (const words& noun : {words{}, words{"tx"}, words{"tx", "show"}, words{"import"}}) {
    auto with_short = noun;
    with_short.emplace_back("-h");
    auto with_long = noun;
    with_long.emplace_back("--help");
    const auto a = parse(with_short);
    const auto b = parse(with_long);
    REQUIRE(a);
    REQUIRE(b);
    CHECK_FALSE(a->help.empty());
    CHECK(a->help == b->help);
  }
}

TEST_CASE("help can be asked for by a word, and the help of a noun has all its options") {
  CHECK(parse({"help"})->help == parse({"--help"})->help);
  CHECK(parse({"help", "tx", "show"})->help == parse({"tx", "show", "--help"})->help);
  const auto tx = parse({"help", "tx"})->help;
  CHECK(tx.find("\nweft tx [submit] FILE|-|EDN [OPTIONS]:\n") != std::string::npos);
  for (const auto* option : {"--id UUID", "--json", "--dry-run"})
    CHECK(tx.find(option) != std::string::npos);
  CHECK(parse({"wal", "-h"})->help.find("--follow") != std::string::npos);
  CHECK(parse({"entity", "--help"})->help.find("--as-of") != std::string::npos);
  CHECK(parse({"schema", "--help"})->help.find("--builtin") != std::string::npos);
  CHECK(parse({"-V"})->what.version);
}

TEST_CASE("completion offers what may stand there") {
  const auto offered = [](words line) { return complete(line); };
  CHECK(offered({"sta"}) == words{"status", "stat"});
  CHECK(offered({"wal", ""}) == words{"tail", "poll", "verify", "dump"});
  CHECK(offered({"--data", "x", "wal", "v"}) == words{"verify"});
  CHECK(offered({"status", "-o", "js"}) == words{"json", "jsonl"});
  CHECK(offered({"datoms", "a"}) == words{"aevt", "avet"});
  CHECK(offered({"completion", ""}) == words{"bash", "zsh", "fish"});
  CHECK(offered({"import", "--cont"}) == words{"--continue-on-error"});
  CHECK(offered({"import", "x", "--format", ""}) == words{"edn", "jsonl", "csv"});
  CHECK(offered({"nonsense", "x"}).empty());
  CHECK(offered({"tx", "--dr"}) == words{"--dry-run"});
  CHECK(offered({"tx", "facts.edn", "--dr"}) == words{"--dry-run"});
  CHECK(offered({"entity", "7", "--as"}) == words{"--as-of"});
  CHECK(offered({"tx", ""}) == words{"submit", "show"});
  CHECK(offered({"help", "wal", "v"}) == words{"verify"});
  CHECK(offered({}).size() == 12);
}
