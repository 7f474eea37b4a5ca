// Trees: what nodes say, how they are built, ordered and printed.
#include "weft/core/datom/edn.hpp"

#include "support/catch.hpp"
#include "support/property.hpp"
#include "support/trees.hpp"

#include "weft/core/base/limits.hpp"
#include "weft/core/datom/edn_builder.hpp"
#include "weft/core/datom/edn_value.hpp"

#include <limits>

namespace weft {

namespace {

edn parsed(std::string_view text) {
  return read_edn(text).value();
}

/// The first mistake of what `make` builds.
template <class Make>
error mistake_of(Make make) {
  edn_builder b;
  make(b);
  const bool ok = b.ok();
  const auto tree = b.finish();
  REQUIRE_FALSE(tree.has_value());
  CHECK(b.ok());
  INFO(ok);
  return tree.error();
}

} // namespace

TEST_CASE("every kind of node says what it holds") {
  const edn tree = parsed("[nil true 36 1.5 #inst \"1970-01-01\" "
                          "#uuid \"00000000-0000-0000-0000-000000000001\" #weft/ref 7 \"s\" "
                          "#weft/bytes \"AA==\" :ns/k ?sym (1) #{2} {:a 1} #t 3]");
  const auto items = tree->items();
  REQUIRE(items.size() == 15);
  CHECK(tree->size() == 15);
  CHECK(items[0].is_nil());
  CHECK(items[1].as_bool());
  CHECK(items[2].as_long() == 36);
  CHECK(items[3].as_double() == 1.5);
  CHECK(items[4].as_instant() == instant(0));
  CHECK(items[5].as_uuid().octets[15] == 1);
  CHECK(items[6].as_ref() == entity_id(7));
  CHECK(items[7].as_string() == "s");
  CHECK(items[8].as_bytes() == bytes_view("\0", 1));
  CHECK(items[9].is_keyword("ns/k"));
  CHECK_FALSE(items[9].is_keyword("k"));
  CHECK_FALSE(items[10].is_keyword("?sym"));
  CHECK(items[10].is_symbol("?sym"));
  CHECK(items[11].kind() == edn_kind::list);
  CHECK(items[12].kind() == edn_kind::set);
  CHECK(items[13].size() == 1);
  CHECK(items[13].entries().size() == 1);
  CHECK(items[14].tag() == "t");
  CHECK(items[14].form().as_long() == 3);
  CHECK(items[14].is_tagged("t"));
  CHECK(edn().view().is_nil());
  CHECK(edn_view().position() == text_position{});
}

TEST_CASE("the depth of a tree counts collections and tags") {
  CHECK(parsed("1")->depth() == 0);
  CHECK(parsed("[]")->depth() == 1);
  CHECK(parsed("[[1] #t {:a (2)}]")->depth() == 4);
}

TEST_CASE("maps are found by keyword") {
  const edn tree = parsed("{\"k\" 0 :b 1 :a 2 :a/x 3 [1] 4 :c 5 sym 6}");
  CHECK(tree->find("a")->as_long() == 2);
  CHECK(tree->find("b")->as_long() == 1);
  CHECK(tree->find("a/x")->as_long() == 3);
  CHECK(tree->find("c")->as_long() == 5);
  CHECK(tree->find("k") == nullptr);
  CHECK(tree->find("sym") == nullptr);
  CHECK(tree->find("") == nullptr);
  CHECK(parsed("{}")->find("a") == nullptr);
}

TEST_CASE("nodes are ordered by kind, then by content") {
  const std::string_view ascending[] = {
      "nil",
      "false",
      "true",
      "-1",
      "0",
      "1",
      "-1.5",
      "0.0",
      "1.0",
      "##Inf",
      "#inst \"1969-01-01\"",
      "#inst \"1970-01-01\"",
      "#uuid \"00000000-0000-0000-0000-000000000000\"",
      "#uuid \"f0000000-0000-0000-0000-000000000000\"",
      "#weft/ref 1",
      "\"\"",
      "\"a\"",
      "\"\xC3\xA4\"",
      "#weft/bytes \"AA==\"",
      ":a",
      ":a/b",
      "a",
      "(1)",
      "[]",
      "[1]",
      "[1 2]",
      "[2]",
      "#{1}",
      "{:a 1}",
      "{:a 1 :b 1}",
      "{:a 2}",
      "#t 1",
  };
  for (std::size_t i = 0; i < std::size(ascending); ++i)
    for (std::size_t k = 0; k < std::size(ascending); ++k) {
      INFO(ascending[i] << " <=> " << ascending[k]);
      CHECK((*parsed(ascending[i]) <=> *parsed(ascending[k])) == (i <=> k));
    }
}

TEST_CASE("a tree lives as long as one of its copies") {
  edn copy;
  {
    const edn tree = parsed("[\"" + std::string(5000, 'x') + "\" :y]");
    copy = tree;
  }
  CHECK(copy->items()[0].as_string().size() == 5000);
  CHECK(copy == parsed("[\"" + std::string(5000, 'x') + "\" :y]"));
}

TEST_CASE("a builder makes what the text says") {
  edn_builder b;
  b.begin(edn_kind::vector);
  b.keyword("db/add");
  CHECK(b.depth() == 1);
  b.begin(edn_kind::map);
  b.symbol("?b");
  b.long_(2);
  b.keyword("a");
  b.begin_tagged("inst");
  b.string("1970-01-01");
  b.end();
  b.end();
  b.boolean(true);
  b.nil();
  b.double_(-0.0);
  b.instant_(instant(1));
  b.uuid_(uuid{});
  b.ref(entity_id(3));
  b.bytes_("x");
  b.add(parsed("#t [#{1 2} \"s\"]"));
  b.end();
  const auto tree = b.finish();
  REQUIRE(tree.has_value());
  CHECK(to_edn(*tree) ==
        "[:db/add {:a #inst \"1970-01-01T00:00:00Z\", ?b 2} true nil 0.0 "
        "#inst \"1970-01-01T00:00:00.000001Z\" #uuid \"00000000-0000-0000-0000-000000000000\" "
        "#weft/ref 3 #weft/bytes \"eA==\" #t [#{1 2} \"s\"]]");
  b.long_(1); // it can be used again
  CHECK(b.finish() == parsed("1"));
}

TEST_CASE("a builder reports the first mistake") {
  using b = edn_builder;
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  const text_position at{3, 4};
  CHECK(mistake_of([](b&) {}).detail == "expected a form");
  CHECK(mistake_of([](b& x) { x.begin(edn_kind::list); }).detail == "expected a form");
  CHECK(mistake_of([](b& x) { x.nil(), x.nil(); }).detail == "expected one complete form");
  CHECK(mistake_of([&](b& x) { x.double_(nan, at), x.keyword(""); }) ==
        error_at(at, {errc::invalid_value, "NaN is not a value", {}}));
  CHECK(mistake_of([](b& x) { x.ref(entity_id(0)); }).code == errc::invalid_value);
  CHECK(mistake_of([](b& x) { x.ref(entity_id(1ULL << 63U)); }).code == errc::invalid_value);
  CHECK(mistake_of([](b& x) { x.string("\xFF"); }).detail == "a string is valid UTF-8");
  for (const std::string_view bad : {"", " ", ":a", "a/", "a/b/c", "\xFF", "a\"b"})
    CHECK(mistake_of([&](b& x) { x.keyword(bad); }).code == errc::malformed_edn);
  for (const std::string_view bad : {"", "nil", "true", "false", "1", "-1", ".5", "+.5", "#a",
                                     "a b", "\xFF", "\xEF\xBB\xBF", "a/"})
    CHECK(mistake_of([&](b& x) { x.symbol(bad); }).code == errc::malformed_edn);
  for (const std::string_view bad : {"", "_", "_a", "1", ":a", "#", "-a", "\xFF"})
    CHECK(mistake_of([&](b& x) { x.begin_tagged(bad); }).code == errc::malformed_edn);
  CHECK(mistake_of([&](b& x) {
          x.begin(edn_kind::map, at);
          x.nil();
          x.end();
        }) == error_at(at, {errc::malformed_edn, "expected a value for the map's last key", {}}));
  CHECK(mistake_of([&](b& x) {
          x.begin_tagged("t", at);
          x.end();
        }) == error_at(at, {errc::malformed_edn, "expected one form behind #t", {}}));
  CHECK(mistake_of([&](b& x) {
          x.begin_tagged("t", at);
          x.nil();
          x.nil();
          x.end({5, 6});
        }) == error_at({5, 6}, {errc::malformed_edn, "expected one form behind #t", {}}));
  edn_builder json(errc::malformed_json);
  json.keyword("");
  CHECK(json.finish().error().code == errc::malformed_json);
}

TEST_CASE("a builder keeps the limits") {
  CHECK(mistake_of([](edn_builder& b) {
          for (std::size_t i = 0; i <= limits::nesting_depth_max; ++i)
            b.begin(edn_kind::vector, {1, static_cast<std::uint32_t>(i + 1)});
        }).to_string() == "nesting_too_deep: more than 64 levels of nesting (line 1, column 65)");
  CHECK(mistake_of([](edn_builder& b) {
          b.bytes_(std::string(limits::transaction_text_bytes_max + 1, 'x'));
        }).code == errc::input_too_large);
  CHECK(mistake_of([](edn_builder& b) {
          b.begin(edn_kind::vector);
          for (std::size_t i = 0; i <= limits::tree_nodes_max; ++i)
            b.nil();
        }).code == errc::input_too_large);
}

TEST_CASE("trees") {
  rc::prop("equal trees are ordered as equal, copies are equal", [] {
    const edn tree = *test::any_tree();
    edn_builder b;
    b.add(tree);
    RC_ASSERT((b.finish() == tree));
  });
  rc::prop("the order is total", [] {
    const edn a = *test::any_tree();
    const edn b = *test::any_tree();
    const edn c = *test::any_tree();
    RC_ASSERT(((*a <=> *b) == 0) == (to_edn(*a) == to_edn(*b)));
    RC_ASSERT(((*a <=> *b) < 0) == ((*b <=> *a) > 0));
    if (*a < *b && *b < *c)
      RC_ASSERT(*a < *c);
  });
  rc::prop("maps and sets are ordered and without duplicates", [] {
    const auto keys = *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange(-50, 50));
    std::string map = "{";
    for (const auto key : keys)
      map += std::to_string(key) + " nil ";
    const auto tree = read_edn(map + "}");
    const std::set<std::int64_t> unique(keys.begin(), keys.end());
    RC_ASSERT(tree.has_value() == (unique.size() == keys.size()));
    if (tree)
      RC_ASSERT(std::ranges::equal(unique, (*tree)->entries(), {}, {},
                                   [](const edn_entry& e) { return e.key.as_long(); }));
  });
}

} // namespace weft
