// Writes what the fuzzers of keys and records begin with: something of every kind, and one of every
// refusal.
//
//     weft_make_datom_corpus tests/fuzz/corpus
#include "support/record_parts.hpp"

#include "weft/core/base/compression.hpp"
#include "weft/core/datom/key.hpp"

#include <filesystem>
#include <fstream>

using namespace weft;
using namespace weft::test;

namespace {

void write(const std::filesystem::path& file, bytes_view content) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

/// One value of every type, and those that are long.
std::vector<value> values() {
  const std::vector<std::optional<value>> elements = {
      std::nullopt, value::of(true), value::of(-1.5), value::keyword("a/b"), value::string("x")};
  return {value::of(false),
          value::of(std::int64_t{-7}),
          value::of(1.5),
          value::of(instant(1)),
          value::of(entity_id(300)),
          value::keyword("name"),
          value::keyword("ns/name"),
          value::string(""),
          value::string("\xC3\xA9 and more than eight bytes"),
          value::of(uuid{{1, 2, 3}}),
          value::bytes(bytes("\0\xFF", 2)),
          value::tuple(elements),
          value::vector(std::vector<float>{1.5F, -2.0F})};
}

record record_of(const std::vector<value>& facts) {
  record r{.t = tx_number(300), .when = instant(1), .shard = shard_id(2)};
  r.request = request_id{{{1, 2, 3}}};
  r.request_hash = {4, 5};
  r.tempids = {{"ada", entity::make(r.shard, limits::first_user_local)}, {"", entity_id(1)}};
  for (std::uint64_t i = 0; i < facts.size(); ++i)
    r.datoms.push_back({entity_id(1000 - i / 2), attribute_id(static_cast<std::uint32_t>(i + 1)),
                        facts[i], r.t, i % 3 != 0});
  return r;
}

/// Records with one part replaced.
std::vector<std::pair<std::string, bytes>> damaged_records() {
  const auto with = [](auto change) {
    record_parts p;
    change(p);
    return p.payload();
  };
  using parts = record_parts;
  const auto datom_with = [&with](std::uint64_t attribute, const bytes& v) {
    return with([&](parts& p) { p.datoms = datoms_of(1, -1, attribute, v); });
  };
  return {
      {"empty", ""},
      {"version", with([](parts& p) { p.head[0] = 2; })},
      {"flags", with([](parts& p) { p.head[1] = 2; })},
      {"cut_request", with([](parts& p) { p.head[1] = 1; })},
      {"codec", with([](parts& p) { p.head[2] = 2; })},
      {"no_t", with([](parts& p) { p.head[3] = 0; })},
      {"not_a_frame", with([](parts& p) { p.head[2] = 1; })},
      {"shard", with([](parts& p) {
         p.fields = varints({limits::shards_max, 1, 1});
       })},
      {"allocators", with([](parts& p) {
         p.fields = varints({0, ~0ULL, 1});
       })},
      {"tempid_count", with([](parts& p) { p.tempids = varints({1000}); })},
      {"tempid", with([](parts& p) { p.tempids = bytes("\1\1\xFF\1", 4); })},
      {"datom_count", with([](parts& p) { p.datoms = varints({1000}); })},
      {"no_attribute", datom_with(1, true_value)},
      {"value", datom_with(2, bytes("\6\3a b", 5))},
      {"type", datom_with(2, bytes("\x0C\1", 2))},
      {"negative_zero", datom_with(2, bytes("\3\0\0\0\0\0\0\0\x80", 9))},
      {"third_boolean", datom_with(2, bytes("\1\2", 2))},
      {"extensions", with([](parts& p) {
         p.extensions = varints({2, 1, 0, 1, 'x', 9, 0, 0});
       })},
      {"critical", with([](parts& p) {
         p.extensions = varints({1, 9, 1, 0});
       })},
      {"extension_count", with([](parts& p) { p.extensions = varints({9}); })},
      {"extension_order", with([](parts& p) {
         p.extensions = varints({2, 9, 0, 0, 9, 0, 0});
       })},
      {"end", with([](parts& p) {
         p.extensions = varints({0, 0});
       })},
  };
}

void write_records(const std::filesystem::path& folder) {
  write(folder / "all_types", *encode_record(record_of(values())));
  write(folder / "by_hand", record_parts().payload());
  write(folder / "compressed",
        *encode_record(record_of(std::vector<value>(200, value::string("the same again")))));
  record_parts unsized;
  unsized.head[2] = 1;
  write(folder / "frame_of_nothing", unsized.head + bytes("\x28\xB5\x2F\xFD\0\x58\1\0\0", 9));
  bytes bomb = unsized.head;
  compress(bomb, bytes(8U << 20U, '\0'));
  write(folder / "bomb", bomb);
  for (const auto& [name, payload] : damaged_records())
    write(folder / ("refused_" + name), payload);
}

bytes key_of(index_order order, const value& v, std::uint64_t t) {
  bytes out;
  encode_key(out, order, {entity_id(1000), attribute_id(7), v.view(), tx_number(t), t % 2 == 0});
  return out;
}

/// The input of the fuzzer for two keys of one order.
bytes pair_of(index_order order, const bytes& a, const bytes& b) {
  return bytes{static_cast<char>(order), static_cast<char>(a.size())} + a + b;
}

bytes avet_around(const bytes& form) {
  const auto whole = key_of(index_order::avet, value::of(true), 1);
  return whole.substr(0, 4) + form + whole.substr(6);
}

/// Forms of values that are refused, but for the two long ones.
std::vector<std::pair<std::string, bytes>> odd_forms() {
  const auto groups = [](std::size_t n) {
    bytes out;
    for (std::size_t i = 0; i < n; ++i)
      out += "aaaaaaaa\xFF";
    return out;
  };
  const bytes hash(16, 'h');
  return {
      {"long_string", "\7" + groups(50) + hash},
      {"long_string_not_utf8", "\7\xFF" + groups(50).substr(1) + hash},
      {"long_vector", bytes("\x0B\0\0\0\x65", 5) + bytes(400, '\x80') + hash},
      {"type", "\x0C"},
      {"third_boolean", "\1\2"},
      {"negative_zero", "\3\x7F" + bytes(7, '\xFF')},
      {"marker", "\7" + bytes(8, 'a') + "\x09"},
      {"padding", "\7" + bytes(8, 'a') + "\1"},
      {"keyword_without_zero", bytes("\6ab\0\0\0\0\0\0\2", 10)},
      {"tuple_in_tuple", "\x0A\1\x0B\1\1"},
      {"vector_size", "\x0B\xFF\xFF\xFF\xFF"},
      {"string_not_utf8", bytes("\7\xFF\0\0\0\0\0\0\0\1", 10)},
  };
}

void write_keys(const std::filesystem::path& folder) {
  const auto all = values();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto order = i % 2 == 0 ? index_order::eavt : index_order::avet;
    const auto& next = all[(i + 1) % all.size()];
    write(folder / ("pair_" + std::to_string(i)),
          pair_of(order, key_of(order, all[i], i), key_of(order, next, i + 1)));
  }
  for (const auto order : all_index_orders) {
    const auto ref = key_of(order, value::of(entity_id(5)), 5);
    write(folder / std::string(name_of(order)),
          pair_of(order, ref, key_of(order, value::of(entity_id(5)), 4)));
  }
  const auto no_ref = "\2" + key_of(index_order::vaet, value::of(entity_id(5)), 5).substr(1);
  write(folder / "refused_no_ref", pair_of(index_order::vaet, no_ref, ""));
  const auto by_entity = key_of(index_order::eavt, value::of(true), 1);
  const auto no_entity = bytes(8, '\0') + by_entity.substr(8);
  write(folder / "refused_no_entity", pair_of(index_order::eavt, no_entity, by_entity));
  auto next_attribute = by_entity;
  ++next_attribute[11];
  write(folder / "two_attributes", pair_of(index_order::eavt, by_entity, next_attribute));
  const auto short_tuple = value::tuple(std::vector<std::optional<value>>(2, value::of(uuid{})));
  const auto long_tuple = value::tuple(std::vector<std::optional<value>>(3, value::of(uuid{})));
  write(folder / "two_tuples", pair_of(index_order::avet, key_of(index_order::avet, short_tuple, 1),
                                       key_of(index_order::avet, long_tuple, 1)));
  write(folder / "empty", "");
  for (const auto& [name, form] : odd_forms())
    write(folder / ("odd_" + name), pair_of(index_order::avet, "", avet_around(form)));
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2)
    return 2;
  const std::filesystem::path corpus = argv[1];
  write_records(corpus / "record");
  write_keys(corpus / "key");
  return 0;
}
