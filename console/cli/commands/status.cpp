#include "weft/console/cli/commands/commands.hpp"
#include "weft/console/cli/session.hpp"

namespace weft::console {

result<void> show_status(session& in) {
  WEFT_TRY(auto* at, in.place());
  WEFT_TRY(const auto now, at->status());
  const auto printer = in.print({}, amount::one);
  printer->put(now);
  printer->finish();
  return {};
}

} // namespace weft::console
