// Statements: raw facts whose attribute is known and whose value is read. What the rest of the
// engine works on. Entities and refs may be provisional until upserts are settled.
#pragma once

#include "weft/core/tx/expand.hpp"

namespace weft::tx {

enum class verb : std::uint8_t {
  retract_all, ///< every live value of (entity, attribute); no value
  retract,
  add,
};

struct statement {
  entity_id entity = {};
  const attribute* about = nullptr; ///< of the schema after
  value_view value = {};
  verb what = verb::add;
  text_position at = {};
};

/// What a cas expects to find; the statement that adds the new value stands beside it.
struct expectation {
  entity_id entity = {};
  const attribute* about = nullptr;
  std::optional<value_view> value = {}; ///< nothing: no value
  text_position at = {};
};

struct statement_list {
  std::vector<statement> facts;
  std::vector<statement> composites; ///< written by hand: compared with what is computed
  std::vector<expectation> expectations;
};

class statement_reader {
 public:
  statement_reader(resolver& resolve, tempid_table& tempids, statement_list& out) noexcept
      : resolve_(resolve), tempids_(tempids), out_(out) {}

  /// Reads one raw fact about the attribute `a`; a list becomes a statement for each item.
  /// @errors type_mismatch and what resolver::value says; tuple_read_only, reserved_attribute,
  /// malformed_transaction, transaction_too_large, with line and column
  /// Cost: that of resolver::value, for each item.
  [[nodiscard]] result<void> read(const raw_fact& f, const attribute& a);

 private:
  [[nodiscard]] result<void> read_unlocated(const raw_fact& f, const attribute& a);
  [[nodiscard]] result<void> values(const raw_fact& f, const attribute& a, const operand& x);
  [[nodiscard]] result<void> nested(const raw_fact& f, const attribute& a) const;
  [[nodiscard]] result<void> expect(const raw_fact& f, const attribute& a);
  [[nodiscard]] result<void> push(const statement& s);

  resolver& resolve_;
  tempid_table& tempids_;
  statement_list& out_;
};

/// Whether a list written for a cardinality-many attribute is one value, not many.
[[nodiscard]] bool is_single(const attribute& a, const operand& list, const resolver& resolve);

} // namespace weft::tx
