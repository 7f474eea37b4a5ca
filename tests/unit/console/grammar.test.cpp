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
  CHECK(defaulted({}) == words{});
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
}

TEST_CASE("what is missing or too much is named") {
  const auto detail = [](words line) {
    const auto out = parse(std::move(line));
    REQUIRE_FALSE(out);
    return out.error().detail;
  };
  CHECK(detail({}) == "no command is given");
  CHECK(detail({"wal"}) == "`weft wal` needs one of: tail, verify, dump");
  CHECK(detail({"entity"}) == "`weft entity show` needs E");
  CHECK(detail({"tx", "show"}) == "`weft tx show` needs T");
  CHECK(detail({"status", "now"}) == "`weft status` does not expect 'now'");
  CHECK(detail({"status", "-o", "xml"}) == "unknown output format 'xml'");
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

TEST_CASE("completion offers what may stand there") {
  const auto offered = [](words line) { return complete(line); };
  CHECK(offered({"sta"}) == words{"status"});
  CHECK(offered({"wal", ""}) == words{"tail", "verify", "dump"});
  CHECK(offered({"--data", "x", "wal", "v"}) == words{"verify"});
  CHECK(offered({"status", "-o", "js"}) == words{"json", "jsonl"});
  CHECK(offered({"datoms", "a"}) == words{"aevt", "avet"});
  CHECK(offered({"completion", ""}) == words{"bash", "zsh", "fish"});
  CHECK(offered({"import", "--cont"}) == words{"--continue-on-error"});
  CHECK(offered({"import", "x", "--format", ""}) == words{"edn", "jsonl", "csv"});
  CHECK(offered({"nonsense", "x"}).empty());
  CHECK(offered({}).size() == 10);
}
