#include "weft/core/datom/schema.hpp"

#include "weft/core/base/assert.hpp"

#include <algorithm>

namespace weft {

namespace {

struct builtin_row {
  attribute_id id;
  std::string_view ident;
  value_type type;
  uniqueness unique;
  std::string_view doc;
};

constexpr auto none = uniqueness::none;
constexpr auto identity = uniqueness::identity;

/// By id; these rows are in every database, so they are only ever added to.
constexpr std::array builtin_rows = {
    builtin_row{builtin::ident, "db/ident", value_type::keyword, identity,
                "The name of an entity, usable wherever its id is."},
    builtin_row{builtin::value_type_, "db/valueType", value_type::keyword, none,
                "The type of an attribute's values, :db.type/*."},
    builtin_row{builtin::cardinality, "db/cardinality", value_type::keyword, none,
                "How many values an entity has, :db.cardinality/one or :db.cardinality/many."},
    builtin_row{builtin::unique, "db/unique", value_type::keyword, none,
                "One entity per value: :db.unique/value refuses, :db.unique/identity upserts."},
    builtin_row{builtin::index, "db/index", value_type::boolean, none,
                "Whether values can be looked up; true unless said otherwise."},
    builtin_row{builtin::is_component, "db/isComponent", value_type::boolean, none,
                "Whether the referenced entity is a part of the one that refers to it."},
    builtin_row{builtin::doc, "db/doc", value_type::string, none, "What an entity is for."},
    builtin_row{builtin::no_history, "db/noHistory", value_type::boolean, none,
                "Whether values are forgotten when they are superseded."},
    builtin_row{builtin::tuple_attrs, "db/tupleAttrs", value_type::string, none,
                "A composite tuple: an EDN vector of the attributes it is computed from."},
    builtin_row{builtin::tuple_types, "db/tupleTypes", value_type::string, none,
                "A tuple of fixed size: an EDN vector of the types of its elements."},
    builtin_row{builtin::tuple_type, "db/tupleType", value_type::keyword, none,
                "A tuple of any size: the type of all its elements."},
    builtin_row{builtin::check, "weft/check", value_type::string, none,
                "The EDN of a constraint on single values."},
    builtin_row{builtin::tx_instant, "db/txInstant", value_type::instant_, none,
                "When a transaction happened; written by the database."},
    builtin_row{builtin::name, "weft/name", value_type::string, identity,
                "The name of an entity for people and programs."},
};

attribute attribute_of(const builtin_row& row) {
  attribute a;
  a.id = row.id;
  a.ident = row.ident;
  a.type = row.type;
  a.unique = row.unique;
  return a;
}

datom_list make_bootstrap_datoms() {
  datom_list out;
  for (const auto& row : builtin_rows) {
    const auto say = [&](attribute_id a, value v) {
      out.push_back({entity::of_attribute(row.id), a, std::move(v), tx_number(0), true});
    };
    say(builtin::ident, value::keyword(row.ident));
    say(builtin::value_type_, value::keyword("db.type/" + std::string(name_of(row.type))));
    say(builtin::cardinality, value::keyword("db.cardinality/one"));
    if (row.unique == uniqueness::identity)
      say(builtin::unique, value::keyword("db.unique/identity"));
    say(builtin::doc, value::string(row.doc));
  }
  return out;
}

/// Insertions, deletions, substitutions and swaps of neighbours that make `a` of `b`; gives up
/// with limit + 1. Cost: O(size of a * size of b).
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  const auto gap = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (gap > limit)
    return limit + 1;
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto substituted = last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
      row[j] = std::min({substituted, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    if (*std::min_element(row.begin(), row.end()) > limit)
      return limit + 1;
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return std::min(last[b.size()], limit + 1);
}

} // namespace

bool schema::forgets(const attribute& a) const noexcept {
  return a.no_history || std::any_of(a.tuple_of.begin(), a.tuple_of.end(), [&](attribute_id part) {
           const auto* found = find(part);
           return found != nullptr && found->no_history;
         });
}

bool lacks_parts(const attribute& a, value_view v) noexcept {
  if (a.tuple_of.empty() || v.type() != value_type::tuple)
    return false;
  for (auto reader = v.as_tuple(); !reader.at_end();)
    if (!reader.next())
      return true;
  return false;
}

bool attribute::operator==(const attribute& other) const {
  return id == other.id && ident == other.ident && type == other.type &&
         cardinality == other.cardinality && unique == other.unique && indexed == other.indexed &&
         component == other.component && no_history == other.no_history &&
         tuple_of == other.tuple_of && tuple_types == other.tuple_types &&
         check_text == other.check_text;
}

bool schema::operator==(const schema& other) const {
  return std::equal(by_id_.begin(), by_id_.end(), other.by_id_.begin(), other.by_id_.end(),
                    [](const auto& a, const auto& b) {
                      return a == b || (a != nullptr && b != nullptr && *a == *b);
                    }) &&
         by_ident_ == other.by_ident_;
}

std::shared_ptr<const schema> schema::bootstrap() {
  static const std::shared_ptr<const schema> shared = [] {
    auto s = std::make_shared<schema>();
    for (const auto& row : builtin_rows)
      s->put(attribute_of(row));
    return s;
  }();
  return shared;
}

const attribute* schema::find(attribute_id id) const noexcept {
  return id.get() < by_id_.size() ? by_id_[id.get()].get() : nullptr;
}

const attribute* schema::find(std::string_view ident) const noexcept {
  const auto it = by_ident_.find(ident);
  return it == by_ident_.end() ? nullptr : find(it->second);
}

std::string schema::nearest(std::string_view ident) const {
  const attribute* best = nullptr;
  auto best_distance = 1 + ident.size() / 4 + 1; // one more than is still near
  for (const auto& a : by_id_) {
    if (!a)
      continue;
    if (const auto d = edit_distance(ident, a->ident, best_distance - 1); d < best_distance) {
      best = a.get();
      best_distance = d;
      if (d == 0)
        break;
    }
  }
  return best != nullptr ? best->ident : std::string();
}

std::vector<const attribute*> schema::attributes() const {
  std::vector<const attribute*> out;
  for (const auto& a : by_id_)
    if (a)
      out.push_back(a.get());
  return out;
}

std::span<const attribute_id> schema::composites_of(attribute_id part) const noexcept {
  const auto it = composites_.find(part);
  return it == composites_.end() ? std::span<const attribute_id>() : it->second;
}

std::shared_ptr<const schema> schema::with(attribute a) const {
  auto copy = std::make_shared<schema>(*this);
  copy->put(std::move(a));
  return copy;
}

std::shared_ptr<const schema> schema::with(std::vector<attribute> some) const {
  auto copy = std::make_shared<schema>(*this);
  for (auto& a : some)
    copy->put(std::move(a));
  return copy;
}

void schema::put(attribute a) {
  const auto id = a.id;
  WEFT_ASSERT(entity::to_attribute(entity::of_attribute(id)));
  if (id.get() >= by_id_.size())
    by_id_.resize(id.get() + 1);
  auto& slot = by_id_[id.get()];
  if (slot) {
    if (const auto it = by_ident_.find(slot->ident); it != by_ident_.end() && it->second == id)
      by_ident_.erase(it);
    for (const auto part : slot->tuple_of)
      std::erase(composites_[part], id);
  }
  for (const auto part : a.tuple_of) {
    auto& composites = composites_[part];
    const auto at = std::lower_bound(composites.begin(), composites.end(), id);
    if (at == composites.end() || *at != id)
      composites.insert(at, id);
  }
  by_ident_[a.ident] = id;
  slot = std::make_shared<const attribute>(std::move(a));
}

const datom_list& bootstrap_datoms() {
  static const datom_list shared = make_bootstrap_datoms();
  return shared;
}

} // namespace weft
