// Bytes as the two small files of a shard, hard state and committed mark: what verifies is served,
// the newest of it, and reads back equal after it was written again; anything else is refused with
// a code that says why.
// Input: a byte of flags, then two pieces of block_bytes, each the beginning of a copy or slot
// whose rest is zero. Flags: 1 puts checksums right, 2 cuts the files short after the second piece.
#include "weft/core/base/assert.hpp"
#include "weft/persistence/disk/memory_disk.hpp"
#include "weft/persistence/wal/committed_mark.hpp"
#include "weft/persistence/wal/hard_state.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

using namespace weft;
using namespace weft::persistence;

namespace {

constexpr database_id fuzz_database{{0x0123456789abcdefU, 0xfedcba9876543210U}};
constexpr shard_id fuzz_shard(3);
constexpr std::size_t block_bytes = mark_slot_bytes - 8;

struct input {
  bool put_right = false;
  bool cut = false;
  std::array<bytes, 2> blocks;
};

input read_input(bytes_view in) {
  input out;
  const auto flags = in.empty() ? 0U : static_cast<unsigned char>(in.front());
  in.remove_prefix(std::min<std::size_t>(1, in.size()));
  out.put_right = (flags & 1U) != 0;
  out.cut = (flags & 2U) != 0;
  for (auto& block : out.blocks) {
    block = in.substr(0, block_bytes);
    in.remove_prefix(block.size());
  }
  return out;
}

/// A file with the two blocks at 0 and `distance`, each `size` bytes that end in a checksum.
bytes file_of(const input& from, std::size_t distance, std::size_t size, std::size_t whole) {
  bytes out(whole, '\0');
  std::size_t at = 0;
  for (const auto& block : from.blocks) {
    out.replace(at, block.size(), block);
    if (from.put_right) {
      bytes sum;
      byte_writer(sum).fixed(checksum64(bytes_view{out}.substr(at, size - 8), 0));
      out.replace(at + size - 8, 8, sum);
    }
    at += distance;
  }
  if (from.cut)
    out.resize(distance + from.blocks[1].size());
  return out;
}

void check_hard_state(const input& from) {
  disk_image image;
  image.folders = {".", "/"};
  image.files["state"] =
      file_of(from, hard_state_block_bytes, hard_state_block_bytes, 2 * hard_state_block_bytes);
  memory_disk disk(image);
  const auto found = read_hard_state(disk, "state", fuzz_database, fuzz_shard);
  auto opened = hard_state_file::open(disk, "state", fuzz_database, fuzz_shard);
  WEFT_ASSERT(found.has_value() == opened.has_value());
  if (!found) {
    const auto code = found.error().code;
    WEFT_ASSERT(code == errc::hard_state_corrupt || code == errc::unsupported_version ||
                code == errc::database_mismatch);
    WEFT_ASSERT(opened.error() == found.error());
    return;
  }
  WEFT_ASSERT(opened->current() == *found && decode_hard_state(encode(*found)) == *found);
  for (const auto at : {std::size_t{0}, hard_state_block_bytes})
    if (const auto copy =
            decode_hard_state(bytes_view{image.files["state"]}.substr(at, hard_state_block_bytes)))
      WEFT_ASSERT(copy->generation <= found->generation);
  const auto gone = read_hard_state(disk, "other", fuzz_database, fuzz_shard);
  WEFT_ASSERT(missing_is_damage(gone.error(), "other").code == errc::hard_state_corrupt);
  WEFT_ASSERT(hard_state_file::create(disk, "other", *found).has_value());
  auto made = *found;
  made.generation = 1;
  WEFT_ASSERT(read_hard_state(disk, "other", fuzz_database, fuzz_shard) == made);
  auto next = *found;
  next.voted_for = node_id(7);
  const bool other_vote = found->voted_for != node_id(0) && found->voted_for != node_id(7);
  WEFT_ASSERT(opened->write(next).has_value() != other_vote);
  WEFT_ASSERT(read_hard_state(disk, "state", fuzz_database, fuzz_shard) == opened->current());
}

void check_mark(const input& from) {
  disk_image image;
  image.folders = {".", "/"};
  image.files["mark"] = file_of(from, mark_slot_distance, mark_slot_bytes, mark_file_bytes);
  memory_disk disk(image);
  const auto found = read_mark(disk, "mark");
  WEFT_ASSERT(found.has_value());
  auto opened = committed_mark::open(disk, "mark", fuzz_database, fuzz_shard);
  const bool other =
      *found && ((*found)->database != fuzz_database || (*found)->shard != fuzz_shard);
  WEFT_ASSERT(opened.has_value() != other);
  if (!opened) {
    WEFT_ASSERT(opened.error().code == errc::database_mismatch);
    return;
  }
  WEFT_ASSERT(opened->current() == *found && *read_mark(disk, "mark") == *found);
  if (*found)
    WEFT_ASSERT(decode_mark(encode(**found)) == **found);
  if (*found && (*found)->generation == UINT64_MAX)
    return; // a writer counts from 1
  auto next = found->value_or(mark());
  next.database = fuzz_database;
  next.shard = fuzz_shard;
  next.end_offset = 4711;
  opened->store(next);
  WEFT_ASSERT(*read_mark(disk, "mark") == opened->current());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto from = read_input({reinterpret_cast<const char*>(data), size});
  check_hard_state(from);
  check_mark(from);
  return 0;
}
