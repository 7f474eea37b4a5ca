// Writes facts so that import reads them back: entities as maps (edn, json, jsonl) or as rows
// e, a, v (csv, raw, table).
//
// Entities get tempids, which are their old ids: references hold between entities of one file, and
// an entity that says who it is (a unique identity) is found again. Attributes are called by their
// idents. What the database computes or keeps for itself is not written: composite tuples,
// :db/txInstant, the bookkeeping of imports.
#pragma once

#include "weft/console/cli/output/format.hpp"
#include "weft/console/cli/output/sink.hpp"
#include "weft/console/cli/output/terminal.hpp"
#include "weft/core/db/view.hpp"

#include <memory>

namespace weft::console {

class fact_writer {
 public:
  fact_writer() = default;
  fact_writer(const fact_writer&) = delete;
  fact_writer& operator=(const fact_writer&) = delete;
  virtual ~fact_writer() = default;

  /// The next fact; those of one entity and attribute stand together.
  virtual void fact(const datom_view& d) = 0;
  /// Once, at the end.
  virtual void finish() = 0;
};

/// `db` gives names to attributes and outlives the writer.
[[nodiscard]] std::unique_ptr<fact_writer> make_fact_writer(format how, text_sink& out,
                                                            const terminal& where, const view& db);

/// Whether a fact belongs into an export.
[[nodiscard]] bool is_exported(const schema& s, const datom_view& d);
/// Whether an attribute is the user's own.
[[nodiscard]] bool is_exported(const attribute& a);
/// Whether a fact describes an attribute in words that every database knows.
[[nodiscard]] bool is_declaration(const schema& s, const datom_view& d);

/// Writes what declares the attributes of users, composite tuples behind their parts: nothing
/// names an attribute that is not declared yet. @errors those of reading
[[nodiscard]] result<void> write_declarations(fact_writer& out, const view& db);

} // namespace weft::console
