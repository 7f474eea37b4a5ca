#include "weft/core/stream/filter.hpp"

#include "support/facts.hpp"
#include "support/property.hpp"

using namespace weft;
using namespace weft::test;

namespace {

using names = std::vector<std::string>;

attribute_filter filter_of(const names& patterns) {
  const auto f = attribute_filter::parse(patterns);
  REQUIRE(f);
  return *f;
}

errc code_of(const names& patterns) {
  const auto f = attribute_filter::parse(patterns);
  return f ? errc::usage : f.error().code;
}

/// What the words say, without compiling or one form.
bool passes_naively(const names& patterns, const std::string& ident) {
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&](auto p) {
           if (p.starts_with(':'))
             p.erase(0, 1);
           return p.back() == '*' ? ident.starts_with(p.substr(0, p.size() - 1)) : p == ident;
         });
}

} // namespace

TEST_CASE("equal wishes are one filter") {
  CHECK(filter_of({"b/y", ":a/x", "a/x"}).patterns() == names{"a/x", "b/y"});
  CHECK(filter_of({"a/x", "a/*", "ab"}).patterns() == names{"a/*", "ab"});
  CHECK(filter_of({"a*", "a/*", "a/x"}) == filter_of({"a*"}));
  CHECK(filter_of({"a/x", "*"}).is_everything());
  CHECK(filter_of({"*"}) == attribute_filter());
  CHECK(filter_of({}).is_everything());
  CHECK(filter_of({"a*", "a"}) == filter_of({"a*"}));
}

TEST_CASE("a pattern is a name, or the beginning of one and a star") {
  const auto f = filter_of({"user/name", "order/*", "no"});
  CHECK(f.passes("user/name"));
  CHECK_FALSE(f.passes("user/names"));
  CHECK_FALSE(f.passes("user"));
  CHECK(f.passes("order/total"));
  CHECK_FALSE(f.passes("order"));
  CHECK(f.passes("no"));
  CHECK_FALSE(f.passes("not"));
  CHECK(attribute_filter().passes("anything"));
  for (const std::string bad : {"", ":", "a*b", "**", "a b", "a/b/c", "/x", "a/", "/*", "a//*"}) {
    INFO(bad);
    CHECK(code_of({bad}) == errc::invalid_argument);
  }
}

TEST_CASE("a filter has so many patterns, of so many bytes") {
  names many;
  for (std::size_t i = 0; i < limits::filter_patterns_max; ++i)
    many.push_back("p/" + std::to_string(i));
  CHECK(filter_of(many).patterns().size() == limits::filter_patterns_max);
  many.push_back("p/x");
  CHECK(code_of(many) == errc::input_too_large);
  names wide(limits::filter_bytes_max / 128, std::string(126, 'a'));
  for (std::size_t i = 0; i < wide.size(); ++i)
    wide[i] += std::to_string(10 + i);
  CHECK(filter_of(wide).patterns().size() == wide.size());
  wide[0] += 'x';
  CHECK(code_of(wide) == errc::input_too_large);
  const std::string longest(limits::keyword_bytes_max, 'n');
  CHECK(filter_of({longest}).passes(longest));
  CHECK(filter_of({longest.substr(1) + "*"}).passes(longest));
  CHECK(code_of({longest + "n"}) == errc::invalid_argument);
  CHECK(code_of({longest + "*"}) == errc::invalid_argument);
}

TEST_CASE("a compiled filter finds the datoms that pass, in runs") {
  const auto schema = people_schema();
  const datom_list list = {add(user(1), person_name, value::string("Ada"), 1),
                           add(user(1), person_nick, value::string("A"), 1),
                           add(user(1), person_nick, value::string("B"), 1),
                           add(user(2), person_age, value::of(std::int64_t{7}), 1),
                           add(user(2), person_name, value::string("Bob"), 1)};
  const auto datoms = views_of(list);
  const auto found = [&](const names& patterns) {
    return compiled_filter(filter_of(patterns), *schema).matches(datoms);
  };
  CHECK(found({"person/name"}) == position_runs{{0, 1}, {4, 1}});
  CHECK(found({"person/n*"}) == position_runs{{0, 3}, {4, 1}});
  CHECK(found({"person/*"}) == position_runs{{0, 5}});
  CHECK(found({"person/age", "person/name"}) == position_runs{{0, 1}, {3, 2}});
  CHECK_FALSE(found({"person/mood"}));
  CHECK_FALSE(found({"order/*"}));
  CHECK_FALSE(compiled_filter(filter_of({"a/*"}), *schema).passes(attribute_id(5000)));
  CHECK(compiled_filter({}, *schema).passes(attribute_id(5000)));
}

TEST_CASE("the one form passes what the words say") {
  rc::prop("for names that nearly agree", [] {
    const auto some = rc::gen::elementOf(names{"a", "a/a", "a*", "a/*", ":ab*", "ab/a", "b/ab",
                                               "b*", ":b/a*", "aa/b*", "ab", "aa/bb", "b/a"});
    const auto patterns = *rc::gen::container<names>(some);
    const auto filter = attribute_filter::parse(patterns);
    RC_ASSERT(filter.has_value());
    for (const std::string ident : {"a", "b", "ab", "a/a", "a/b", "ab/a", "b/ab", "aa/bb"})
      RC_ASSERT(filter->passes(ident) == passes_naively(patterns, ident));
    RC_ASSERT(*attribute_filter::parse(filter->patterns()) == *filter);
  });
}
