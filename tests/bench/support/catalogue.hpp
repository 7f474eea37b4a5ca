// The Debian catalogue in a database: the data of the ingest, read and recover benchmarks.
#pragma once

#include "debian_catalogue/catalogue.hpp"

#include "weft/persistence/embedded/database.hpp"

namespace weft::bench {

/// The output of `apt-cache dumpavail`. Ends the process when there is none.
[[nodiscard]] std::string catalogue_text();
[[nodiscard]] debian::catalogue parse_catalogue(std::string text, std::size_t limit);

struct load_result {
  std::uint64_t transactions = 0;
  std::uint64_t datoms = 0; ///< that the database added
};

/// Transacts every entity of the catalogue: requests are made here, about `facts_per_transaction`
/// facts each, and a window of them is in flight. Returns when all are durable.
load_result load(embedded::database& db, const debian::catalogue& from, std::int64_t growth = 0,
                 std::size_t facts_per_transaction = 1000);

} // namespace weft::bench
