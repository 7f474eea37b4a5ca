#include "weft/console/cli/transfer/ledger.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/base/checksum.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

namespace weft::console {

namespace {

constexpr std::string_view source_attribute = "weft-import/source";
constexpr std::string_view offset_attribute = "weft-import/offset";
constexpr std::string_view prefix_attribute = "weft-import/prefix";
constexpr std::string_view line_attribute = "weft-import/line";
constexpr std::string_view tempids_attribute = "weft-import/tempids";
constexpr std::string_view complete_attribute = "weft-import/complete";

constexpr std::string_view self = "weft-import/self"; // the tempid of the entity

/// How the entities of imports are called: a hash of the name of the file, and a number.
constexpr std::string_view own_idents = "weft-import.file/";

constexpr std::string_view declarations = R"([
  {:db/ident :weft-import/source :db/valueType :db.type/string
   :db/cardinality :db.cardinality/one :db/index true
   :db/doc "The name of a file that was imported"}
  {:db/ident :weft-import/offset :db/valueType :db.type/long
   :db/cardinality :db.cardinality/one :db/noHistory true
   :db/doc "Bytes that an import has read"}
  {:db/ident :weft-import/prefix :db/valueType :db.type/string
   :db/cardinality :db.cardinality/one :db/noHistory true
   :db/doc "Hash of the bytes before :weft-import/offset"}
  {:db/ident :weft-import/line :db/valueType :db.type/long
   :db/cardinality :db.cardinality/one :db/noHistory true
   :db/doc "The line at :weft-import/offset"}
  {:db/ident :weft-import/tempids :db/valueType :db.type/boolean
   :db/cardinality :db.cardinality/one
   :db/doc "Whether a file has tempids, which an interrupted import must find again"}
  {:db/ident :weft-import/complete :db/valueType :db.type/boolean
   :db/cardinality :db.cardinality/one :db/noHistory true
   :db/doc "Whether an import has read everything"}])";

struct known_attribute {
  std::string_view ident;
  value_type type;
};
constexpr std::array known_attributes = {known_attribute{source_attribute, value_type::string},
                                         known_attribute{offset_attribute, value_type::long_},
                                         known_attribute{prefix_attribute, value_type::string},
                                         known_attribute{line_attribute, value_type::long_},
                                         known_attribute{tempids_attribute, value_type::boolean},
                                         known_attribute{complete_attribute, value_type::boolean}};

operand number(std::uint64_t n) {
  return static_cast<std::int64_t>(n);
}

/// What one import has noted about itself, by name.
class notes {
 public:
  notes(const schema& names, const entity_map& facts) : names_(&names), facts_(&facts) {}
  [[nodiscard]] const value* find(std::string_view ident) const {
    const auto found = facts_->find(names_->find(ident)->id);
    return found == facts_->end() ? nullptr : &found->second.front();
  }
  [[nodiscard]] std::uint64_t number_at(std::string_view ident) const {
    const auto* v = find(ident);
    return v == nullptr ? 0 : static_cast<std::uint64_t>(v->view().as_long());
  }
  [[nodiscard]] bool flag_at(std::string_view ident) const {
    const auto* v = find(ident);
    return v != nullptr && v->view().as_bool();
  }
  [[nodiscard]] bool is_at(std::string_view ident, const value& expected) const {
    const auto* v = find(ident);
    return v != nullptr && *v == expected;
  }

 private:
  const schema* names_;
  const entity_map* facts_;
};

/// Somebody may have used the names for something else. True: they are declared.
result<bool> check_attributes(const schema& s) {
  if (std::ranges::none_of(known_attributes, [&](const known_attribute& known) {
        return s.find(known.ident) != nullptr;
      }))
    return false;
  for (const auto& known : known_attributes) {
    const auto* a = s.find(known.ident);
    if (a == nullptr || a->type != known.type || a->cardinality != cardinality::one ||
        (known.ident == source_attribute && !a->in_avet()))
      return fail(errc::schema_invalid,
                  ":" + std::string(known.ident) + " is not declared as imports need it",
                  {{"try", "rename your attribute: :weft-import/... is where imports keep how far "
                           "they are"}});
  }
  return true;
}

} // namespace

std::optional<std::uint64_t> ledger_offset_found(const error& why) {
  if (why.code != errc::cas_failed || why.field("attribute") != ":" + std::string(offset_attribute))
    return std::nullopt;
  const auto text = why.field("found");
  std::uint64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out); // 0 for nil
  return out;
}

std::string base_name(const text_input& in) {
  return in.is_file() ? in.name().substr(in.name().rfind('/') + 1) : in.name();
}

