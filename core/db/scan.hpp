// What core asks of storage: lazy walks over one index order, limited in keys and in time.
// Implemented by the memory index, by the overlay of speculative facts and by tests' naive model;
// one contract test holds for all of them (tests/unit/db/contract).
#pragma once

#include "weft/core/datom/datom.hpp"
#include "weft/core/datom/key.hpp"

#include <limits>
#include <memory>
#include <optional>

namespace weft {

/// Leading components of an index order; those behind the first absent one are ignored.
/// {.attribute = a, .value = v} in avet means: everything that says (a, v).
struct components {
  std::optional<entity_id> entity = {};
  std::optional<attribute_id> attribute = {};
  std::optional<value_view> value = {};
};

/// An end of a scan. A datom that equals all given components is inside iff `inclusive`.
struct scan_bound {
  weft::components at = {};
  bool inclusive = true;
};

/// Where to walk. Absent bounds are the ends of the index.
struct scan_spec {
  index_order order = index_order::eavt;
  std::optional<scan_bound> lower = {};
  std::optional<scan_bound> upper = {};
  bool reverse = false;
};

/// Which facts are seen, of those a source holds.
/// Default: what is live at the source's basis. as_of: what was live after transaction `as_of`.
/// since: of these, only what was asserted after `since` (absent: the bootstrap facts of t = 0,
/// too). history: every assertion and retraction in (since, as_of], newest first within one
/// (e, a, v). A superseded value of a :db/noHistory attribute is in no window of a source that
/// knows it as superseded.
struct time_window {
  tx_number as_of = tx_number(std::numeric_limits<std::uint64_t>::max());
  std::optional<tx_number> since = {};
  bool history = false;
  bool operator==(const time_window&) const = default;
};

/// A lazy walk. Stays valid while the source lives; confined to one thread at a time.
class datom_cursor {
 public:
  datom_cursor() = default;
  datom_cursor(const datom_cursor&) = delete;
  datom_cursor& operator=(const datom_cursor&) = delete;
  virtual ~datom_cursor() = default;
  /// False when the walk is over, or could not go on (fact_source::failure).
  [[nodiscard]] virtual bool valid() const noexcept = 0;
  /// The current datom. Requires valid(); the value points into the source.
  [[nodiscard]] virtual const datom_view& get() const noexcept = 0;
  /// To the next datom in the direction of the walk. Requires valid().
  virtual void next() = 0;
  /// Facts looked at so far, shown or not: what the walk cost. 0 where nobody counts.
  [[nodiscard]] virtual std::uint64_t looked_at() const noexcept { return 0; }
};

/// Facts as of one basis. Immutable: two equal scans give equal answers. const is thread-safe.
/// avet holds the attributes that the schema of the basis has there, vaet the values that are refs.
class fact_source {
 public:
  fact_source() = default;
  fact_source(const fact_source&) = delete;
  fact_source& operator=(const fact_source&) = delete;
  virtual ~fact_source() = default;
  /// Cost of starting: O(log n); of each step: amortised O(1), and present reads do not pay for
  /// history.
  [[nodiscard]] virtual std::unique_ptr<datom_cursor> scan(const scan_spec& spec,
                                                           const time_window& window) const = 0;
  /// Why reading failed, once it has: walks under way end early from then on, and new ones find
  /// nothing. What was read is whole while there is none; ask after reading.
  [[nodiscard]] virtual std::optional<error> failure() const { return std::nullopt; }
};

/// Compares a datom with leading components: equal when all given ones are.
[[nodiscard]] std::strong_ordering compare(index_order order, const datom_view& d,
                                           const components& c) noexcept;

} // namespace weft
