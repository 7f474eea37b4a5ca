// A copy of facts in SQLite, and the place in the log up to which it is one: both in one
// transaction, so that every commit has its effect exactly once, whenever the process is killed.
//
//   facts(e, a, v)            v as EDN
//   cursor(at, t, seen)       the token of the cursor of the last commit that is in it, and its t;
//   how long the
//                             file of positions is
//
// Confined to one thread.
#pragma once

#include "weft/core/stream/wal_batch.hpp"

#include <memory>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace mirror {

class store {
 public:
  struct place {
    std::string at = {}; ///< token of weft::cursor; "": nothing is in it
    std::uint64_t t = 0;
    std::uint64_t seen_bytes = 0; ///< what the caller kept with it
  };

  /// Opens or makes it. @errors io_error
  [[nodiscard]] static weft::result<store> open(const std::string& path);
  store(store&&) noexcept;
  store& operator=(store&&) noexcept;
  ~store();

  [[nodiscard]] const place& at() const noexcept { return at_; }
  /// Applies what the batch asserts and retracts, and moves the place there, in one transaction.
  /// @errors io_error; invalid_argument when it is not after the place
  [[nodiscard]] weft::result<void> apply(const weft::wal_batch& batch, std::uint64_t seen_bytes);
  /// Nothing of what is mirrored was committed up to here. @errors as apply; an earlier place
  /// changes nothing
  [[nodiscard]] weft::result<void> move_to(const weft::cursor& next);

 private:
  struct close_database {
    void operator()(sqlite3* db) const;
  };
  struct end_statement {
    void operator()(sqlite3_stmt* s) const;
  };
  using statement = std::unique_ptr<sqlite3_stmt, end_statement>;

  store() = default;
  [[nodiscard]] weft::result<void> execute(const char* sql);
  [[nodiscard]] weft::result<statement> prepare(const char* sql);
  [[nodiscard]] weft::result<void> run(sqlite3_stmt* s);
  [[nodiscard]] weft::result<void> state(const weft::datom_view& d, std::string_view name);
  [[nodiscard]] weft::result<void> write_place(const place& next);
  [[nodiscard]] weft::result<void> write(const weft::wal_batch& batch, const place& next);
  [[nodiscard]] weft::result<void> read_place();

  std::unique_ptr<sqlite3, close_database> db_;
  statement add_;
  statement remove_;
  statement put_place_;
  place at_;
};

} // namespace mirror
