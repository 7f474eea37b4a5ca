#include "weft/console/cli/transfer/ledger.hpp"

#include "weft/core/base/assert.hpp"

#include <algorithm>
#include <array>

namespace weft::console {

namespace {

constexpr std::string_view source_attribute = "weft-import/source";
constexpr std::string_view offset_attribute = "weft-import/offset";
constexpr std::string_view prefix_attribute = "weft-import/prefix";
constexpr std::string_view line_attribute = "weft-import/line";
constexpr std::string_view tempids_attribute = "weft-import/tempids";
constexpr std::string_view complete_attribute = "weft-import/complete";

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

std::optional<value> value_of(const view& db, entity_id e, std::string_view ident) {
  return db.get(e, db.schema().find(ident)->id);
}

std::uint64_t long_of(const view& db, entity_id e, std::string_view ident) {
  const auto found = value_of(db, e, ident);
  return found ? static_cast<std::uint64_t>(found->view().as_long()) : 0;
}

bool flag_of(const view& db, entity_id e, std::string_view ident) {
  const auto found = value_of(db, e, ident);
  return found && found->view().as_bool();
}

/// Somebody may have used the names for something else.
result<void> check_attributes(const schema& s) {
  for (const auto& known : known_attributes) {
    const auto* a = s.find(known.ident);
    if (a == nullptr || a->type != known.type || a->cardinality != cardinality::one ||
        (known.ident == source_attribute && !a->in_avet()))
      return fail(errc::schema_invalid,
                  ":" + std::string(known.ident) + " is not declared as imports need it",
                  {{"try", "rename your attribute: :weft-import/... is where imports keep how far "
                           "they are"}});
  }
  return {};
}

std::string source_of(const text_input& in) {
  return in.is_file() ? in.name().substr(in.name().rfind('/') + 1) : in.name();
}

} // namespace

bool is_import_attribute(std::string_view ident) {
  return ident.starts_with("weft-import/");
}

result<ledger> ledger::open(embedded::database& db, const text_input& in) {
  if (db.view().schema().find(complete_attribute) == nullptr)
    WEFT_CHECK(db.transact(declarations));
  WEFT_CHECK(check_attributes(db.view().schema()));
  ledger out;
  WEFT_CHECK(out.find(db.view(), in));
  if (out.entity_.get() != 0)
    return out;
  tx_request request;
  request.put(tempid("import"), {{std::string(source_attribute), source_of(in)},
                                 {std::string(offset_attribute), 0},
                                 {std::string(prefix_attribute), ""},
                                 {std::string(line_attribute), 1},
                                 {std::string(complete_attribute), false}});
  WEFT_TRY(const auto report, db.transact(request));
  out.entity_ = *report.entity("import");
  return out;
}

/// The import that read most of what the file begins with.
result<void> ledger::find(const view& db, const text_input& in) {
  const auto source = source_of(in);
  WEFT_TRY(auto named,
           db.datoms(index_order::avet, {.attribute = db.schema().find(source_attribute)->id,
                                         .value = value_view::string(source)}));
  std::vector<std::pair<std::uint64_t, entity_id>> known;
  for (const auto& d : named)
    known.emplace_back(long_of(db, d.entity, offset_attribute), d.entity);
  std::ranges::sort(known);
  file_prefix upto;
  for (const auto& [offset, e] : known) {
    if (in.is_file()) {
      if (offset > in.size())
        break;
      WEFT_CHECK(upto.advance(in, offset));
      if (offset > 0 && value_of(db, e, prefix_attribute) != value::string(upto.text()))
        continue;
      prefix_ = upto;
    }
    entity_ = e;
    place_ = {offset, {static_cast<std::uint32_t>(long_of(db, e, line_attribute)), 1}};
    complete_ = flag_of(db, e, complete_attribute);
    has_tempids_ = flag_of(db, e, tempids_attribute);
  }
  return {};
}

bool ledger::is_start(const schema& s, const datom_view& d) const {
  if (d.entity != entity_ || !d.added)
    return false;
  const auto* a = s.find(d.attribute);
  return a != nullptr && a->ident == offset_attribute && d.value.as_long() == 0;
}

result<void> ledger::reset(embedded::database& db) {
  tx_request request;
  request.put(entity_, {{std::string(offset_attribute), 0},
                        {std::string(prefix_attribute), ""},
                        {std::string(line_attribute), 1},
                        {std::string(complete_attribute), false}});
  WEFT_CHECK(db.transact(request));
  place_ = {};
  prefix_ = {};
  complete_ = false;
  return {};
}

void ledger::advance(tx_request& in, const file_place& from, const file_place& to,
                     const std::string& prefix, bool is_last) const {
  in.cas(entity_, offset_attribute, number(from.offset), number(to.offset));
  if (!prefix.empty())
    in.add(entity_, prefix_attribute, prefix);
  if (from.at.line != to.at.line)
    in.add(entity_, line_attribute, number(to.at.line));
  in.add(entity_, complete_attribute, is_last);
}

void ledger::note_tempids(tx_request& in) const {
  in.add(entity_, tempids_attribute, true);
}

} // namespace weft::console
