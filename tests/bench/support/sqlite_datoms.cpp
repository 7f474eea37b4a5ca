#include "support/sqlite_datoms.hpp"

namespace weft::bench {
namespace {

std::int64_t integer_of(value_view v) {
  switch (v.type()) {
  case value_type::boolean:
    return v.as_bool() ? 1 : 0;
  case value_type::ref:
    return static_cast<std::int64_t>(v.as_ref().get());
  case value_type::instant_:
    return v.as_instant().get();
  default:
    return v.as_long();
  }
}

} // namespace

void make_durable(sqlite& db) {
  db.run("PRAGMA journal_mode = WAL");
  db.run("PRAGMA synchronous = FULL");
}

void create_datoms(sqlite& db) {
  db.run("CREATE TABLE datoms(e INTEGER, a INTEGER, v, t INTEGER, PRIMARY KEY(e, a, v, t)) "
         "WITHOUT ROWID");
}

void create_index(sqlite& db) {
  db.run("CREATE INDEX ave ON datoms(a, v, e, t)");
}

void bind_datom(sqlite_statement& statement, const datom_view& d) {
  statement.bind(1, static_cast<std::int64_t>(d.entity.get()));
  statement.bind(2, std::int64_t{d.attribute.get()});
  if (d.value.is_long_form())
    statement.bind(3, d.value.as_bytes());
  else
    statement.bind(3, integer_of(d.value));
  statement.bind(4, static_cast<std::int64_t>(d.t.get()));
}

} // namespace weft::bench
