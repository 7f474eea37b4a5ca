#include "weft/persistence/embedded/log_driver.hpp"

#include "weft/persistence/system.hpp"

namespace weft::embedded {

commit_driver::cost log_driver::carry() {
  const auto begin = persistence::steady_ns();
  const auto before = log_.statistics();
  static_cast<void>(port_.write_queued()); // the events say what came of it
  const auto& after = log_.statistics();
  return {.append_ns = after.append_ns - before.append_ns,
          .sync_ns = after.sync_ns - before.sync_ns,
          .wall_ns = persistence::steady_ns() - begin};
}

} // namespace weft::embedded
