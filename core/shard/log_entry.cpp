#include "weft/core/shard/log_entry.hpp"

namespace weft {

log_position advance(const log_position& from, entry_kind kind, weft::term of,
                     bytes_view payload) noexcept {
  log_position out = from;
  out.index = from.index.next();
  out.term = of;
  if (kind == entry_kind::transaction) {
    out.t = from.t.next();
    out.chain = chain(from.chain, hash_of(payload));
  }
  return out;
}

} // namespace weft
