// SQLite, the peer of the embedded database: just enough of its C interface, every failure stops
// the benchmark.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace weft::bench {

/// A prepared statement. Texts are bound by reference: they must outlive the step.
class sqlite_statement {
 public:
  sqlite_statement(sqlite3* db, const std::string& sql);

  sqlite_statement& bind(int at, std::int64_t x);
  sqlite_statement& bind(int at, std::string_view text);
  /// True when there is a row. After the last one the statement can be bound again.
  [[nodiscard]] bool step();
  /// Runs a statement without rows.
  void run();

  [[nodiscard]] int type(int column) const { return sqlite3_column_type(of_.get(), column); }
  [[nodiscard]] std::int64_t integer(int column) const {
    return sqlite3_column_int64(of_.get(), column);
  }
  [[nodiscard]] std::string_view text(int column) const;

 private:
  struct finalizer {
    void operator()(sqlite3_stmt* s) const noexcept { sqlite3_finalize(s); }
  };
  std::unique_ptr<sqlite3_stmt, finalizer> of_;
};

/// A connection, used by one thread at a time.
class sqlite {
 public:
  /// A file, or ":memory:".
  explicit sqlite(const std::string& path);
  void run(const std::string& sql);
  [[nodiscard]] sqlite_statement prepare(const std::string& sql);

 private:
  struct closer {
    void operator()(sqlite3* db) const noexcept { sqlite3_close(db); }
  };
  std::unique_ptr<sqlite3, closer> db_;
};

} // namespace weft::bench
