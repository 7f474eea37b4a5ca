#include "weft/persistence/wal/hard_state.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/persistence/mutant.hpp"

#include <algorithm>

namespace weft::persistence {

namespace {

constexpr std::size_t checksum_at = hard_state_block_bytes - 8;
constexpr std::uint16_t hard_state_version = 1;
constexpr std::string_view new_suffix = ".new";

} // namespace

bytes encode(const hard_state& s) {
  bytes out;
  byte_writer to(out);
  const auto database = to_bytes(s.database.value);
  to.raw(hard_state_magic);
  to.fixed(hard_state_version);
  to.fixed(s.shard.get());
  to.fixed(std::uint32_t{0});
  to.raw({database.data(), database.size()});
  to.fixed(s.generation);
  to.fixed(s.node.get());
  to.fixed(s.term.get());
  to.fixed(s.voted_for.get());
  to.fixed(s.committed.get());
  out.resize(checksum_at, '\0');
  to.fixed(checksum64(out, 0));
  return out;
}

result<hard_state> decode_hard_state(bytes_view block) {
  if (block.size() != hard_state_block_bytes)
    return fail(errc::hard_state_corrupt, "the hard state is cut short");
  byte_reader tail(block.substr(checksum_at));
  byte_reader in(block);
  if (in.raw(hard_state_magic.size()) != hard_state_magic ||
      tail.fixed<std::uint64_t>() != checksum64(block.substr(0, checksum_at), 0))
    return fail(errc::hard_state_corrupt, "a copy of the hard state does not verify");
  if (in.fixed<std::uint16_t>() > hard_state_version)
    return fail(errc::unsupported_version, "the hard state was written by a newer version");
  hard_state s;
  s.shard = shard_id(in.fixed<std::uint16_t>());
  (void)in.fixed<std::uint32_t>();
  s.database.value = hash128_from_bytes(in.raw(16));
  s.generation = in.fixed<std::uint64_t>();
  s.node = node_id(in.fixed<std::uint64_t>());
  s.term = term(in.fixed<std::uint64_t>());
  s.voted_for = node_id(in.fixed<std::uint64_t>());
  s.committed = log_index(in.fixed<std::uint64_t>());
  WEFT_ASSERT(in.ok());
  return s;
}

namespace {

/// What both copies say together.
struct both_copies {
  hard_state best;
  bool one_is_bad = false;
};

result<both_copies> read_copies(file& in, const std::string& path, database_id database,
                                shard_id shard) {
  bytes both(2 * hard_state_block_bytes, '\0');
  WEFT_TRY(const auto got, in.read(0, both));
  both.resize(got);
  const auto block = [&](std::size_t at) {
    return decode_hard_state(
        bytes_view{both}.substr(std::min(at, both.size()), hard_state_block_bytes));
  };
  const auto first = block(0);
  const auto second = block(hard_state_block_bytes);
  for (const auto* copy : {&first, &second})
    if (!*copy && copy->error().code == errc::unsupported_version)
      return fail(copy->error());
  if (!first && !second)
    return fail(errc::hard_state_corrupt, "both copies of " + path + " are damaged");
  const bool use_first = first && (!second || first->generation >= second->generation);
  const auto& best = use_first ? *first : *second;
  if (best.database != database || best.shard != shard)
    return fail(errc::database_mismatch,
                path + " belongs to database " + best.database.to_string());
  return both_copies{best, !first || !second || *first != *second};
}

} // namespace

result<void> hard_state_file::write_copies(const hard_state& state) {
  const auto block = encode(state);
  WEFT_CHECK(file_->write(0, block));
  if (!mutated(sync_site::hard_state_first))
    WEFT_CHECK(file_->sync_data());
  // The second copy is touched only when the first one is durable: one of them is always whole.
  WEFT_CHECK(file_->write(hard_state_block_bytes, block));
  if (!mutated(sync_site::hard_state_second))
    WEFT_CHECK(file_->sync_data());
  current_ = state;
  return {};
}

result<hard_state_file> hard_state_file::create(disk& on, const std::string& path,
                                                hard_state first) {
  const auto fresh = path + std::string{new_suffix};
  first.generation = 1;
  WEFT_TRY(const auto left_over, on.exists(fresh));
  if (left_over)
    WEFT_CHECK(on.remove(fresh));
  hard_state_file out;
  WEFT_TRY(out.file_, on.open(fresh, open_mode::create));
  const auto block = encode(first);
  WEFT_CHECK(out.file_->write(0, block + block));
  if (!mutated(sync_site::hard_state_create))
    WEFT_CHECK(out.file_->sync_data());
  WEFT_CHECK(on.rename(fresh, path));
  if (!mutated(sync_site::hard_state_folder))
    WEFT_CHECK(on.sync_folder(parent_of(path)));
  out.current_ = first;
  return out;
}

result<hard_state_file> hard_state_file::open(disk& on, const std::string& path,
                                              database_id database, shard_id shard) {
  hard_state_file out;
  WEFT_TRY(out.file_, on.open(path, open_mode::write));
  WEFT_TRY(const auto found, read_copies(*out.file_, path, database, shard));
  out.current_ = found.best;
  out.repaired_ = found.one_is_bad;
  // What was read may be in the page cache only: nothing is answered before it is durable.
  WEFT_CHECK(out.write_copies(found.best));
  return out;
}

error missing_is_damage(error e, const std::string& path) {
  if (e.code != errc::not_found)
    return e;
  return {errc::hard_state_corrupt, path + " is missing", {}};
}

result<hard_state> read_hard_state(disk& on, const std::string& path, database_id database,
                                   shard_id shard) {
  WEFT_TRY(auto in, on.open(path, open_mode::read));
  WEFT_TRY(const auto found, read_copies(*in, path, database, shard));
  return found.best;
}

result<void> hard_state_file::write(hard_state next) {
  if (failed_)
    return fail(errc::storage_failed, "the hard state failed earlier and must be opened again");
  const bool vote_changes = next.term == current_.term && current_.voted_for != node_id(0) &&
                            next.voted_for != current_.voted_for;
  if (next.term < current_.term || next.committed < current_.committed || vote_changes)
    return fail(errc::invalid_argument, "the hard state never goes back");
  next.generation = current_.generation + 1;
  next.database = current_.database;
  next.shard = current_.shard;
  next.node = current_.node;
  auto done = write_copies(next);
  failed_ = !done;
  return done;
}

} // namespace weft::persistence
