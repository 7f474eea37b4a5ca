// How far an import is: facts of an entity of its own, changed in the same transactions as the
// facts that were read. So a rerun continues exactly behind the last transaction that is durable.
//
//   :weft-import/source    string, identity   what is read: name, size and hash of the first block
//   :weft-import/offset    long, no history   bytes that were read
//   :weft-import/line      long, no history   the line there
//   :weft-import/tempids   boolean            the file has tempids, to be found again by a rerun
//   :weft-import/complete  boolean, no history
//
// Each transaction replaces the offset of the one before it by :db/cas: when one is refused, those
// that were submitted behind it are refused too, and what is in the database is always what a
// prefix of the file says.
#pragma once

#include "weft/console/cli/transfer/form.hpp"
#include "weft/persistence/embedded/database.hpp"

namespace weft::console {

class ledger {
 public:
  /// Declares the attributes and finds or makes the entity of `source`. @errors those of transact
  [[nodiscard]] static result<ledger> open(embedded::database& db, const std::string& source);

  [[nodiscard]] entity_id entity() const noexcept { return entity_; }
  /// What was read by transactions that are durable when the ledger was opened; the column is not
  /// known and 1.
  [[nodiscard]] const file_place& place() const noexcept { return place_; }
  [[nodiscard]] bool complete() const noexcept { return complete_; }
  [[nodiscard]] bool has_tempids() const noexcept { return has_tempids_; }

  /// Whether a fact in the log says that the import of this source begins.
  [[nodiscard]] bool is_start(const schema& s, const datom_view& d) const;

  /// Starts over. @errors those of transact
  [[nodiscard]] result<void> reset(embedded::database& db);
  /// Adds to a transaction that it reads the file from one place to another.
  void advance(tx_request& in, const file_place& from, const file_place& to) const;
  /// Adds to a transaction that the file has tempids.
  void note_tempids(tx_request& in) const;
  /// Adds to a transaction that it is the last one.
  void finish(tx_request& in) const;

 private:
  entity_id entity_;
  file_place place_;
  bool complete_ = false;
  bool has_tempids_ = false;
};

/// Whether an attribute or entity belongs to imports and not to what was imported.
[[nodiscard]] bool is_import_attribute(std::string_view ident);

} // namespace weft::console
