// What decoding a key refuses: there is one key per fact, and every other sequence of bytes is
// none.
#include "support/generators.hpp"
#include "support/property.hpp"

#include "weft/core/datom/key.hpp"

using namespace weft;
using namespace weft::test;

namespace {

bytes key_of(index_order order, const datom& d) {
  bytes out;
  encode_key(out, order, view_of(d));
  return out;
}

bytes octets(std::initializer_list<int> list) {
  bytes out;
  for (const int octet : list)
    out += static_cast<char>(octet);
  return out;
}

/// An avet key around the form of a value.
result<decoded_key> decoded(const bytes& form) {
  return decode_key(index_order::avet, octets({0, 0, 0, 1}) + form +
                                           octets({0, 0, 0, 0, 0, 0, 0, 1}) + bytes(8, '\xFE'));
}

bool is_refused(const bytes& form) {
  const auto key = decoded(form);
  return !key && key.error().code == errc::malformed_key;
}

/// One group of text.
bytes group(bytes text, int marker) {
  text.resize(8, '\0');
  return text + octets({marker});
}

bytes repeated(const bytes& part, std::size_t times) {
  bytes out;
  for (std::size_t i = 0; i < times; ++i)
    out += part;
  return out;
}

} // namespace

TEST_CASE("arbitrary bytes are no key and do no harm") {
  for (const auto order : all_index_orders) {
    rc::prop(std::string(name_of(order)), [order](const std::string& in, bytes value_form) {
      static_cast<void>(decode_key(order, in));
      value_form.insert(0, 1, static_cast<char>(*rc::gen::inRange(0, 14)));
      static_cast<void>(decoded(value_form));
    });
  }
  CHECK(decode_key(index_order::eavt, "").error().code == errc::malformed_key);
}

TEST_CASE("a key is refused wherever it is cut, and when something follows it") {
  for (const auto order : all_index_orders) {
    rc::prop(std::string(name_of(order)), [order] {
      const auto key = key_of(order, *any_datom(order));
      const auto size = *rc::gen::inRange<std::size_t>(0, key.size());
      RC_ASSERT_FALSE(decode_key(order, bytes_view(key).substr(0, size)).has_value());
      RC_ASSERT_FALSE(decode_key(order, key + '\0').has_value());
      RC_ASSERT_FALSE(decode_key(order, key + bytes(1000, '\0')).has_value());
    });
  }
}

TEST_CASE("a changed key is refused or is another fact's one key") {
  for (const auto order : all_index_orders) {
    rc::prop(std::string(name_of(order)), [order] {
      auto key = key_of(order, *any_datom(order));
      const auto changes = *rc::gen::inRange(1, 4);
      for (int i = 0; i < changes; ++i)
        key[*rc::gen::inRange<std::size_t>(0, key.size())] = *rc::gen::arbitrary<char>();
      const auto back = decode_key(order, key);
      if (back && !back->truncated)
        RC_ASSERT(key_of(order, back->fact) == key);
    });
  }
}

TEST_CASE("keys without an entity or an attribute are refused") {
  const auto decodes = [](std::uint64_t e, std::uint32_t a) {
    return decode_key(index_order::eavt,
                      key_of(index_order::eavt,
                             {entity_id(e), attribute_id(a), value::of(true), tx_number(1), true}))
        .has_value();
  };
  CHECK(decodes(1, 1));
  CHECK(decodes((1ULL << 63U) - 1, ~0U));
  CHECK_FALSE(decodes(0, 1));
  CHECK_FALSE(decodes(1ULL << 63U, 1));
  CHECK_FALSE(decodes(1, 0));
}

TEST_CASE("a vaet key begins with a ref") {
  auto key = key_of(index_order::vaet,
                    {entity_id(1), attribute_id(1), value::of(entity_id(7)), tx_number(1), true});
  REQUIRE(decode_key(index_order::vaet, key).has_value());
  key[0] = '\x02'; // a long has as many bytes
  CHECK(decode_key(index_order::vaet, key).error().code == errc::malformed_key);
}

TEST_CASE("values in a second form are refused") {
  CHECK_FALSE(is_refused(octets({1, 1})));
  CHECK(is_refused(octets({1, 2})));
  CHECK(is_refused(octets({0, 1})));
  CHECK(is_refused(octets({12, 1})));
  CHECK_FALSE(is_refused(octets({3, 0x80, 0, 0, 0, 0, 0, 0, 0})));
  CHECK(is_refused(octets({3, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}))); // -0.0
  CHECK(is_refused(octets({3, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0})));                   // NaN
  CHECK(is_refused(octets({5, 0, 0, 0, 0, 0, 0, 0, 0})));
  CHECK(is_refused(octets({5, 0x80, 0, 0, 0, 0, 0, 0, 1})));
}

