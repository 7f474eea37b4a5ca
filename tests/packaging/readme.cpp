// The example of README.md, which quotes it.
#include "weft/persistence/embedded/database.hpp"

#include <cstdio>

using namespace weft;

result<void> run() {
  WEFT_TRY(auto db, embedded::database::open("facts"));
  WEFT_TRY(const auto report,
           db.transact(tx_request{}
                           .put(tempid("ada"), {{"user/name", "Ada"}, {"user/born", 1815}})
                           .add(this_transaction(), "audit/why", "first")));
  WEFT_TRY(const auto now, db.view()); // never changes, costs nothing to hold
  WEFT_TRY(const auto ada, now.entity(*report.entity("ada")));
  for (const auto& [attribute, values] : ada)
    std::printf("%s: %zu\n", now.schema().find(attribute)->ident.c_str(), values.size());
  return db.close();
}

int main() {
  if (const auto done = run(); !done)
    return std::puts(done.error().to_string().c_str()), 1;
}
