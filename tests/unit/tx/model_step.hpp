// One transaction of the model, stage by stage. A part of model.hpp.
#pragma once

#include "model.hpp"

#include <deque>

namespace weft::test {

/// An entity of the database, or the index of a name.
struct term {
  std::optional<entity_id> id = {};
  std::size_t name = 0;
};

/// An entity that the transaction calls by a name (or a map, by none).
struct model_name {
  enum class kind { tempid, weft_name, map } what;
  std::string text;
  std::size_t group; ///< names with the same group are one entity
  bool asserted = false;
};

/// A value: complete, or a reference to what has a name only.
struct model_value {
  std::optional<value> whole = {};
  term target = {};
};

struct model_op {
  enum class kind { add, retract, retract_all, remove } what = kind::add;
  term entity = {};
  std::string attribute_name = {};
  attribute_id attribute = {};
  const operand* written = nullptr;       ///< the value as written, or
  std::optional<model_value> said = {};   ///< the value
  const operand* expected = nullptr;      ///< of cas, as written
  std::optional<model_value> wanted = {}; ///< of cas
  const operand* map = nullptr;           ///< that is referred to, and has no :db/id
  bool in_list = false;
};

/// Composite tuples are unique when they are complete; other tuples as they are.
[[nodiscard]] bool lacks_parts(const model_attribute& a, const value& v);

/// Who is to have a value as its identity.
struct model_claim {
  term who;
  std::string key; ///< equal for values that are one, as far as is known
  std::optional<value> whole = {};
  attribute_id attribute = {};
};

class model_step {
 public:
  model_step(model& m, schema_mode mode)
      : m_(m), mode_(mode), facts_(m.facts_), attributes_(m.attributes_),
        next_local_(m.next_local_), next_attribute_(m.next_attribute_) {}
  model_outcome run(const tx_request& request);

 private:
  // reading (model_read.cpp)
  void expand(const tx_request& request);
  void put(const term& e, const std::vector<map_entry>& facts);
  void say(model_op op, const operand& v);
  void refer(model_op op, const operand& map);
  void call(const operation& op);
  std::optional<term> entity(const operand& x);
  std::optional<term> entity_of_scalar(const value_view& v);
  std::optional<term> lookup(const operand& x);
  bool is_lookup(const operand& x) const;
  bool is_single(const model_attribute& a, const operand& list) const;
  term name(model_name::kind what, const std::string& text);
  std::optional<model_value> read(const model_attribute& a, const operand& v);
  std::optional<model_value> read_double(const operand& v);
  std::optional<model_value> read_vector(const operand& v);
  std::optional<model_value> read_tuple(const model_attribute& a, const operand& v);
  std::optional<model_value> checked(value v);
  void read_all();
  void read_op(const model_op& op, const model_attribute& a);
  void push_read(model_op op, const model_attribute& a, const operand& v);
  void check_op(const model_op& op, const model_attribute& a);

  // schema (model_schema.cpp)
  void declare();
  void place(const term& e, const std::vector<model_op>& said);
  void edit(attribute_id id, const std::vector<model_op>& said);
  std::optional<model_attribute> derive(attribute_id id, const std::map<attribute_id, value>& keys);
  static bool derive_tuple(model_attribute& a, const std::map<attribute_id, value>& keys);
  std::vector<attribute_id> parts_of(const std::string& text) const;
  void imply(const std::set<attribute_id>& edited);
  void infer();
  struct guess;
  void guess_from(guess& g, const model_op& op);
  void guess_type(guess& g, const value& v);
  void declare_inferred(const model_attribute& a);
  void say_of(attribute_id about, attribute_id key, value v);
  bool says_who(const operand& map) const;
  const model_attribute* find(const std::string& ident) const;

  // resolving and facts (model.cpp)
  std::optional<entity_id> holder(attribute_id a, const value& v) const;
  void merge_names();
  bool merge_once();
  std::vector<model_claim> all_claims();
  std::optional<model_claim> composite_claim(const model_attribute& a, const model_op& first);
  const model_op* part_beside(const model_op& first, attribute_id part);
  bool same(const term& a, const term& b);
  std::optional<entity_id> real(const term& t) const;
  std::string key_of(attribute_id a, const model_value& v) const;
  void check_used();
  void name_new();
  value value_of(const model_value& v) const;
  void apply();
  void remove(entity_id e, std::set<entity_id>& seen, model_facts& gone);
  void check_cas(const model_op& op);
  void compute_composites();
  void judge();

  void refuse(errc code) { out_.refusals.insert(code); }
  [[nodiscard]] bool refused() const { return !out_.refusals.empty(); }

  model& m_;
  schema_mode mode_;
  model_facts facts_;                                  // before, then after
  std::map<attribute_id, model_attribute> attributes_; // before, then after
  std::uint64_t next_local_;
  std::uint64_t next_attribute_;
  std::vector<model_name> names_;
  std::map<std::size_t, entity_id> bound_; // groups that are known
  std::vector<model_op> ops_;
  std::deque<tx_request> answers_;
  std::map<std::string, attribute_id> declared_; // new names of attributes
  std::set<attribute_id> uncounted_;             // attributes without :db/cardinality
  bool ambiguous_ = false; // which of several errors comes first is not defined
  model_outcome out_;
};

} // namespace weft::test
