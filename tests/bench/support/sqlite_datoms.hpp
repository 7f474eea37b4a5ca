// Datoms as SQLite keeps them best: a table of (e, a, v, t) clustered by (e, a, v, t), and an index
// by (a, v, e, t) that covers it.
#pragma once

#include "support/sqlite.hpp"

#include "weft/core/datom/datom.hpp"

namespace weft::bench {

/// Every commit is on disk when it returns: a write-ahead log, synced each time.
void make_durable(sqlite& db);
void create_datoms(sqlite& db);
void create_index(sqlite& db);

/// Binds e, a, v and t to parameters 1 to 4. Texts are bound by reference.
void bind_datom(sqlite_statement& statement, const datom_view& d);

} // namespace weft::bench
