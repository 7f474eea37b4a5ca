#include "weft/persistence/wal/segment_writer.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/persistence/mutant.hpp"

namespace weft::persistence {

namespace {

std::size_t size_of_batch(std::span<const log_entry> entries) noexcept {
  std::size_t payload_bytes = 0;
  for (const auto& entry : entries)
    payload_bytes += entry.payload.size();
  return batch_size(entries.size(), payload_bytes);
}

} // namespace

result<void> segment_writer::append(std::span<const log_entry> entries, log_index synced_through,
                                    std::vector<entry_end>& ends) {
  const auto size = size_of_batch(entries);
  WEFT_ASSERT(end_ + size <= header_.file_bytes);
  const auto seed = [&] { return checksum_seed(header_.incarnation, end_ + scratch_.size()); };
  const auto known = ends.size();
  auto position = last_;
  scratch_.clear();
  scratch_.reserve(size);
  encode(batch_header{static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(entries.size()),
                      last_.index.next(), synced_through},
         seed(), scratch_);
  for (const auto& entry : entries) {
    WEFT_ASSERT(!entry.payload.empty());
    position = advance(position, entry.kind, entry.term, entry.payload);
    WEFT_ASSERT(position.index == entry.index);
    const auto here = seed();
    encode(entry_header{static_cast<std::uint32_t>(entry.payload.size()), entry.kind, entry.term,
                        entry.index, chain_prefix(position.chain), checksum64(entry.payload, here)},
           here, scratch_);
    scratch_ += entry.payload;
    ends.push_back({position, header_.sequence, header_.incarnation, end_ + scratch_.size()});
  }
  scratch_.resize(size, '\0');
  if (auto written = file_->write(end_, scratch_); !written) {
    ends.resize(known);
    return written;
  }
  end_ += size;
  last_ = position;
  return {};
}

result<segment_writer> segment_writer::create(disk& on, const std::string& folder,
                                              const free_file& from, segment_header header,
                                              std::span<const log_entry> copied,
                                              std::vector<entry_end>& ends) {
  segment_writer out;
  header.file_bytes = from.bytes;
  header.synced_through = log_index(header.previous.index.get() + copied.size());
  out.header_ = header;
  out.last_ = header.previous;
  out.path_ = join(folder, segment_name(header.sequence));
  WEFT_TRY(out.file_, on.open(from.path, open_mode::write));
  WEFT_CHECK(out.file_->write(0, encode(header)));
  if (!copied.empty())
    WEFT_CHECK(out.append(copied, header.previous.index, ends));
  // Header and copies are durable before the name is there: a final name proves both.
  if (!mutated(sync_site::segment_name))
    WEFT_CHECK(out.file_->sync_data());
  WEFT_CHECK(on.rename(from.path, out.path_));
  if (auto done = out.open_named(on, folder); !done) {
    done.error().code = errc::io_error; // after a crash the segment may be there, and may not
    return fail(std::move(done).error());
  }
  return out;
}

result<void> segment_writer::open_named(disk& on, const std::string& folder) {
  if (!mutated(sync_site::segment_folder))
    WEFT_CHECK(on.sync_folder(folder));
  // Opened again so that its errors name the segment, not the free file that it was.
  WEFT_TRY(file_, on.open(path_, open_mode::write));
  return {};
}

} // namespace weft::persistence
