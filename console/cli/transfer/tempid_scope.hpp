// Tempids that mean the same entity all over a file, though the file becomes many transactions.
//
// A name that an earlier transaction resolved is replaced by its entity. A reference to a name that
// the file has said nothing about yet is put aside, and stated together with the form that does.
// Where the answer depends on a transaction that is still under way, the caller is told to wait.
//
//   if (const auto older = scope.admit(form, schema, batch)) ...  // acknowledge(*older, ...),
//   again scope.acknowledge(batch, report.tempids);                     // or
//   scope.roll_back(batch)
//
// Pure. Memory: about 100 bytes for each name. Confined to one thread.
#pragma once

#include "weft/console/cli/transfer/form.hpp"
#include "weft/core/datom/record.hpp"
#include "weft/core/datom/schema.hpp"

#include <unordered_map>

namespace weft::console {

/// Transactions of an import, numbered from 1 as they are submitted.
using batch_number = std::uint64_t;

class tempid_scope {
 public:
  /// A name that was used and never described.
  struct open_end {
    std::string name;
    text_position at; ///< of the form that uses it
  };

  /// Rewrites `f`, one operation, which will be part of batch `into`; facts are taken out and put
  /// in. Or returns an older batch that must be acknowledged first, and leaves `f` alone.
  [[nodiscard]] std::optional<batch_number> admit(form& f, const schema& s, batch_number into);
  /// What `admit` did for a form in an earlier life of the import, after `remember` was told the
  /// names of that life.
  void replay(form f, const schema& s);
  /// The operations that wait for each other in a circle, to be executed as one transaction at the
  /// end of the file.
  [[nodiscard]] std::vector<operation> finish(batch_number into);

  /// Batch `done` is committed and its tempids stand for these entities. In order.
  void acknowledge(batch_number done, const std::vector<resolved_tempid>& tempids);
  /// Batch `from` and all later ones did not happen.
  void roll_back(batch_number from);
  /// A tempid of a transaction that an earlier life of the import committed.
  void remember(const resolved_tempid& t);

  [[nodiscard]] std::vector<open_end> open_ends() const;
  /// Whether no name is known or waited for.
  [[nodiscard]] bool empty() const noexcept { return names_.empty() && waiting_.empty(); }

 private:
  /// What a name stands for; an entity of 0 is on its way in `batch`.
  struct meaning {
    entity_id entity;
    batch_number batch;
  };
  /// A fact that waits for the entity of a name.
  struct deferred {
    operand owner;
    std::string attribute;
    bool owner_is_value; ///< :ns/_name: the name is the entity, the owner its value
    text_position at;
  };
  /// A change of this scope that can be undone.
  struct change {
    enum class kind { defined, put_aside, taken };
    batch_number batch;
    kind what;
    std::string name;
    std::vector<deferred> taken = {};
  };
  class rewriter;

  [[nodiscard]] std::optional<batch_number> under_way(const std::string& name,
                                                      batch_number into) const;
  void undo(change&& last);

  std::unordered_map<std::string, meaning> names_;
  std::unordered_map<std::string, std::vector<deferred>> waiting_;
  std::vector<change> journal_; ///< of batches that are under way, oldest first
};

} // namespace weft::console