bool is_import_attribute(std::string_view ident) {
  return ident.starts_with("weft-import/");
}

bool is_bookkeeping(const schema& s, const datom_view& d) {
  const auto* a = s.find(d.attribute);
  if (a != nullptr && (is_import_attribute(a->ident) ||
                       (a->ident == "db/ident" && d.value.as_bytes().starts_with(own_idents))))
    return true;
  const auto about = entity::to_attribute(d.entity);
  const auto* described = about ? s.find(*about) : nullptr;
  return described != nullptr && is_import_attribute(described->ident);
}

result<ledger> ledger::open(const view& db, const text_input& in) {
  ledger out;
  out.source_ = base_name(in);
  WEFT_TRY(out.declared_, check_attributes(db.schema()));
  if (out.declared_)
    WEFT_CHECK(out.find(db, in));
  return out;
}

/// The import that read most of what the file begins with.
result<void> ledger::find(const view& db, const text_input& in) {
  WEFT_TRY(auto named,
           db.datoms(index_order::avet, {.attribute = db.schema().find(source_attribute)->id,
                                         .value = value_view::string(source_)}));
  std::multimap<std::uint64_t, std::pair<entity_id, entity_map>> known; // by how far they came
  for (const auto& d : named) {
    WEFT_TRY(auto facts, db.entity(d.entity));
    newest_ = std::max(newest_, d.entity);
    const auto offset = notes(db.schema(), facts).number_at(offset_attribute);
    known.emplace(offset, std::pair(d.entity, std::move(facts)));
  }
  WEFT_CHECK(named.check());
  file_prefix upto;
  std::optional<std::uint64_t> other;
  for (const auto& [offset, one] : known) {
    const notes noted(db.schema(), one.second);
    if (in.is_file()) {
      const bool is_there = offset <= in.size();
      if (is_there)
        WEFT_CHECK(upto.advance(in, offset));
      if (!is_there || (offset > 0 && !noted.is_at(prefix_attribute, value::string(upto.text())))) {
        other = noted.number_at(line_attribute);
        continue;
      }
      prefix_ = upto;
    }
    entity_ = one.first;
    place_ = {offset, {static_cast<std::uint32_t>(noted.number_at(line_attribute)), 1}};
    complete_ = noted.flag_at(complete_attribute);
    has_tempids_ = noted.flag_at(tempids_attribute);
  }
  if (place_.offset == 0)
    differs_ = other;
  return {};
}

void ledger::restart() {
  if (entity_.get() != 0)
    replaced_ = entity_;
  entity_ = entity_id(0);
  place_ = {};
  prefix_ = {};
  differs_.reset();
  complete_ = has_tempids_ = false;
}

void ledger::begin(tx_request& in, const file_place& to, const std::string& prefix,
                   bool is_last) const {
  if (!declared_) {
    const auto declaring = parse_edn_transaction(declarations);
    WEFT_ASSERT(declaring.has_value());
    for (const auto& op : declaring->operations())
      in.append(op);
  }
  if (replaced_.get() != 0)
    in.retract_entity(replaced_);
  const auto raw = to_bytes(hash_of(source_));
  in.add(tempid(self), "db/ident",
         ident(std::string(own_idents) + to_hex({raw.data(), raw.size()}) + "-" +
               std::to_string(newest_.get())));
  in.cas(tempid(self), offset_attribute, operand(), number(to.offset));
  in.put(tempid(std::string(self)), {{std::string(source_attribute), source_},
                                     {std::string(prefix_attribute), prefix},
                                     {std::string(line_attribute), number(to.at.line)},
                                     {std::string(complete_attribute), is_last}});
}

void ledger::made(const std::vector<resolved_tempid>& tempids) {
  const auto found = std::ranges::find(tempids, self, &resolved_tempid::name);
  WEFT_ASSERT(found != tempids.end());
  entity_ = found->entity;
  declared_ = true;
}

void ledger::advance(tx_request& in, const file_place& from, const file_place& to,
                     const std::string& prefix, bool is_last) const {
  if (entity_.get() == 0)
    return begin(in, to, prefix, is_last);
  in.cas(entity_, offset_attribute, number(from.offset), number(to.offset));
  if (!prefix.empty())
    in.add(entity_, prefix_attribute, prefix);
  if (from.at.line != to.at.line)
    in.add(entity_, line_attribute, number(to.at.line));
  in.add(entity_, complete_attribute, is_last);
}

void ledger::note_tempids(tx_request& in) const {
  in.add(entity_.get() == 0 ? tempid(std::string(self)) : operand(entity_), tempids_attribute,
         true);
}

} // namespace weft::console
