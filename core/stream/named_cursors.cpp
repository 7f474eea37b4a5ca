#include "weft/core/stream/named_cursors.hpp"

#include "weft/core/base/assert.hpp"

namespace weft::stream {

named_cursors::named_cursors(const std::vector<named_cursor>& known) {
  for (const auto& c : known)
    by_name_[c.name] = entry{c, c.t};
}

const named_cursor* named_cursors::find(std::string_view name) const noexcept {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &found->second.wanted;
}

bool named_cursors::admits(std::string_view name) const noexcept {
  return by_name_.size() < limits::named_cursors_max || by_name_.find(name) != by_name_.end();
}

void named_cursors::write(entry& e, std::vector<named_cursor>& out) {
  if (e.failed)
    --failed_;
  e.failed = false;
  e.writing = true;
  out.push_back(e.wanted);
}

void named_cursors::acknowledge(const named_cursor& to, std::vector<named_cursor>& out) {
  WEFT_ASSERT(admits(to.name));
  const auto [at, is_new] = by_name_.try_emplace(to.name, entry{{to.name, tx_number(0), 0}, {}});
  auto& e = at->second;
  if (to.t <= e.wanted.t)
    return;
  e.wanted = to;
  if (!e.writing && !e.failed)
    write(e, out);
}

void named_cursors::written(const named_cursor& what, bool durable,
                            std::vector<named_cursor>& out) {
  const auto found = by_name_.find(what.name);
  if (found == by_name_.end() || !found->second.writing)
    return;
  auto& e = found->second;
  e.writing = false;
  if (!durable) {
    e.failed = true;
    ++failed_;
    return;
  }
  e.durable = what.t;
  if (e.wanted.t > e.durable)
    write(e, out);
}

void named_cursors::retry(std::vector<named_cursor>& out) {
  if (failed_ == 0)
    return;
  for (auto& [name, e] : by_name_)
    if (e.failed)
      write(e, out);
}

} // namespace weft::stream
