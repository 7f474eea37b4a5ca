#include "store.hpp"

#include "weft/core/datom/edn_value.hpp"

#include <sqlite3.h>

namespace mirror {

namespace {

/// SQLite's integers are signed; what is stored is the same 64 bits.
sqlite3_int64 stored(std::uint64_t x) {
  return static_cast<sqlite3_int64>(x);
}
std::uint64_t loaded(sqlite3_int64 x) {
  return static_cast<std::uint64_t>(x);
}

constexpr const char* tables = R"(
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS facts (e INTEGER, a TEXT, v TEXT, PRIMARY KEY (e, a, v))
    WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS cursor (one INTEGER PRIMARY KEY, at TEXT, t INTEGER,
    seen INTEGER);)";

} // namespace

void store::close_database::operator()(sqlite3* db) const {
  sqlite3_close(db);
}
void store::end_statement::operator()(sqlite3_stmt* s) const {
  sqlite3_finalize(s);
}
store::store(store&&) noexcept = default;
store& store::operator=(store&&) noexcept = default;
store::~store() = default;

weft::result<store> store::open(const std::string& path) {
  store made;
  sqlite3* db = nullptr;
  const int code = sqlite3_open(path.c_str(), &db);
  made.db_.reset(db);
  if (code != SQLITE_OK)
    return weft::fail(weft::errc::io_error, path + ": " + sqlite3_errstr(code));
  WEFT_CHECK(made.execute(tables));
  WEFT_TRY(made.add_, made.prepare("INSERT OR IGNORE INTO facts VALUES (?, ?, ?)"));
  WEFT_TRY(made.remove_, made.prepare("DELETE FROM facts WHERE e = ? AND a = ? AND v = ?"));
  WEFT_TRY(made.put_place_, made.prepare("REPLACE INTO cursor VALUES (1, ?, ?, ?)"));
  WEFT_CHECK(made.read_place());
  return made;
}

weft::result<void> store::apply(const weft::wal_batch& batch, std::uint64_t seen_bytes) {
  if (batch.t().get() <= at_.t)
    return weft::fail(weft::errc::invalid_argument,
                      "t " + std::to_string(batch.t().get()) + " is in the mirror already");
  const place next{batch.cursor().to_token(), batch.t().get(), seen_bytes};
  WEFT_CHECK(execute("BEGIN"));
  if (auto done = write(batch, next); !done) {
    static_cast<void>(execute("ROLLBACK"));
    return done;
  }
  WEFT_CHECK(execute("COMMIT"));
  at_ = next;
  return {};
}

weft::result<void> store::move_to(const weft::cursor& next) {
  const auto t = next.shards.front().t.get();
  if (t <= at_.t)
    return {};
  const place there{next.to_token(), t, at_.seen_bytes};
  WEFT_CHECK(write_place(there));
  at_ = there;
  return {};
}

weft::result<void> store::write(const weft::wal_batch& batch, const place& next) {
  WEFT_TRY(const auto facts, batch.datoms());
  for (const weft::datom_view& d : facts)
    WEFT_CHECK(state(d, batch.name_of(d.attribute)));
  return write_place(next);
}

weft::result<void> store::state(const weft::datom_view& d, std::string_view name) {
  sqlite3_stmt* s = d.added ? add_.get() : remove_.get();
  const std::string text = weft::to_edn(d.value);
  sqlite3_bind_int64(s, 1, stored(d.entity.get()));
  sqlite3_bind_text(s, 2, name.data(), static_cast<int>(name.size()), SQLITE_TRANSIENT);
  sqlite3_bind_text(s, 3, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  return run(s);
}

weft::result<void> store::write_place(const place& next) {
  sqlite3_stmt* s = put_place_.get();
  sqlite3_bind_text(s, 1, next.at.data(), static_cast<int>(next.at.size()), SQLITE_TRANSIENT);
  sqlite3_bind_int64(s, 2, stored(next.t));
  sqlite3_bind_int64(s, 3, stored(next.seen_bytes));
  return run(s);
}

weft::result<void> store::read_place() {
  WEFT_TRY(const auto s, prepare("SELECT at, t, seen FROM cursor"));
  if (sqlite3_step(s.get()) != SQLITE_ROW)
    return {};
  const auto* token = reinterpret_cast<const char*>(sqlite3_column_text(s.get(), 0));
  at_ = {token == nullptr ? std::string() : token, loaded(sqlite3_column_int64(s.get(), 1)),
         loaded(sqlite3_column_int64(s.get(), 2))};
  return {};
}

weft::result<void> store::execute(const char* sql) {
  if (sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    return weft::fail(weft::errc::io_error, sqlite3_errmsg(db_.get()));
  return {};
}

weft::result<store::statement> store::prepare(const char* sql) {
  sqlite3_stmt* made = nullptr;
  if (sqlite3_prepare_v2(db_.get(), sql, -1, &made, nullptr) != SQLITE_OK)
    return weft::fail(weft::errc::io_error, sqlite3_errmsg(db_.get()));
  return statement(made);
}

weft::result<void> store::run(sqlite3_stmt* s) {
  const int code = sqlite3_step(s);
  sqlite3_reset(s);
  if (code != SQLITE_DONE)
    return weft::fail(weft::errc::io_error, sqlite3_errmsg(db_.get()));
  return {};
}

} // namespace mirror
