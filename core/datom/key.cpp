#include "weft/core/datom/key.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/base/limits.hpp"
#include "weft/core/datom/key_value.hpp"

#include <fmt/format.h>

namespace weft {

namespace {

enum class component : std::uint8_t { entity, attribute, value };

/// The components in the sequence of an order; t is always last.
constexpr std::array<component, 3> sequence_of(index_order order) noexcept {
  switch (order) {
  case index_order::eavt:
    return {component::entity, component::attribute, component::value};
  case index_order::aevt:
    return {component::attribute, component::entity, component::value};
  case index_order::avet:
    return {component::attribute, component::value, component::entity};
  case index_order::vaet:
    break;
  }
  return {component::value, component::attribute, component::entity};
}

std::uint64_t newest_first(tx_number t, bool added) noexcept {
  return ~(t.get() << 1U | (added ? 1U : 0U));
}

std::strong_ordering then(std::strong_ordering first, std::strong_ordering second) noexcept {
  return first != 0 ? first : second;
}

/// Cutting text at a number of bytes may have cut a character, but nothing else may be wrong.
bool is_utf8_prefix(std::string_view text) noexcept {
  for (std::size_t cut = 0; cut < 4; ++cut)
    if (is_utf8(text.substr(0, text.size() - cut)))
      return true;
  return false;
}

result<void> check_decoded(const decoded_key& key) {
  const auto& fact = key.fact;
  if (!entity::is_id(fact.entity) || fact.attribute.get() == 0)
    return fail(errc::malformed_key, "the key has no entity or no attribute");
  if (key.truncated && fact.value.type() == value_type::string) {
    if (!is_utf8_prefix(fact.value.view().as_bytes()))
      return fail(errc::malformed_key, "the beginning of a string is not UTF-8");
    return {};
  }
  if (auto allowed = check(fact.value.view()); !allowed)
    return fail(errc::malformed_key, "the value is not allowed: " + allowed.error().detail);
  return {};
}

} // namespace

std::string_view name_of(index_order order) noexcept {
  constexpr std::array<std::string_view, 4> names = {"eavt", "aevt", "avet", "vaet"};
  return names[static_cast<std::size_t>(order)];
}

void encode_key_prefix(bytes& out, index_order order, std::optional<entity_id> entity,
                       std::optional<attribute_id> attribute, std::optional<value_view> value) {
  for (const auto part : sequence_of(order)) {
    if (part == component::entity) {
      if (!entity)
        return;
      put_big_endian(out, entity->get());
    } else if (part == component::attribute) {
      if (!attribute)
        return;
      put_big_endian(out, attribute->get());
    } else {
      if (!value)
        return;
      encode_key_value(out, *value);
    }
  }
}

void encode_key(bytes& out, index_order order, const datom_view& d) {
  WEFT_ASSERT(order != index_order::vaet || d.value.type() == value_type::ref);
  const auto begin = out.size();
  encode_key_prefix(out, order, d.entity, d.attribute, d.value);
  put_big_endian(out, newest_first(d.t, d.added));
  WEFT_ASSERT(out.size() - begin <= limits::key_bytes_max);
}

result<decoded_key> decode_key(index_order order, bytes_view key) {
  byte_reader in(key.substr(0, limits::key_bytes_max + 1)); // a longer key is not read to its end
  decoded_key out;
  for (const auto part : sequence_of(order)) {
    if (part == component::entity)
      out.fact.entity = entity_id(get_big_endian<std::uint64_t>(in));
    else if (part == component::attribute)
      out.fact.attribute = attribute_id(get_big_endian<std::uint32_t>(in));
    else
      out.fact.value = decode_key_value(in, out.truncated);
  }
  const auto operation = ~get_big_endian<std::uint64_t>(in);
  out.fact.t = tx_number(operation >> 1U);
  out.fact.added = (operation & 1U) != 0;
  if (!in.ok() || !in.at_end())
    return fail(errc::malformed_key,
                fmt::format("{} bytes are no {} key", key.size(), name_of(order)));
  if (order == index_order::vaet && out.fact.value.type() != value_type::ref)
    return fail(errc::malformed_key, "a vaet key begins with a ref");
  WEFT_CHECK(check_decoded(out));
  return out;
}

std::strong_ordering compare(index_order order, const datom_view& a, const datom_view& b) noexcept {
  const auto by_entity = a.entity <=> b.entity;
  const auto by_attribute = a.attribute <=> b.attribute;
  auto before_value = std::strong_ordering::equal;
  auto behind_value = std::strong_ordering::equal;
  switch (order) {
  case index_order::eavt:
    before_value = then(by_entity, by_attribute);
    break;
  case index_order::aevt:
    before_value = then(by_attribute, by_entity);
    break;
  case index_order::avet:
    before_value = by_attribute;
    behind_value = by_entity;
    break;
  case index_order::vaet:
    behind_value = then(by_attribute, by_entity);
    break;
  }
  if (before_value != 0)
    return before_value;
  if (const auto by_value = a.value <=> b.value; by_value != 0)
    return by_value;
  return then(behind_value, newest_first(a.t, a.added) <=> newest_first(b.t, b.added));
}

} // namespace weft
