#include "weft/core/datom/text.hpp"

#include "support/generators.hpp"
#include "support/property.hpp"

#include <bit>

namespace weft {

namespace {

template <class Append, class X>
std::string text_of(Append append, X x) {
  std::string out;
  append(out, x);
  return out;
}

std::string instant_text(std::int64_t us) {
  return text_of(append_instant, instant(us));
}

} // namespace

TEST_CASE("instants are written as RFC 3339") {
  CHECK(instant_text(0) == "1970-01-01T00:00:00Z");
  CHECK(instant_text(-1) == "1969-12-31T23:59:59.999999Z");
  CHECK(instant_text(1'500'000) == "1970-01-01T00:00:01.500Z");
  CHECK(instant_text(951'782'400'000'000) == "2000-02-29T00:00:00Z");
  CHECK(instant_text(253'402'300'799'999'999) == "9999-12-31T23:59:59.999999Z");
  CHECK(instant_text(253'402'300'800'000'000) == "+010000-01-01T00:00:00Z");
  CHECK(instant_text(-62'167'219'200'000'000) == "0000-01-01T00:00:00Z");
  CHECK(instant_text(-62'167'219'200'000'001) == "-000001-12-31T23:59:59.999999Z");
  CHECK(instant_text(std::numeric_limits<std::int64_t>::max()) == "+294247-01-10T04:00:54.775807Z");
  CHECK(instant_text(std::numeric_limits<std::int64_t>::min()) == "-290308-12-21T19:59:05.224192Z");
}

TEST_CASE("instants are read with offsets, fractions and as dates") {
  const std::pair<std::string_view, std::int64_t> table[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01t00:00:00z", 0},
      {"1970-01-02", 86'400'000'000},
      {"1970-01-01T01:00:00+01:00", 0},
      {"1969-12-31T23:30:00-00:30", 0},
      {"1970-01-01T00:00:00-00:00", 0},
      {"1970-01-01T00:00:00.000001Z", 1},
      {"1970-01-01T00:00:00.5Z", 500'000},
      {"1970-01-01T00:00:00.123456000Z", 123'456},
      {"+001970-01-01T00:00:00Z", 0},
      {"2000-02-29", 951'782'400'000'000},
      {"2024-02-29T23:59:59+23:59", 1'709'164'859'000'000},
  };
  for (const auto& [text, us] : table) {
    INFO(text);
    const auto read = parse_instant(text);
    REQUIRE(read.has_value());
    CHECK(read->get() == us);
  }
}

TEST_CASE("what is no instant is refused, with the reason") {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"", "expected an instant"},
      {"2026", "expected an instant"},
      {"2026-1-01", "expected an instant"},
      {"2026-01-01T00:00Z", "expected an instant"},
      {"2026-01-01T00:00:00", "expected an instant"},
      {"2026-01-01 00:00:00Z", "expected an instant"},
      {"2026-01-01T00:00:00.Z", "expected an instant"},
      {"2026-01-01T00:00:00.1234567Z", "expected an instant"},
      {"2026-01-01T00:00:00Z ", "expected an instant"},
      {"2026-01-01T00:00:00+0100", "expected an instant"},
      {"02026-01-01T00:00:00Z", "expected an instant"},
      {"2026-00-01", "date does not exist"},
      {"2026-13-01", "date does not exist"},
      {"2026-01-00", "date does not exist"},
      {"2026-04-31", "date does not exist"},
      {"2025-02-29", "date does not exist"},
      {"1900-02-29", "date does not exist"},
      {"2026-06-30T23:59:60Z", "leap seconds"},
      {"2026-01-01T24:00:00Z", "time of day"},
      {"2026-01-01T00:60:00Z", "time of day"},
      {"2026-01-01T00:00:61Z", "time of day"},
      {"2026-01-01T00:00:00+24:00", "time of day"},
      {"2026-01-01T00:00:00+00:60", "time of day"},
      {"+294247-01-10T04:00:54.775808Z", "64 bits"},
      {"-290308-12-21T19:59:05.224191Z", "64 bits"},
      {"+999999-01-01T00:00:00Z", "64 bits"},
  };
  for (const auto& [text, reason] : table) {
    INFO(text);
    const auto read = parse_instant(text);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == errc::invalid_value);
    CHECK(read.error().detail.find(reason) != std::string::npos);
  }
}

TEST_CASE("numbers are read whole or not at all") {
  CHECK(parse_long("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK(parse_long("+9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(parse_long("9223372036854775808").error().detail == "a long has 64 bits");
  for (const std::string_view text : {"", "+", "-", "+-1", "--1", " 1", "1 ", "1.0", "0x1", "1e3"})
    CHECK(parse_long(text).error().code == errc::invalid_value);

  CHECK(parse_double("1e400").error().detail == "the number does not fit a double");
  CHECK(parse_double("1e-400").error().detail == "the number does not fit a double");
  CHECK(parse_double("5e-324") == 5e-324);
  CHECK(parse_double("+.5") == 0.5);
  CHECK_FALSE(std::signbit(parse_double("-0.0").value()));
  for (const std::string_view text : {"", "+", ".", "inf", "nan", "0x1p3", "1e", "1 ", "++1", "1f"})
    CHECK(parse_double(text).error().code == errc::invalid_value);
}

TEST_CASE("doubles look like doubles") {
  CHECK(text_of(append_double, 1.0) == "1.0");
  CHECK(text_of(append_double, -100000.0) == "-100000.0");
  CHECK(text_of(append_double, 0.1) == "0.1");
  CHECK(text_of(append_double, 1e22) == "1e+22");
  CHECK(text_of(append_float, 0.1F) == "0.1");
  CHECK(text_of(append_float, 16777216.0F) == "16777216.0");
}

TEST_CASE("uuids") {
  const auto id = parse_uuid("00112233-4455-6677-8899-AABBccddeeff");
  REQUIRE(id.has_value());
  CHECK(text_of(append_uuid, *id) == "00112233-4455-6677-8899-aabbccddeeff");
  for (const std::string_view text :
       {"", "00112233-4455-6677-8899-aabbccddeef", "00112233-4455-6677-8899-aabbccddeefff",
        "00112233x4455-6677-8899-aabbccddeeff", "0011223g-4455-6677-8899-aabbccddeeff",
        "001122334-455-6677-8899-aabbccddeeff"})
    CHECK(parse_uuid(text).error().code == errc::invalid_value);
}

TEST_CASE("base64 has one text for equal bytes") {
  CHECK(text_of(append_base64, bytes_view()).empty());
  CHECK(text_of(append_base64, bytes_view("f")) == "Zg==");
  CHECK(text_of(append_base64, bytes_view("fo")) == "Zm8=");
  CHECK(text_of(append_base64, bytes_view("foo")) == "Zm9v");
  CHECK(text_of(append_base64, bytes_view("\xFB\xFF\xBF")) == "+/+/");
  for (const std::string_view text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==",
                                      "Zm9v\n", "Zm 9", "-_-_", "=m9v"})
    CHECK(parse_base64(text).error().code == errc::invalid_value);
}

TEST_CASE("scalars as text") {
  rc::prop("instants read back", [] {
    const auto x = instant(*test::any_integer<std::int64_t>());
    RC_ASSERT(parse_instant(text_of(append_instant, x)) == x);
  });
  rc::prop("longs read back", [] {
    const auto x = *test::any_integer<std::int64_t>();
    RC_ASSERT(parse_long(text_of(append_long, x)) == x);
  });
  rc::prop("doubles of any bits read back", [](std::uint64_t bits) {
    const auto x = std::bit_cast<double>(bits);
    RC_PRE(std::isfinite(x));
    RC_ASSERT(parse_double(text_of(append_double, x)) == x);
  });
  rc::prop("floats of any bits read back through a double", [](std::uint32_t bits) {
    const auto x = std::bit_cast<float>(bits);
    RC_PRE(std::isfinite(x));
    RC_ASSERT(static_cast<float>(parse_double(text_of(append_float, x)).value()) == x);
  });
  rc::prop("bytes read back", [](const std::string& x) {
    RC_ASSERT(parse_base64(text_of(append_base64, bytes_view(x))) == x);
  });
  rc::prop("uuids read back", [] {
    const auto x = (*test::any_value(value_type::uuid_)).view().as_uuid();
    RC_ASSERT(parse_uuid(text_of(append_uuid, x)) == x);
  });
}

TEST_CASE("places in a text count code points") {
  CHECK(advance({1, 1}, "a\xC3\xA4z") == text_position{1, 4});
  CHECK(advance({1, 5}, "a\nbc") == text_position{2, 3});
  CHECK(utf8_prefix("a\xC3\xA4") == 3);
  CHECK(utf8_prefix("a\xC3\xA4\xC3") == 3);
  CHECK(utf8_prefix("a\xC3\xA4\x80z") == 3);
  CHECK(utf8_prefix("\xF0\x9F\x98\x80\xF0\x9F") == 4);
  CHECK(utf8_prefix("\xED\xA0\x80") == 0);
}

TEST_CASE("an excerpt is short, valid and one line") {
  CHECK(excerpt("a\nb") == "a?b");
  CHECK(excerpt(std::string(41, 'x')) == std::string(40, 'x') + "...");
  CHECK(excerpt("a\xFFz") == "a...");
  rc::prop("whatever the text", [](const std::string& text) {
    RC_ASSERT(is_utf8(excerpt(text)));
    RC_ASSERT(excerpt(text).size() <= 163U);
  });
}

TEST_CASE("an error knows its place") {
  const auto e = error_at(text_position{3, 14}, error{errc::malformed_edn, "expected a form", {}});
  CHECK(e.to_string() == "malformed_edn: expected a form (line 3, column 14)");
  CHECK(error_at(text_position{}, error{errc::malformed_edn, "", {}}).fields.empty());
}

} // namespace weft