TEST_CASE("damaged groups are refused") {
  const bytes string = octets({7});
  CHECK_FALSE(is_refused(string + group("abc", 3)));
  CHECK(is_refused(string + group("abc", 2)));
  CHECK(is_refused(string + group("abc", 9)));
  CHECK(is_refused(string + group("abc", 0xFE)));
  CHECK(is_refused(string + group("abc", 0)));
  CHECK_FALSE(is_refused(string + group("abc", 4)));
  CHECK_FALSE(is_refused(string + group("abcdefgh", 0xFF) + group("i", 1)));
  CHECK(is_refused(string + group("abcdefgh", 0xFF) + group("", 0)));
  CHECK(is_refused(string + group("\xFF", 1)));
  CHECK_FALSE(is_refused(octets({9}) + group("\xFF", 1)));
}

TEST_CASE("damaged keywords are refused") {
  const bytes keyword = octets({6});
  const auto ab = bytes("a\0b", 3);
  CHECK_FALSE(is_refused(keyword + group(ab, 3)));
  CHECK(is_refused(keyword + group("ab", 2)));                     // no zero
  CHECK(is_refused(keyword + group(bytes("\0a/b", 4), 4)));        // a slash that is stored
  CHECK(is_refused(keyword + group(bytes("a\0b\0c", 5), 5)));      // a second zero
  CHECK(is_refused(keyword + group(bytes("a\0", 2), 2)));          // no name
  CHECK(is_refused(keyword + group(bytes("\0", 1), 1)));           // nothing at all
  CHECK(is_refused(keyword + group(ab, 3).replace(8, 1, "\xFF"))); // never ends
  CHECK(is_refused(keyword + group(bytes("a\0bcdefg", 8), 0xFF) +
                   repeated(group("abcdefgh", 0xFF), 49) + bytes(16, '\0')));
}

TEST_CASE("long text is its prefix and a hash, perhaps with half a character") {
  const auto prefix = repeated(group("aaaaaaaa", 0xFF), 49);
  const auto form = [&prefix](const bytes& last) {
    return octets({7}) + prefix + group(last, 0xFF) + bytes(16, '\x11');
  };
  for (const char* last : {"aaaaaaaa", "aaaaaaa\xC3", "aaaaaa\xE2\x82", "aaaaa\xF0\x9F\x98"}) {
    const auto key = decoded(form(last));
    REQUIRE(key.has_value());
    CHECK(key->truncated);
    CHECK(key->fact.value == value::string(bytes(392, 'a') + last));
  }
  CHECK(is_refused(form("aaaa\x80\x80\x80\x80")));
  CHECK(is_refused(form("\xFF"
                        "aaaaaaa")));
  CHECK_FALSE(is_refused(form("aaaaaaa\xC3").replace(0, 1, "\x09")));
  const auto whole = decoded(octets({7}) + prefix + group("aaaaaaaa", 8));
  REQUIRE(whole.has_value());
  CHECK_FALSE(whole->truncated);
}

TEST_CASE("damaged tuples are refused") {
  const bytes tuple = octets({10});
  CHECK_FALSE(is_refused(tuple + octets({1, 2, 1, 0})));
  CHECK(is_refused(tuple + octets({1, 0})));                                // one element
  CHECK(is_refused(tuple + octets({1, 1, 1, 1, 1, 1, 1, 1, 1, 0})));        // nine
  CHECK(is_refused(tuple + octets({1, 11, 1, 1, 0, 0})));                   // a tuple inside
  CHECK(is_refused(tuple + octets({1, 12, 0, 0, 0, 1, 0x80, 0, 0, 0, 0}))); // a vector inside
  CHECK(is_refused(tuple + octets({1, 13, 1, 0})));
  CHECK(is_refused(tuple + octets({1, 2, 2, 0})));
  CHECK(is_refused(tuple + octets({1, 8}) + repeated(group("aaaaaaaa", 0xFF), 50) + bytes(16, 'h') +
                   octets({0})));
  CHECK(is_refused(tuple + octets({1, 8}) + repeated(group("aaaaaaaa", 0xFF), 44) + group("a", 1) +
                   octets({0}))); // beyond limits::tuple_key_bytes_max
}

TEST_CASE("damaged vectors are refused") {
  const bytes vector = octets({11});
  const auto zero = octets({0x80, 0, 0, 0});
  CHECK_FALSE(is_refused(vector + octets({0, 0, 0, 1}) + zero));
  CHECK(is_refused(vector + octets({0, 0, 0, 0})));
  CHECK(is_refused(vector + octets({0, 0, 0, 2}) + zero));
  CHECK(is_refused(vector + octets({0, 0, 0, 1, 0x7F, 0xFF, 0xFF, 0xFF}))); // -0.0
  CHECK(is_refused(vector + octets({0, 0, 0, 1, 0xFF, 0xC0, 0, 1})));       // NaN
  CHECK_FALSE(is_refused(vector + octets({0, 0, 0x10, 0}) + repeated(zero, 100) + bytes(16, 'h')));
  CHECK(is_refused(vector + octets({0, 0, 0x10, 1}) + repeated(zero, 100) + bytes(16, 'h')));
  CHECK(is_refused(vector + octets({0xFF, 0xFF, 0xFF, 0xFF})));
}
