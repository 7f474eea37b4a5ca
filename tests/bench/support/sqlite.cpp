#include "support/sqlite.hpp"

#include "support/must.hpp"

namespace weft::bench {

sqlite_statement::sqlite_statement(sqlite3* db, const std::string& sql) {
  sqlite3_stmt* made = nullptr;
  if (sqlite3_prepare_v3(db, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr) !=
      SQLITE_OK)
    stop(sql + ": " + sqlite3_errmsg(db));
  of_.reset(made);
}

sqlite_statement& sqlite_statement::bind(int at, std::int64_t x) {
  must(sqlite3_bind_int64(of_.get(), at, x) == SQLITE_OK, "sqlite bind");
  return *this;
}

sqlite_statement& sqlite_statement::bind(int at, std::string_view text) {
  must(sqlite3_bind_text(of_.get(), at, text.data(), static_cast<int>(text.size()),
                         SQLITE_STATIC) == SQLITE_OK,
       "sqlite bind");
  return *this;
}

bool sqlite_statement::step() {
  const int code = sqlite3_step(of_.get());
  if (code == SQLITE_ROW)
    return true;
  if (code != SQLITE_DONE)
    stop(std::string("sqlite: ") + sqlite3_errmsg(sqlite3_db_handle(of_.get())));
  sqlite3_reset(of_.get());
  return false;
}

void sqlite_statement::run() {
  while (step()) {
  }
}

std::string_view sqlite_statement::text(int column) const {
  const auto* const data = static_cast<const char*>(sqlite3_column_blob(of_.get(), column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(of_.get(), column))};
}

sqlite::sqlite(const std::string& path) {
  sqlite3* made = nullptr;
  must(sqlite3_open_v2(path.c_str(), &made,
                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                       nullptr) == SQLITE_OK,
       "sqlite open " + path);
  db_.reset(made);
}

void sqlite::run(const std::string& sql) {
  char* message = nullptr;
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, &message) != SQLITE_OK)
    stop(sql + ": " + (message != nullptr ? message : "failed"));
}

sqlite_statement sqlite::prepare(const std::string& sql) {
  return {db_.get(), sql};
}

} // namespace weft::bench
