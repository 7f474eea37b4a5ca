#include "debian_catalogue/catalogue.hpp"

#include "support/property.hpp"

using debian::catalogue;

namespace {

constexpr const char* two_packages = R"(Package: bash
Version: 5.2.15-2+b7
Architecture: amd64
Essential: yes
Installed-Size: 7164
Maintainer: Matthias Klose <doko@debian.org>
Depends: base-files (>= 2.1.12), debianutils (>= 5.6-0.1) | busybox:any
Pre-Depends: libc6 (>= 2.36), libtinfo6 (>= 6), libc6
Description: GNU Bourne Again SHell
 a second line, of the long form
Homepage: http://tiswww.case.edu/php/chet/bash/bashtop.html
Tag: interface::commandline, role::program,
 implemented-in::c
Section: shells
Priority: required
Size: 1490104

Package: ada
Version: 1
Architecture: all
Section: not a keyword
Installed-Size: many
)";

catalogue parsed(std::string text, std::size_t limit = static_cast<std::size_t>(-1)) {
  auto made = catalogue::parse(std::move(text), limit);
  REQUIRE(made.has_value());
  return std::move(*made);
}

} // namespace

TEST_CASE("a stanza becomes a package") {
  const auto all = parsed(two_packages);
  REQUIRE(all.packages().size() == 2);
  const debian::package& bash = all.packages()[1];
  CHECK(bash.id == "bash=5.2.15-2+b7:amd64");
  CHECK(bash.name == "bash");
  CHECK(bash.version == "5.2.15-2+b7");
  CHECK(bash.architecture == "amd64");
  CHECK(bash.section == "shells");
  CHECK(bash.priority == "required");
  CHECK(bash.maintainer == "Matthias Klose <doko@debian.org>");
  CHECK(bash.summary == "GNU Bourne Again SHell");
  CHECK(bash.homepage == "http://tiswww.case.edu/php/chet/bash/bashtop.html");
  CHECK(bash.installed_kib == 7164);
  CHECK(bash.download_bytes == 1490104);
  CHECK(bash.depends == std::vector<std::string_view>{"base-files", "busybox", "debianutils",
                                                      "libc6", "libtinfo6"});
  CHECK(bash.tags ==
        std::vector<std::string>{"implemented-in/c", "interface/commandline", "role/program"});
}

TEST_CASE("what a stanza does not say, or says badly, is left out") {
  const auto all = parsed(two_packages);
  const debian::package& ada = all.packages()[0];
  CHECK(ada.id == "ada=1:all");
  CHECK(ada.section.empty());
  CHECK_FALSE(ada.installed_kib);
  CHECK_FALSE(ada.download_bytes);
  CHECK(ada.depends.empty());
}

TEST_CASE("names are those of packages and of dependencies, once each") {
  const auto all = parsed(two_packages);
  CHECK(all.names() == std::vector<std::string_view>{"ada", "base-files", "bash", "busybox",
                                                     "debianutils", "libc6", "libtinfo6"});
  CHECK(all.maintainers() == std::vector<std::string_view>{"Matthias Klose <doko@debian.org>"});
}

TEST_CASE("the first of two stanzas with one id counts") {
  const auto all = parsed("Package: a\nVersion: 1\nArchitecture: all\nSize: 1\n\n\n"
                          "Package: a\nVersion: 1\nArchitecture: all\nSize: 2\n\n"
                          "Package: a\nVersion: 2\nArchitecture: all\n");
  REQUIRE(all.packages().size() == 2);
  CHECK(all.packages()[0].download_bytes == 1);
}

TEST_CASE("a limit keeps the first packages and only what they refer to") {
  const auto all = parsed(two_packages, 1);
  CHECK(all.packages().size() == 1);
  CHECK(all.names() == std::vector<std::string_view>{"ada"});
  CHECK(all.maintainers().empty());
}

TEST_CASE("fields that are not UTF-8 are left out") {
  const auto all = parsed("Package: a\nVersion: 1\nArchitecture: all\nDescription: \xff\xfe\n");
  CHECK(all.packages()[0].summary.empty());
}

TEST_CASE("a text without a package is refused") {
  for (const char* text : {"", "\n\n", "Package: a\n", "no colon at all", " continued\n"}) {
    const auto made = catalogue::parse(text);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code == weft::errc::invalid_argument);
  }
}

TEST_CASE("a maintainer has a name and an address") {
  const auto parts = debian::split_maintainer("Ada Lovelace <ada@example.org>");
  CHECK(parts.name == "Ada Lovelace");
  CHECK(parts.email == "ada@example.org");
  CHECK(debian::split_maintainer("nobody").name == "nobody");
  CHECK(debian::split_maintainer("nobody").email.empty());
  CHECK(debian::split_maintainer("").name.empty());
  CHECK(debian::split_maintainer("a > b").name == "a > b");
}

TEST_CASE("any text is parsed or refused") {
  rc::prop("pieces of stanzas in any order", [] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "Package: a\n", "Version: 1\n", "Architecture: all\n", "Depends: a (>= 1) | b,,|c\n",
        "Tag: a::b,::,x\n", "\n", " more\n", ":", "\r\n", "\t", "Size: 99999999999999999999\n"));
    std::string text;
    for (const auto& piece : pieces)
      text += piece;
    const auto made = catalogue::parse(text);
    if (made)
      for (const auto& p : made->packages())
        RC_ASSERT(p.id == std::string(p.name) + "=" + std::string(p.version) + ":" +
                              std::string(p.architecture));
  });
}
