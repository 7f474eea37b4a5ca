#include "weft/persistence/wal/segment_cursor.hpp"

#include <algorithm>
#include <cstring>

namespace weft::persistence {

namespace {

constexpr std::size_t window_bytes = 256U << 10U;

std::string number(log_index i) {
  return std::to_string(i.get());
}

} // namespace

result<bytes_view> file_window::at(std::uint64_t offset, std::size_t n) {
  const auto have_end = from_ + buffer_.size();
  if (offset < from_ || offset + n > have_end) {
    from_ = offset;
    buffer_.resize(std::max(n, ahead_bytes_));
    ahead_bytes_ = std::min(window_bytes, ahead_bytes_ * 4);
    auto got = in_->read(offset, buffer_);
    buffer_.resize(got ? *got : 0);
    if (!got)
      return fail(std::move(got).error());
  }
  return bytes_view{buffer_}.substr(static_cast<std::size_t>(offset - from_), n);
}

segment_cursor::segment_cursor(file& in, const segment_header& header, peek_t_function peek)
    : window_(in), header_(header), peek_(std::move(peek)), position_(header.previous),
      good_(header.previous), proven_(header.synced_through) {
  // nop
}

void segment_cursor::seek(std::uint64_t offset, const log_position& position) {
  offset_ = offset;
  batch_end_ = 0;
  entries_left_ = 0;
  position_ = position;
  good_ = position;
  exact_ = true;
}

result<std::optional<batch_header>> segment_cursor::batch_at(std::uint64_t offset) {
  if (offset + batch_header_bytes > header_.file_bytes)
    return std::nullopt;
  WEFT_TRY(const auto raw, window_.at(offset, batch_header_bytes));
  auto h = decode_batch_header(raw, seed(offset));
  if (!h || h->batch_bytes > header_.file_bytes - offset)
    return std::nullopt;
  const auto room = (h->batch_bytes - batch_header_bytes) / (entry_header_bytes + 1);
  if (h->count > room || (h->count == 0 && h->batch_bytes != batch_header_bytes))
    return std::nullopt;
  if (h->synced_through >= h->first_index || h->first_index.get() > UINT64_MAX - h->count)
    return std::nullopt;
  return h;
}

result<std::optional<std::uint64_t>> segment_cursor::find_batch(std::uint64_t from) {
  const auto first_byte = static_cast<char>(batch_magic & 0xFFU);
  for (auto at = from; at + batch_header_bytes <= header_.file_bytes;) {
    WEFT_TRY(const auto block, window_.at(at, window_bytes));
    if (block.size() < batch_header_bytes)
      return std::nullopt;
    const auto last = block.size() - batch_header_bytes;
    std::vector<std::uint64_t> candidates;
    std::size_t i = 0;
    for (; i <= last; i += batch_alignment) {
      std::uint32_t magic = 0;
      if (block[i] == first_byte)
        std::memcpy(&magic, block.data() + i, sizeof magic);
      if (magic == batch_magic)
        candidates.push_back(at + i);
    }
    for (const auto candidate : candidates) {
      WEFT_TRY(const auto h, batch_at(candidate));
      if (h && h->first_index > position_.index)
        return candidate;
    }
    at += i;
  }
  return std::nullopt;
}

walk_item segment_cursor::damaged(std::uint64_t offset, std::string problem) const {
  walk_item out;
  out.what = walk_step::damage;
  out.offset = offset;
  out.index = position_.index.next();
  out.exact = exact_;
  out.problem = std::move(problem);
  return out;
}

result<walk_item> segment_cursor::next() {
  if (batch_end_ != 0 && entries_left_ == 0) {
    offset_ = batch_end_;
    batch_end_ = 0;
  }
  return batch_end_ != 0 ? next_entry() : next_batch();
}

result<walk_item> segment_cursor::next_batch() {
  const auto here = offset_;
  WEFT_TRY(auto h, batch_at(here));
  if (h && h->first_index == position_.index.next())
    return enter(*h);
  if (!h) {
    WEFT_TRY(const auto later, find_batch(here + batch_alignment));
    if (!later) {
      walk_item out;
      out.offset = here;
      out.end = here;
      return out;
    }
    offset_ = *later;
    WEFT_TRY(h, batch_at(*later));
  }
  if (h->first_index == position_.index.next()) {
    walk_item out;
    out.what = walk_step::scar;
    out.offset = here;
    out.end = offset_;
    out.problem = "damaged bytes between two batches; they held no entry";
    return out;
  }
  if (h->first_index > position_.index) {
    auto out = damaged(here, "the next batch that verifies, at offset " + std::to_string(offset_) +
                                 ", starts with entry " + number(h->first_index));
    exact_ = false;
    position_.index = log_index(h->first_index.get() - 1);
    return out;
  }
  auto out = damaged(here, "the batch starts with entry " + number(h->first_index) +
                               ", which was read before");
  exact_ = false;
  offset_ = here + h->batch_bytes;
  return out;
}

walk_item segment_cursor::enter(const batch_header& h) {
  proven_ = std::max(proven_, h.synced_through);
  walk_item out;
  out.what = walk_step::batch;
  out.offset = offset_;
  out.end = offset_ + h.batch_bytes;
  out.batch = h;
  out.position = position_;
  out.exact = exact_;
  batch_end_ = out.end;
  entries_left_ = h.count;
  offset_ += batch_header_bytes;
  return out;
}

walk_item segment_cursor::skip_batch(std::string problem) {
  auto out = damaged(offset_, std::move(problem));
  exact_ = false;
  position_.index = log_index(position_.index.get() + entries_left_);
  entries_left_ = 0;
  return out;
}

/// What an entry says whose bytes verify.
void segment_cursor::check(walk_item& item, const entry_header& h) const {
  const auto refuse = [&item](std::string problem, errc code = errc::log_corrupt) {
    item.problem = std::move(problem);
    item.refused = code;
  };
  if (h.index != item.index)
    return refuse("the entry has index " + number(h.index));
  if (h.term < position_.term)
    return refuse("the term goes back to " + std::to_string(h.term.get()));
  if (exact_ && chain_prefix(item.position.chain) != h.chain)
    return refuse("the chain hash of the entry does not continue the one before");
  if (h.kind != entry_kind::transaction || !peek_)
    return;
  const auto t = peek_(item.payload);
  if (!t)
    return refuse("the transaction cannot be read: " + t.error().to_string(),
                  t.error().code == errc::unsupported_version ? t.error().code : errc::log_corrupt);
  if (exact_ && *t != item.position.t)
    refuse("the transaction says t " + std::to_string(t->get()) + ", expected " +
           std::to_string(item.position.t.get()));
}

result<walk_item> segment_cursor::next_entry() {
  const auto here = offset_;
  if (here + entry_header_bytes > batch_end_)
    return skip_batch("the batch is too short for its entries");
  WEFT_TRY(const auto head, window_.at(here, entry_header_bytes));
  const auto h = decode_entry_header(head, seed(here));
  if (!h)
    return skip_batch("the header of the entry does not verify");
  if (h->stored_bytes > batch_end_ - here - entry_header_bytes)
    return skip_batch("the entry is longer than its batch");
  WEFT_TRY(const auto body, window_.at(here + entry_header_bytes, h->stored_bytes));
  const auto before = position_;
  walk_item out;
  out.what = walk_step::entry;
  out.offset = here;
  out.end = here + entry_header_bytes + h->stored_bytes;
  out.kind = h->kind;
  out.payload = body;
  out.exact = exact_;
  if (body.size() < h->stored_bytes || checksum64(body, seed(here)) != h->body_checksum)
    out.problem = "the bytes of the entry do not verify";
  out.position = advance(before, h->kind, h->term, body);
  out.index = out.position.index;
  if (out.problem.empty())
    check(out, *h);
  if (!out.problem.empty()) {
    out.what = walk_step::damage;
    exact_ = false;
  }
  offset_ = out.end;
  --entries_left_;
  position_ = out.position;
  if (exact_)
    good_ = position_;
  return out;
}

} // namespace weft::persistence
