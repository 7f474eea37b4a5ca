#include "weft/console/cli/database/connection_talk.hpp"

#include "weft/console/cli/output/cell.hpp"
#include "weft/console/cli/session.hpp"

namespace weft::console {

void connection_talk::tell(const error* why) {
  const bool is_away = why != nullptr;
  if (is_away == told_away_)
    return;
  told_away_ = is_away;
  in_->say(is_away ? "not connected: " + printable(why->detail) + "; waits for the node"
                   : "connected again");
}

} // namespace weft::console
