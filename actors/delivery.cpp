#include "weft/actors/delivery.hpp"

namespace weft::actors {

void delivery::notify(stream_notice what) const {
  if (notices_)
    send_from_outside(who_, std::move(what));
}

void delivery::close(const std::optional<error>& why) const {
  if (why)
    send_from_outside(who_, stream_notice{stream_notice::closed{why}});
  else
    notify({stream_notice::closed{}});
}

} // namespace weft::actors
