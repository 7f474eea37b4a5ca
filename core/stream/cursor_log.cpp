#include "weft/core/stream/cursor_log.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/base/limits.hpp"

namespace weft::stream {

namespace {

constexpr std::uint8_t cursor_entry_version = 1;

} // namespace

bytes encode_cursor_entry(const named_cursor& c) {
  WEFT_ASSERT(!c.name.empty() && c.name.size() <= limits::cursor_name_bytes_max);
  bytes out;
  byte_writer to(out);
  to.u8(cursor_entry_version);
  to.counted(c.name);
  to.varint(c.t.get());
  to.fixed(c.hash);
  return out;
}

result<named_cursor> decode_cursor_entry(bytes_view payload) {
  byte_reader in(payload);
  if (const auto version = in.u8(); in.ok() && version != cursor_entry_version)
    return fail(errc::unsupported_version,
                "an entry of a cursor has version " + std::to_string(version),
                {{"version", std::to_string(version)}});
  const auto name = in.counted();
  named_cursor out;
  out.t = tx_number(in.varint());
  out.hash = in.fixed<std::uint64_t>();
  if (!in.ok() || !in.at_end() || name.empty() || name.size() > limits::cursor_name_bytes_max ||
      out.t.get() > limits::transactions_max)
    return fail(errc::log_corrupt, "an entry of a cursor cannot be read");
  out.name = name;
  return out;
}

result<named_cursor> cursor_table::apply(bytes_view payload) {
  WEFT_TRY(auto c, decode_cursor_entry(payload));
  const auto known = by_name_.find(c.name);
  if (known == by_name_.end() && by_name_.size() >= limits::named_cursors_max)
    return c; // a publisher refuses it; the log is not less whole for it
  if (known == by_name_.end() || known->second.t < c.t)
    by_name_[c.name] = c;
  return c;
}

std::vector<named_cursor> cursor_table::all() const {
  std::vector<named_cursor> out;
  for (const auto& [name, c] : by_name_)
    out.push_back(c);
  return out;
}

} // namespace weft::stream
