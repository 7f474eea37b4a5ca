#include "weft/core/protocol/read_chunk.hpp"

#include "weft/core/base/limits.hpp"

#include <algorithm>

namespace weft::protocol {

datoms_answer read_chunk(const view& of, const read_request& what) {
  datoms_answer out;
  const auto most = std::min(what.bytes, limits::read_chunk_bytes_max);
  auto window = what.window;
  window.as_of = std::min(window.as_of, of.basis());
  const auto cursor = of.source()->scan(what.spec(), window);
  for (auto left = what.skip; left > 0 && cursor->valid(); --left)
    cursor->next();
  bytes one; // what a datom takes is what is counted
  byte_writer writer(one);
  std::size_t so_far = 0;
  for (; cursor->valid() && (so_far < most || out.datoms.empty()); cursor->next()) {
    one.clear();
    so_far += put_datom(writer, cursor->get());
    out.datoms.push_back(cursor->get());
  }
  out.complete = !cursor->valid();
  return out;
}

} // namespace weft::protocol
