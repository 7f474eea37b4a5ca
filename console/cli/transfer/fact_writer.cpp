#include "weft/console/cli/transfer/fact_writer.hpp"

#include "weft/console/cli/output/printer.hpp"
#include "weft/console/cli/transfer/ledger.hpp"
#include "weft/core/datom/edn_value.hpp"
#include "weft/core/datom/json.hpp"

#include <array>
#include <optional>

namespace weft::console {

namespace {

/// How the two map syntaxes spell the same things.
struct notation {
  char separator;                                        ///< between key and value
  std::string_view between;                              ///< entries
  void (*key)(std::string& out, std::string_view ident); ///< an attribute
  void (*value)(std::string& out, value_view v);         ///< anything but a reference
};

void edn_key(std::string& out, std::string_view ident) {
  out += ':';
  out += ident;
}
void json_key(std::string& out, std::string_view ident) {
  append_json(out, value_view::string(ident));
}

constexpr notation edn_notation{' ', " ", &edn_key,
                                [](std::string& out, value_view v) { append_edn(out, v); }};
constexpr notation json_notation{':', ",", &json_key,
                                 [](std::string& out, value_view v) { append_json(out, v); }};

/// One map for each entity, on a line of its own.
class map_writer final : public fact_writer {
 public:
  map_writer(text_sink& out, const view& db, const notation& how, bool array)
      : out_(&out), db_(&db), how_(how), array_(array) {}

  void fact(const datom_view& d) override {
    if (d.entity != entity_)
      begin(d.entity, d.attribute == builtin::ident);
    if (!attribute_ || d.attribute != attribute_->id)
      begin(*db_->schema().find(d.attribute));
    if (many_started_)
      text() += how_.between;
    many_started_ = attribute_->cardinality == cardinality::many;
    if (d.value.type() == value_type::ref)
      how_.value(text(), name_of(d.value.as_ref()));
    else
      how_.value(text(), d.value);
  }
  void finish() override {
    end();
    if (array_)
      out_->put(first_ ? "[]\n" : "\n]\n");
  }

 private:
  std::string& text() { return out_->buffer(); }

  void begin(entity_id e, bool has_ident) {
    end();
    entity_ = e;
    if (array_)
      text() += first_ ? "[\n" : ",\n";
    first_ = false;
    text() += '{';
    if (has_ident && attribute_of(e) != nullptr)
      return; // its :db/ident says who it is
    how_.key(text(), "db/id");
    text() += how_.separator;
    how_.value(text(), name_of(e));
    text() += how_.between;
  }
  void begin(const attribute& a) {
    if (attribute_ != nullptr) {
      end_values();
      text() += how_.between;
    }
    attribute_ = &a;
    how_.key(text(), a.ident);
    text() += how_.separator;
    if (a.cardinality == cardinality::many)
      text() += '[';
  }
  void end_values() {
    if (attribute_ != nullptr && attribute_->cardinality == cardinality::many)
      text() += ']';
    many_started_ = false;
    attribute_ = nullptr;
  }
  void end() {
    if (entity_.get() == 0)
      return;
    end_values();
    text() += '}';
    out_->put(array_ ? "" : "\n");
    entity_ = entity_id(0);
  }

  const attribute* attribute_of(entity_id e) const {
    const auto id = entity::to_attribute(e);
    return id ? db_->schema().find(*id) : nullptr;
  }
  /// How a reference calls an entity: an attribute by its ident, others by their tempids.
  value_view name_of(entity_id e) {
    if (const auto* a = attribute_of(e))
      return value_view::keyword(a->ident);
    name_ = std::to_string(e.get());
    return value_view::string(name_);
  }

  text_sink* out_;
  const view* db_;
  const notation& how_;
  bool array_;
  bool first_ = true;
  bool many_started_ = false;
  entity_id entity_;
  const attribute* attribute_ = nullptr;
  std::string name_;
};

class row_writer final : public fact_writer {
 public:
  row_writer(format how, text_sink& out, const terminal& where, const view& db)
      : schema_(&db.schema()), out_(make_printer(how, out, where, {"e", "a", "v"})) {}

  void fact(const datom_view& d) override {
    const auto* a = schema_->find(d.attribute);
    const auto target =
        d.value.type() == value_type::ref ? entity::to_attribute(d.value.as_ref()) : std::nullopt;
    const auto* described = target ? schema_->find(*target) : nullptr;
    out_->row(std::array<cell, 3>{d.entity, ident_text{a->ident},
                                  described ? cell(ident_text{described->ident}) : cell(d.value)});
  }
  void finish() override { out_->finish(); }

 private:
  const schema* schema_;
  std::unique_ptr<printer> out_;
};

} // namespace

bool is_exported(const attribute& a) {
  return a.id.get() >= limits::first_user_attribute && !is_import_attribute(a.ident);
}

bool is_exported(const schema& s, const datom_view& d) {
  const auto* a = s.find(d.attribute);
  if (a == nullptr || d.t.get() == 0 || a->id == builtin::tx_instant || is_bookkeeping(s, d) ||
      !a->tuple_of.empty())
    return false;
  const auto about = entity::to_attribute(d.entity);
  const auto* described = about ? s.find(*about) : nullptr;
  return described == nullptr || is_exported(*described);
}

bool is_declaration(const schema& s, const datom_view& d) {
  const auto about = entity::to_attribute(d.entity);
  return about && s.find(*about) != nullptr && d.attribute.get() < limits::first_user_attribute;
}

result<void> write_declarations(fact_writer& out, const view& db) {
  const auto& s = db.schema();
  for (const bool composites : {false, true})
    for (const auto* a : s.attributes()) {
      if (!is_exported(*a) || a->tuple_of.empty() == composites)
        continue;
      WEFT_TRY(auto facts, db.datoms(index_order::eavt, {.entity = entity::of_attribute(a->id)}));
      for (const auto& d : facts)
        if (is_exported(s, d) && is_declaration(s, d))
          out.fact(d);
    }
  return {};
}

std::unique_ptr<fact_writer> make_fact_writer(format how, text_sink& out, const terminal& where,
                                              const view& db) {
  switch (how) {
  case format::edn:
    return std::make_unique<map_writer>(out, db, edn_notation, false);
  case format::jsonl:
    return std::make_unique<map_writer>(out, db, json_notation, false);
  case format::json:
    return std::make_unique<map_writer>(out, db, json_notation, true);
  default:
    return std::make_unique<row_writer>(how, out, where, db);
  }
}

} // namespace weft::console
