// The gate: what a value may be, and how values are written in records.
#include "support/generators.hpp"
#include "support/property.hpp"

#include "weft/core/datom/value.hpp"

using namespace weft;
using namespace weft::test;

namespace {

value tuple(std::vector<std::optional<value>> elements) {
  return value::tuple(elements);
}

/// errc{} when the value is allowed.
errc refusal(const value& v) {
  const auto checked = check(v.view());
  return checked ? errc{} : checked.error().code;
}
constexpr errc allowed{};

bytes encoded(const value& v) {
  bytes out;
  byte_writer writer(out);
  encode(writer, v.view());
  return out;
}

bool decodes(bytes_view in) {
  byte_reader reader(in);
  static_cast<void>(decode_value(reader));
  return reader.ok();
}

} // namespace

TEST_CASE("whatever the generators make is allowed") {
  for (const auto type : all_value_types) {
    rc::prop(std::string(name_of(type)), [type] {
      const auto v = *any_value(type);
      RC_ASSERT(v.type() == type);
      RC_ASSERT(refusal(v) == allowed);
    });
  }
}

TEST_CASE("numbers and refs that are refused") {
  CHECK(refusal(value::of(std::numeric_limits<double>::quiet_NaN())) == errc::invalid_value);
  CHECK(refusal(value::of(std::numeric_limits<double>::infinity())) == allowed);
  CHECK(refusal(value::of(entity_id(0))) == errc::invalid_value);
  CHECK(refusal(value::of(entity_id(1ULL << 63U))) == errc::invalid_value);
  CHECK(refusal(value::of(entity_id((1ULL << 63U) - 1))) == allowed);
}

TEST_CASE("strings and bytes have at most limits::value_bytes_max bytes") {
  const bytes largest(limits::value_bytes_max, 'a');
  CHECK(refusal(value::string(largest)) == allowed);
  CHECK(refusal(value::bytes(largest)) == allowed);
  CHECK(refusal(value::string(largest + 'a')) == errc::value_too_large);
  const auto error = check(value::bytes(largest + 'a').view()).error();
  CHECK(error.code == errc::value_too_large);
  CHECK(error.field("size") == "1048577");
  CHECK(error.field("limit") == "1048576");
}

TEST_CASE("strings are UTF-8, bytes are anything") {
  CHECK(refusal(value::string("\xC3\xA9")) == allowed);
  CHECK(refusal(value::string("\xC3")) == errc::invalid_value);
  CHECK(refusal(value::bytes("\xC3")) == allowed);
}

TEST_CASE("keywords have at most limits::keyword_bytes_max bytes") {
  const std::string longest(limits::keyword_bytes_max, 'a');
  CHECK(refusal(value::keyword(longest)) == allowed);
  CHECK(refusal(value::keyword(longest + 'a')) == errc::value_too_large);
  CHECK(refusal(value::keyword("a b")) == errc::invalid_value);
  CHECK(refusal(value::keyword("\xFF")) == errc::invalid_value);
}

TEST_CASE("tuples have limits::tuple_elements_min to limits::tuple_elements_max elements") {
  for (std::size_t n = 0; n <= limits::tuple_elements_max + 1; ++n) {
    const std::vector<std::optional<value>> elements(n, value::of(true));
    const bool fits = n >= limits::tuple_elements_min && n <= limits::tuple_elements_max;
    CHECK(refusal(tuple(elements)) == (fits ? allowed : errc::invalid_value));
  }
  CHECK(refusal(tuple({{}, {}})) == allowed);
}

TEST_CASE("tuples hold neither tuples nor vectors nor what is refused elsewhere") {
  const auto inner = tuple({{}, {}});
  const auto components = value::vector(std::vector<float>{1.0F});
  CHECK(refusal(tuple({{}, inner})) == errc::invalid_value);
  CHECK(refusal(tuple({{}, components})) == errc::invalid_value);
  CHECK(refusal(tuple({{}, value::keyword("")})) == errc::invalid_value);
  CHECK(refusal(value(value_view::tuple("\x01"))) == errc::invalid_value);
  CHECK(refusal(value(value_view::tuple(bytes_view("\0\x0C", 2)))) == errc::invalid_value);
}

TEST_CASE("tuples take at most limits::tuple_key_bytes_max bytes in a key") {
  // 2 for the tuple, 1 for nil, 1 and 9 for each group of eight bytes.
  const auto with_bytes = [](std::size_t n) {
    return refusal(tuple({{}, value::string(std::string(n, 'a'))}));
  };
  const auto groups = (limits::tuple_key_bytes_max - 4) / 9;
  CHECK(with_bytes(groups * 8) == allowed);
  CHECK(with_bytes(groups * 8 + 1) == errc::value_too_large);
  CHECK(with_bytes(limits::value_bytes_max) == errc::value_too_large);
}

