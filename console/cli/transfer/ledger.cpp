#include "weft/console/cli/transfer/ledger.hpp"

#include "weft/core/base/assert.hpp"

namespace weft::console {

namespace {

constexpr std::string_view source_attribute = "weft-import/source";
constexpr std::string_view offset_attribute = "weft-import/offset";
constexpr std::string_view line_attribute = "weft-import/line";
constexpr std::string_view tempids_attribute = "weft-import/tempids";
constexpr std::string_view complete_attribute = "weft-import/complete";

constexpr std::string_view declarations = R"([
  {:db/ident :weft-import/source :db/valueType :db.type/string
   :db/cardinality :db.cardinality/one :db/unique :db.unique/identity
   :db/doc "What an import reads: name, size and hash of the first block"}
  {:db/ident :weft-import/offset :db/valueType :db.type/long
   :db/cardinality :db.cardinality/one :db/noHistory true
   :db/doc "Bytes that an import has read"}
  {:db/ident :weft-import/line :db/valueType :db.type/long
   :db/cardinality :db.cardinality/one :db/noHistory true
   :db/doc "The line at :weft-import/offset"}
  {:db/ident :weft-import/tempids :db/valueType :db.type/boolean
   :db/cardinality :db.cardinality/one
   :db/doc "Whether a file has tempids, which an interrupted import must find again"}
  {:db/ident :weft-import/complete :db/valueType :db.type/boolean
   :db/cardinality :db.cardinality/one :db/noHistory true
   :db/doc "Whether an import has read everything"}])";

operand number(std::uint64_t n) {
  return static_cast<std::int64_t>(n);
}

std::int64_t long_of(const view& db, entity_id e, std::string_view ident) {
  const auto* a = db.schema().find(ident);
  const auto found = a == nullptr ? std::nullopt : db.get(e, a->id);
  return found ? found->view().as_long() : 0;
}

bool flag_of(const view& db, entity_id e, std::string_view ident) {
  const auto* a = db.schema().find(ident);
  const auto found = a == nullptr ? std::nullopt : db.get(e, a->id);
  return found && found->view().as_bool();
}

} // namespace

bool is_import_attribute(std::string_view ident) {
  return ident.starts_with("weft-import/");
}

result<ledger> ledger::open(embedded::database& db, const std::string& source) {
  if (db.view().schema().find(complete_attribute) == nullptr)
    WEFT_CHECK(db.transact(declarations));
  auto now = db.view();
  const auto* a = now.schema().find(source_attribute);
  WEFT_ASSERT(a != nullptr);
  WEFT_TRY(auto found, now.lookup(a->id, value_view::string(source)));
  if (!found) {
    tx_request request;
    request.put(tempid("import"), {{std::string(source_attribute), source},
                                   {std::string(offset_attribute), 0},
                                   {std::string(line_attribute), 1},
                                   {std::string(complete_attribute), false}});
    WEFT_TRY(const auto report, db.transact(request));
    found = report.entity("import");
    now = report.after;
  }
  ledger out;
  out.entity_ = *found;
  out.place_.offset = static_cast<std::uint64_t>(long_of(now, *found, offset_attribute));
  out.place_.at.line = static_cast<std::uint32_t>(long_of(now, *found, line_attribute));
  out.complete_ = flag_of(now, *found, complete_attribute);
  out.has_tempids_ = flag_of(now, *found, tempids_attribute);
  return out;
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
                        {std::string(line_attribute), 1},
                        {std::string(complete_attribute), false}});
  WEFT_CHECK(db.transact(request));
  place_ = {};
  complete_ = false;
  return {};
}

void ledger::advance(tx_request& in, const file_place& from, const file_place& to) const {
  in.cas(entity_, offset_attribute, number(from.offset), number(to.offset));
  if (from.at.line != to.at.line)
    in.add(entity_, line_attribute, number(to.at.line));
}

void ledger::note_tempids(tx_request& in) const {
  in.add(entity_, tempids_attribute, true);
}

void ledger::finish(tx_request& in) const {
  in.add(entity_, complete_attribute, true);
}

} // namespace weft::console
