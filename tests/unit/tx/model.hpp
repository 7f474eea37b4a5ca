// The model of transactions: what docs/formats/transaction.md says, done the slow way. The database
// is a set of facts; names are merged by trying all pairs until nothing changes; composite tuples
// are computed anew for everybody; uniqueness is judged by looking at all facts. It shares no code
// with the engine but values, requests and the ids of built-in attributes.
#pragma once

#include "model_history.hpp"

#include "weft/core/datom/schema.hpp"
#include "weft/core/tx/plan.hpp"

namespace weft::test {

/// A :weft/check, or a part of one that the model knows.
struct model_check {
  enum class kind : std::uint8_t { range, choice, length, digit } what;
  double low = 0; ///< of range and length, and of the digit that follows an "s"
  double high = 0;
  std::set<value> choices = {};
  [[nodiscard]] bool allows(const value& v) const;
};

struct model_attribute {
  attribute_id id;
  std::string ident;
  value_type type = value_type::string;
  bool many = false;
  uniqueness unique = uniqueness::none;
  bool component = false;
  bool indexed = true;
  bool no_history = false;
  std::vector<attribute_id> parts = {};
  std::vector<value_type> elements =
      {}; ///< of a tuple that is not composite; one: any number of it
  std::optional<model_check> check = {};
};

/// What a transaction comes to: accepted when `refusals` is empty, else refused with one of them.
struct model_outcome {
  std::set<errc> refusals = {};
  bool any_refusal = false; ///< it is refused, and which error comes first is not defined
  std::map<std::string, entity_id> tempids = {};
};

class model {
 public:
  model();

  /// Knows the functions :fn/inc (an entity and an attribute: adds 1) and :fn/fail.
  model_outcome transact(const tx_request& request, schema_mode mode = schema_mode::flexible);

  [[nodiscard]] const model_facts& facts() const noexcept { return facts_; }
  /// What was, by transactions: the first has t 1, before it there is the bootstrap.
  [[nodiscard]] const model_history& history() const noexcept { return history_; }
  [[nodiscard]] const std::map<attribute_id, model_attribute>& attributes() const noexcept {
    return attributes_;
  }
  /// Entities of users that were ever made.
  [[nodiscard]] std::vector<entity_id> entities() const;
  /// Whether what ends of an attribute is forgotten: it says so, or a part of it does.
  [[nodiscard]] bool forgets(attribute_id id) const;

 private:
  friend class model_step;
  model_facts facts_;
  model_history history_;
  std::map<attribute_id, model_attribute> attributes_;
  std::uint64_t next_local_ = limits::first_user_local;
  std::uint64_t next_attribute_ = limits::first_user_attribute;
};

} // namespace weft::test