TEST_CASE("vectors have at most limits::vector_elements_max components") {
  const auto of_size = [](std::size_t n) {
    return refusal(value::vector(std::vector<float>(n, 1.0F)));
  };
  CHECK(of_size(0) == errc::invalid_value);
  CHECK(of_size(1) == allowed);
  CHECK(of_size(limits::vector_elements_max) == allowed);
  CHECK(of_size(limits::vector_elements_max + 1) == errc::value_too_large);
}

TEST_CASE("vectors hold whole numbers of components, no NaN and one zero") {
  CHECK(refusal(value(value_view::vector("abc"))) == errc::invalid_value);
  CHECK(refusal(value(value_view::vector(bytes_view("\0\0\0\x80", 4)))) == errc::invalid_value);
  const auto nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(refusal(value::vector(std::vector<float>{1.0F, nan})) == errc::invalid_value);
}

TEST_CASE("UTF-8 is what Unicode says it is") {
  for (const char32_t c :
       {0x0U, 0x7FU, 0x80U, 0x7FFU, 0x800U, 0xD7FFU, 0xE000U, 0xFFFFU, 0x10000U, 0x10FFFFU}) {
    const auto text = utf8(c);
    CHECK(is_utf8(text));
    CHECK(is_utf8("0123456" + text + "89"));
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      CHECK_FALSE(is_utf8(text.substr(0, cut)));
      CHECK_FALSE(is_utf8(text.substr(0, cut) + "aaa"));
      CHECK_FALSE(is_utf8(text.substr(cut)));
    }
  }
  CHECK(is_utf8(""));
  for (const char* bad : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF",
                          "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3\x28",
                          "\xE2\x28\xA1", "\xE2\x82\x28", "\xF0\x9F\x98\x28"}) {
    INFO(to_hex(bad));
    CHECK_FALSE(is_utf8(bad));
    CHECK_FALSE(is_utf8(std::string("aaaaaaaaaaaaaaaa") + bad));
    CHECK_FALSE(is_utf8(std::string(bad) + "aaaaaaaaaaaaaaaa"));
  }
}

TEST_CASE("is_utf8 agrees with decoding code point by code point") {
  rc::prop("any text", [](const std::string& noise) {
    const auto text = *short_text();
    RC_ASSERT(is_utf8(text));
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
    const bool ascii = std::all_of(noise.begin(), noise.end(), [](char c) { return c >= 0; });
    if (ascii && (at == text.size() || (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U))
      RC_ASSERT(is_utf8(std::string(text).insert(at, noise)));
  });
}

TEST_CASE("keywords are name or namespace/name") {
  for (const char* good : {"a", "a/b", "db.type/string", "user-1/full-name?", "*ear-muffs*", "+",
                           "a#b", "a%b&c=d<e>f!", "\xC3\xA9t\xC3\xA9", "1"})
    CHECK(is_keyword(good));
  for (const char* bad :
       {"",    "/",    "/a",  "a/", "a//b", "a/b/c", "a b",   "a\tb", "a\nb", ":a",
        "a:b", "a\"b", "a'b", "(",  ")",    "[",     "]",     "{",    "}",    "a\\b",
        "a;b", "a,b",  "@a",  "^a", "`a",   "~a",    "a\x7F", "a\x1F"}) {
    INFO(bad);
    CHECK_FALSE(is_keyword(bad));
  }
  CHECK_FALSE(is_keyword(std::string_view("a\0b", 3)));
}

TEST_CASE("values round-trip through their encoding, which ends where it ends") {
  rc::prop("any value", [](const value& v, const std::string& rest) {
    const auto in = encoded(v) + rest;
    byte_reader reader(in);
    const auto back = decode_value(reader);
    RC_ASSERT(reader.ok());
    RC_ASSERT(reader.remaining() == rest.size());
    RC_ASSERT(value(back) == v);
  });
}

TEST_CASE("a cut value does not decode") {
  rc::prop("any value", [](const value& v) {
    const auto in = encoded(v);
    RC_ASSERT_FALSE(
        decodes(bytes_view(in).substr(0, *rc::gen::inRange<std::size_t>(0, in.size()))));
  });
}

TEST_CASE("a value has one encoding") {
  rc::prop("any bytes", [](const std::string& in) {
    byte_reader reader(in);
    const auto v = decode_value(reader);
    if (reader.ok())
      RC_ASSERT(encoded(value(v)) == in.substr(0, in.size() - reader.remaining()));
  });
  CHECK_FALSE(decodes(bytes_view("\x01\x02")));                                // a third boolean
  CHECK_FALSE(decodes(bytes_view("\x02\x80\x00", 3)));                         // a longer zero
  CHECK_FALSE(decodes(bytes_view("\x03\x00\x00\x00\x00\x00\x00\x00\x80", 9))); // -0.0
  CHECK_FALSE(decodes(bytes_view("\x03\x00\x00\x00\x00\x00\x00\xF8\x7F", 9))); // NaN
  CHECK_FALSE(decodes(bytes_view("\x00", 1)));                                 // no type
  CHECK_FALSE(decodes(bytes_view("\x0C\x00", 2)));                             // no type yet
  CHECK_FALSE(decodes(bytes_view("\x07\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"))); // too long
}
