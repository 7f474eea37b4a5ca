#include "debian_catalogue/edn.hpp"
#include "debian_catalogue/requests.hpp"
#include "support/catch.hpp"

#include "weft/core/datom/edn.hpp"

#include <map>
#include <set>

namespace {

constexpr const char* text = R"(Package: sl
Version: 5.02-1
Architecture: amd64
Installed-Size: 60
Maintainer: Ada "the \ first" <ada@example.org>
Depends: libc6 (>= 2.34) | libncurses6
Description: Correct you if you type `sl' by mistake
Tag: game::toys
Section: games
Size: 14080

Package: libc6
Version: 2.36
Architecture: amd64
Section: contrib/libs
)";

debian::catalogue sample() {
  auto made = debian::catalogue::parse(text);
  REQUIRE(made.has_value());
  return std::move(*made);
}

std::vector<std::string> edn_lines(std::int64_t growth) {
  const auto all = sample();
  std::vector<std::string> lines;
  debian::state(all, growth,
                [&](debian::statement s) { debian::append_edn(lines.emplace_back(), s); });
  return lines;
}

} // namespace

TEST_CASE("the catalogue as EDN, a map per line") {
  CHECK(edn_lines(0) ==
        std::vector<std::string>{
            "{:package.name/text \"libc6\"}\n", "{:package.name/text \"libncurses6\"}\n",
            "{:package.name/text \"sl\"}\n",
            "{:maintainer/id \"Ada \\\"the \\\\ first\\\" <ada@example.org>\" :maintainer/name "
            "\"Ada \\\"the \\\\ first\\\"\" :maintainer/email \"ada@example.org\"}\n",
            "{:package/id \"libc6=2.36:amd64\" :package/name {:package.name/text \"libc6\"} "
            ":package/version \"2.36\" :package/architecture :amd64 :package/section "
            ":contrib/libs}\n",
            "{:package/id \"sl=5.02-1:amd64\" :package/name {:package.name/text \"sl\"} "
            ":package/version \"5.02-1\" :package/architecture :amd64 :package/section :games "
            ":package/maintainer {:maintainer/id \"Ada \\\"the \\\\ first\\\" <ada@example.org>\"} "
            ":package/summary \"Correct you if you type `sl' by mistake\" :package/installed-kib "
            "60 :package/download-bytes 14080 :package/depends [{:package.name/text \"libc6\"} "
            "{:package.name/text \"libncurses6\"}] :package/tag [:game/toys]}\n"});
}

TEST_CASE("every line of EDN is a map") {
  const auto check = [](const auto& form) {
    std::string line;
    debian::append_edn(line, form);
    const auto tree = weft::read_edn(line);
    REQUIRE(tree.has_value());
    CHECK(tree->view().kind() == weft::edn_kind::map);
  };
  const auto all = sample();
  for (const auto& a : debian::attributes())
    check(a);
  debian::state(all, 0, check);
}

TEST_CASE("a request says what the text says, with lookup refs") {
  const auto all = sample();
  weft::tx_request request;
  debian::state(all, 0, [&](debian::statement s) { debian::append(request, s); });
  REQUIRE(request.operations().size() == 6);
  const auto& entries = request.operations().back().value.entries();
  REQUIRE(entries.size() == 11);
  CHECK(entries[0] == weft::map_entry{"package/id", "sl=5.02-1:amd64"});
  CHECK(entries[1] == weft::map_entry{"package/name", weft::lookup("package.name/text", "sl")});
  CHECK(entries[9] ==
        weft::map_entry{"package/depends",
                        weft::list_of({weft::lookup("package.name/text", "libc6"),
                                       weft::lookup("package.name/text", "libncurses6")})});
  CHECK(debian::schema_request().operations().size() == debian::attributes().size());
}

TEST_CASE("growth changes the sizes and nothing else") {
  const auto before = edn_lines(0);
  const auto after = edn_lines(7);
  REQUIRE(before.size() == after.size());
  for (std::size_t i = 0; i + 1 < before.size(); ++i)
    CHECK(before[i] == after[i]);
  CHECK(after.back().find(":package/installed-kib 67 :package/download-bytes 14087") !=
        std::string::npos);
}

TEST_CASE("what is referred to was stated before") {
  const auto all = sample();
  std::set<std::pair<std::string, std::string>> stated;
  std::size_t references = 0;
  debian::state(all, 0, [&](debian::statement s) {
    for (const debian::fact& f : s)
      if (f.is == debian::fact::kind::reference) {
        CHECK(stated.contains({std::string(f.target), std::string(f.text)}));
        ++references;
      }
    stated.emplace(s.front().attribute, s.front().text);
  });
  CHECK(references == 5);
}

TEST_CASE("attributes are declared before and as they are used") {
  const auto all = sample();
  std::map<std::string_view, debian::attribute> declared;
  for (const auto& a : debian::attributes())
    declared[a.ident] = a;
  debian::state(all, 0, [&](debian::statement s) {
    CHECK(declared.at(s.front().attribute).identity);
    for (const debian::fact& f : s) {
      const auto& a = declared.at(f.attribute);
      CHECK(a.many == f.many);
      CHECK((a.type == "ref") == (f.is == debian::fact::kind::reference));
      CHECK((a.type == "long") == (f.is == debian::fact::kind::number));
      CHECK((a.type == "keyword") == (f.is == debian::fact::kind::keyword));
    }
  });
}
