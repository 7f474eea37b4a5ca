// A datom: one fact, (entity, attribute, value, t, added). Immutable; a retraction is a datom too.
#pragma once

#include "weft/core/datom/value.hpp"

#include <vector>

namespace weft {

/// A datom that owns its value.
struct datom {
  entity_id entity;
  attribute_id attribute;
  weft::value value;
  tx_number t;
  bool added = true;

  bool operator==(const datom&) const = default;
};

/// A datom whose value somebody else owns: what indexes and records hand out.
struct datom_view {
  entity_id entity;
  attribute_id attribute;
  value_view value;
  tx_number t;
  bool added = true;

  /// A copy that owns its value. Cost: O(size of the value).
  [[nodiscard]] datom to_datom() const { return {entity, attribute, weft::value(value), t, added}; }
  bool operator==(const datom_view&) const = default;
};

/// Valid while `d` is. Cost: O(1).
[[nodiscard]] inline datom_view view_of(const datom& d) noexcept {
  return {d.entity, d.attribute, d.value.view(), d.t, d.added};
}

/// The payload of the seeds' `List(Datom)`: in stream order (docs/formats/record.md).
using datom_list = std::vector<datom>;

/// Valid while `datoms` are. Cost: O(datoms).
[[nodiscard]] inline std::vector<datom_view> views_of(const datom_list& datoms) {
  std::vector<datom_view> out;
  out.reserve(datoms.size());
  for (const auto& d : datoms)
    out.push_back(view_of(d));
  return out;
}

} // namespace weft
