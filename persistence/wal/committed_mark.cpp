#include "weft/persistence/wal/committed_mark.hpp"

#include "weft/core/base/assert.hpp"

namespace weft::persistence {

namespace {

/// Tries of a reader that meets two slots in the middle of a store.
constexpr int read_tries = 16;

std::optional<mark> newest(bytes_view page) {
  std::optional<mark> best;
  for (const std::size_t at : {std::size_t{0}, mark_slot_distance}) {
    if (page.size() < at + mark_slot_bytes)
      break;
    const auto found = decode_mark(page.substr(at, mark_slot_bytes));
    if (found && (!best || found->generation > best->generation))
      best = found;
  }
  return best;
}

} // namespace

bytes encode(const mark& m) {
  bytes out;
  byte_writer to(out);
  const auto database = to_bytes(m.database.value);
  const auto chain = to_bytes(m.position.chain);
  to.raw(mark_magic);
  to.fixed(m.generation);
  to.raw({database.data(), database.size()});
  to.fixed(m.position.index.get());
  to.fixed(m.position.term.get());
  to.fixed(m.position.t.get());
  to.raw({chain.data(), chain.size()});
  to.fixed(m.segment);
  to.fixed(m.incarnation);
  to.fixed(m.end_offset);
  to.fixed(m.shard.get());
  out.resize(mark_slot_bytes - 8, '\0');
  to.fixed(checksum64(out, 0));
  return out;
}

std::optional<mark> decode_mark(bytes_view in) {
  if (in.size() < mark_slot_bytes)
    return std::nullopt;
  byte_reader tail(in.substr(mark_slot_bytes - 8));
  if (tail.fixed<std::uint64_t>() != checksum64(in.substr(0, mark_slot_bytes - 8), 0))
    return std::nullopt;
  byte_reader from(in);
  if (from.raw(mark_magic.size()) != mark_magic)
    return std::nullopt;
  mark m;
  m.generation = from.fixed<std::uint64_t>();
  m.database.value = hash128_from_bytes(from.raw(16));
  m.position.index = log_index(from.fixed<std::uint64_t>());
  m.position.term = term(from.fixed<std::uint64_t>());
  m.position.t = tx_number(from.fixed<std::uint64_t>());
  m.position.chain = hash128_from_bytes(from.raw(16));
  m.segment = from.fixed<std::uint64_t>();
  m.incarnation = from.fixed<std::uint64_t>();
  m.end_offset = from.fixed<std::uint64_t>();
  m.shard = shard_id(from.fixed<std::uint16_t>());
  return m;
}

result<std::optional<mark>> read_mark(disk& on, const std::string& path) {
  for (int i = 0; i < read_tries; ++i) {
    auto page = read_file(on, path, mark_file_bytes);
    if (!page && page.error().code == errc::not_found)
      return std::nullopt;
    if (!page)
      return fail(std::move(page).error());
    if (auto found = newest(*page))
      return found;
  }
  return std::nullopt;
}

result<committed_mark> committed_mark::open(disk& on, const std::string& path, database_id database,
                                            shard_id shard) {
  committed_mark out;
  WEFT_TRY(out.current_, read_mark(on, path));
  if (out.current_ && (out.current_->database != database || out.current_->shard != shard))
    return fail(errc::database_mismatch,
                path + " belongs to database " + out.current_->database.to_string());
  WEFT_TRY(const auto there, on.exists(path));
  WEFT_TRY(auto to, on.open(path, there ? open_mode::write : open_mode::create));
  WEFT_TRY(const auto size, to->size());
  if (!out.current_ || size < mark_file_bytes) {
    // Whole blocks are written before they are mapped: a store into a hole could fail.
    WEFT_CHECK(to->write(0, bytes(mark_file_bytes, '\0')));
    if (out.current_)
      WEFT_CHECK(
          to->write((out.current_->generation & 1U) * mark_slot_distance, encode(*out.current_)));
  }
  if (out.current_)
    out.generation_ = out.current_->generation;
  WEFT_TRY(out.region_, on.map(path, mark_file_bytes));
  return out;
}

void committed_mark::store(mark m) {
  WEFT_ASSERT(region_ != nullptr);
  WEFT_ASSERT(!current_ || current_->position.index <= m.position.index);
  m.generation = ++generation_;
  region_->store((m.generation & 1U) * mark_slot_distance, encode(m));
  current_ = m;
}

} // namespace weft::persistence
