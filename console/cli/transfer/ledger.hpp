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
//   :db/ident              of the name of the file and the newest import of that name before: two
//                          that begin at a time mean the same entity, and one of them is refused
//
// A file is known by its base name and by what was read of it: it may be moved, corrected behind
// that place, and appended to. Where it differs before that place it is another file, which is read
// only when somebody asks for it. Several files of one name have an entity each.
//
// Nothing is written before something was read: the first transaction declares the attributes and
// makes the entity; the importer waits for it and says made().
//
// Each transaction replaces the offset of the one before it by :db/cas: when one is refused, those
// that were submitted behind it are refused too, and what is in the database is always what a
// prefix of the file says.
#pragma once

#include "weft/console/cli/transfer/file_prefix.hpp"
#include "weft/console/cli/transfer/form.hpp"
#include "weft/core/datom/record.hpp"
#include "weft/core/db/view.hpp"

namespace weft::console {

class ledger {
 public:
  /// Finds the entity of what is imported, if there is one. Writes nothing.
  /// @errors schema_invalid when somebody else declared the attributes, io_error
  [[nodiscard]] static result<ledger> open(const view& db, const text_input& in);

  /// 0 before the first transaction.
  [[nodiscard]] entity_id entity() const noexcept { return entity_; }
  /// What was read by transactions that are durable when the ledger was opened; the column is not
  /// known and 1.
  [[nodiscard]] const file_place& place() const noexcept { return place_; }
  /// Of a file: up to place().
  [[nodiscard]] const file_prefix& prefix() const noexcept { return prefix_; }
  /// Whether the end of the file was reached, where it was then.
  [[nodiscard]] bool complete() const noexcept { return complete_; }
  [[nodiscard]] bool has_tempids() const noexcept { return has_tempids_; }
  /// The line up to which a file of this name was read that differs from this one before it; only
  /// when nothing of this one was read.
  [[nodiscard]] std::optional<std::uint64_t> differs_before() const noexcept { return differs_; }

  /// From the beginning: the first transaction makes an entity in the place of the old one.
  void restart();
  /// Adds to a transaction that it reads the file from one place to another. `prefix` is the hash
  /// of everything before, "" of what is no file; `is_last` says that nothing is left.
  void advance(tx_request& in, const file_place& from, const file_place& to,
               const std::string& prefix, bool is_last) const;
  /// The first transaction is durable.
  void made(const std::vector<resolved_tempid>& tempids);
  /// Adds to a transaction that the file has tempids.
  void note_tempids(tx_request& in) const;

 private:
  [[nodiscard]] result<void> find(const view& db, const text_input& in);
  void begin(tx_request& in, const file_place& to, const std::string& prefix, bool is_last) const;

  std::string source_;
  bool declared_ = false; // the attributes
  entity_id entity_;
  entity_id replaced_; // by a restart
  entity_id newest_;   // of all that have the name
  file_place place_;
  file_prefix prefix_;
  std::optional<std::uint64_t> differs_;
  bool complete_ = false;
  bool has_tempids_ = false;
};

/// The attributes of imports, as a pattern.
inline constexpr const char* import_attributes = "weft-import/*";
/// Where the ledger stands, when that is why a transaction of an import was refused: what was to be
/// before it was not executed, or somebody else imports the file as well.
[[nodiscard]] std::optional<std::uint64_t> ledger_offset_found(const error& why);
/// What a file is known by.
[[nodiscard]] std::string base_name(const text_input& in);
/// Whether an attribute or entity belongs to imports and not to what was imported.
[[nodiscard]] bool is_import_attribute(std::string_view ident);
/// Whether a fact that an import added is about imports and not about what was imported.
[[nodiscard]] bool is_bookkeeping(const schema& s, const datom_view& d);

} // namespace weft::console
