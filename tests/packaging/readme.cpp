// The example of README.md, which quotes it.
#include "weft/persistence/embedded/database.hpp"

#include <cstdio>

int main() {
  using namespace weft;
  auto db = embedded::database::open("facts");
  if (!db)
    return std::puts(db.error().to_string().c_str()), 1;

  auto report = db->transact(tx_request{}
                                 .put(tempid("ada"), {{"user/name", "Ada"}, {"user/born", 1815}})
                                 .add(this_transaction(), "audit/why", "first"));
  if (!report)
    return std::puts(report.error().to_string().c_str()), 1;

  const auto ada = *report->entity("ada");
  const auto now = db->view(); // never changes, costs nothing to hold
  for (const auto& [attribute, values] : now.entity(ada))
    std::printf("%s: %zu\n", now.schema().find(attribute)->ident.c_str(), values.size());
}
