// How far an import is: facts of an entity of its own, changed in the same transactions as the
// facts that were read. So a rerun continues exactly behind the last transaction that is durable,
// and what was read of a file is not read again.
//
//   :weft-import/source    string, indexed     the name of the file
//   :weft-import/offset    long, no history    bytes that were read
//   :weft-import/prefix    string, no history  hash of these bytes
//   :weft-import/line      long, no history    the line there
//   :weft-import/tempids   boolean             the file has tempids, to be found again by a rerun
//   :weft-import/complete  boolean, no history
//
// A file is known by its name and by what was read of it: it may be moved, corrected behind that
// place, and appended to. Several files of one name have an entity each.
//
// Each transaction replaces the offset of the one before it by :db/cas: when one is refused, those
// that were submitted behind it are refused too, and what is in the database is always what a
// prefix of the file says.
#pragma once

#include "weft/console/cli/transfer/file_prefix.hpp"
#include "weft/console/cli/transfer/form.hpp"
#include "weft/persistence/embedded/database.hpp"

namespace weft::console {

class ledger {
 public:
  /// Declares the attributes and finds or makes the entity of what is imported.
  /// @errors schema_invalid when somebody else declared the attributes, those of transact, io_error
  [[nodiscard]] static result<ledger> open(embedded::database& db, const text_input& in);

  [[nodiscard]] entity_id entity() const noexcept { return entity_; }
  /// What was read by transactions that are durable when the ledger was opened; the column is not
  /// known and 1.
  [[nodiscard]] const file_place& place() const noexcept { return place_; }
  /// Of a file: up to place().
  [[nodiscard]] const file_prefix& prefix() const noexcept { return prefix_; }
  /// Whether the end of the file was reached, where it was then.
  [[nodiscard]] bool complete() const noexcept { return complete_; }
  [[nodiscard]] bool has_tempids() const noexcept { return has_tempids_; }

  /// Whether a fact in the log says that the import of this source begins.
  [[nodiscard]] bool is_start(const schema& s, const datom_view& d) const;

  /// Starts over. @errors those of transact
  [[nodiscard]] result<void> reset(embedded::database& db);
  /// Adds to a transaction that it reads the file from one place to another. `prefix` is the hash
  /// of everything before, "" of what is no file; `is_last` says that nothing is left.
  void advance(tx_request& in, const file_place& from, const file_place& to,
               const std::string& prefix, bool is_last) const;
  /// Adds to a transaction that the file has tempids.
  void note_tempids(tx_request& in) const;

 private:
  [[nodiscard]] result<void> find(const view& db, const text_input& in);

  entity_id entity_;
  file_place place_;
  file_prefix prefix_;
  bool complete_ = false;
  bool has_tempids_ = false;
};

/// Whether an attribute or entity belongs to imports and not to what was imported.
[[nodiscard]] bool is_import_attribute(std::string_view ident);

} // namespace weft::console
