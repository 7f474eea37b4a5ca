// Writing frames.
#include "weft/core/stream/frame.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/datom/attribute_codec.hpp"
#include "weft/core/stream/frame_format.hpp"

#include <fmt/format.h>

namespace weft::stream {

using namespace frame_format;
using weft::encode;

namespace {

class frame_writer {
 public:
  explicit frame_writer(std::size_t bytes) : out_(writer_of(bytes)) {}

  [[nodiscard]] bytes take() {
    WEFT_ASSERT(buffer_.size() <= limits::frame_bytes_max);
    return std::move(buffer_);
  }

  void operator()(const open_frame& f) {
    head(kind::open, f.of);
    origin(f.origin);
    const auto& s = f.start;
    WEFT_ASSERT(!s.origin); // it is the frame's
    const bool hashed = !s.now && s.hash;
    out_.u8(static_cast<std::uint8_t>((s.now ? start_now : 0U) | (hashed ? start_hash : 0U) |
                                      (s.stored ? start_stored : 0U)));
    if (!s.now)
      out_.varint(s.after.get());
    if (hashed)
      write_short_hash(out_, *s.hash);
    out_.counted(f.name);
    out_.varint(f.filter.patterns().size());
    for (const auto& pattern : f.filter.patterns())
      out_.counted(pattern);
    out_.varint(f.granted);
  }
  void operator()(const credit_frame& f) {
    head(kind::credit, f.of);
    out_.varint(f.granted);
  }
  void operator()(const ack_frame& f) {
    head(kind::ack, f.of);
    out_.varint(f.t.get());
    write_short_hash(out_, f.hash);
  }
  void operator()(const heartbeat_frame& f) {
    head(kind::heartbeat, f.of);
    out_.varint(f.granted);
    out_.varint(f.acked.get());
    write_short_hash(out_, f.acked_hash);
  }
  void operator()(const close_frame& f) { head(kind::close, f.of); }

  void operator()(const opened_frame& f) {
    head(kind::opened, f.of, f.seq);
    origin(f.origin);
    point(f.at);
    out_.varint(f.head.get());
  }
  void operator()(const schema_frame& f) {
    head(kind::schema, f.of, f.seq);
    out_.varint(f.attributes->size());
    for (const auto& a : *f.attributes)
      encode(out_, a);
  }
  void operator()(const records_frame& f) {
    head(kind::records, f.of, f.seq);
    const auto& slice = *f.what;
    WEFT_ASSERT(!slice.items.empty());
    place(slice.from);
    out_.varint(slice.items.size());
    auto previous = slice.from.t;
    for (const auto& [record, matched] : slice.items) {
      item(record->t(), previous, record->before(), record->chain(), matched);
      out_.counted(record->payload());
      previous = record->t();
    }
    const bool beyond = slice.through.place.t != previous;
    out_.u8(beyond ? 1 : 0);
    if (beyond)
      point(slice.through);
  }
  void operator()(const fragment_frame& f) {
    head(kind::fragment, f.of, f.seq);
    WEFT_ASSERT(f.head.has_value() == (f.offset == 0));
    out_.u8(f.head ? 1 : 0);
    if (f.head) {
      place(f.head->from);
      out_.varint(f.head->record.t.get());
      item(f.head->record.t, f.head->from.t, f.head->before, f.head->record.chain, f.head->matched);
      out_.varint(f.head->total);
    } else {
      out_.varint(f.offset);
    }
    out_.counted(f.part.view);
  }
  void operator()(const watermark_frame& f) {
    head(kind::watermark, f.of, f.seq);
    point(f.at);
    out_.varint(f.head.get());
  }
  void operator()(const lagged_frame& f) {
    head(kind::lagged, f.of, f.seq);
    out_.varint(f.at.get());
    out_.varint(f.head.get());
  }
  void operator()(const closed_frame& f) {
    head(kind::closed, f.of, f.seq);
    encode(out_, f.why);
  }

 private:
  byte_writer writer_of(std::size_t bytes) {
    buffer_.reserve(bytes);
    return byte_writer(buffer_);
  }
  void head(kind what, const epoch& of) {
    out_.u8(version);
    out_.u8(static_cast<std::uint8_t>(what));
    out_.fixed(of.session);
    out_.varint(of.attempt);
  }
  void head(kind what, const epoch& of, std::uint64_t seq) {
    head(what, of);
    out_.varint(seq);
  }
  void hash(hash128 h) {
    const auto raw = to_bytes(h);
    out_.raw({raw.data(), raw.size()});
  }
  void origin(const stream_origin& o) {
    hash(o.database.value);
    out_.varint(o.lineage);
    out_.varint(o.shard.get());
  }
  void place(const stream_place& p) {
    out_.varint(p.t.get());
    hash(p.chain);
  }
  void point(const stream_point& p) {
    place(p.place);
    out_.fixed(p.when.get());
  }
  void item(tx_number t, tx_number previous, hash128 before, hash128 chain,
            const matched_runs& matched) {
    const bool gap = t != previous.next();
    out_.u8(static_cast<std::uint8_t>((gap ? item_gap : 0U) | (matched ? item_filtered : 0U)));
    if (gap)
      hash(before);
    hash(chain);
    if (!matched)
      return;
    out_.varint(matched->size());
    std::uint32_t end = 0;
    for (const auto& run : *matched) {
      out_.varint(run.begin - end);
      out_.varint(run.count);
      end = run.begin + run.count;
    }
  }

  bytes buffer_;
  byte_writer out_;
};

/// About what it takes; enough for all but schemas and errors.
std::size_t estimate(const server_frame& f) noexcept {
  std::size_t bytes = frame_head_bytes;
  if (const auto* r = std::get_if<records_frame>(&f))
    for (const auto& item : r->what->items)
      bytes += frame_bytes(item);
  if (const auto* part = std::get_if<fragment_frame>(&f))
    bytes += part->part.view.size();
  return bytes;
}

} // namespace

result<void> check_open(const start_at& start, std::string_view cursor_name) {
  if (cursor_name.size() > limits::cursor_name_bytes_max)
    return fail(errc::invalid_argument, fmt::format("the name of a cursor has at most {} bytes",
                                                    limits::cursor_name_bytes_max));
  if (!is_utf8(cursor_name))
    return fail(errc::invalid_argument, "the name of a cursor is no UTF-8");
  if (!start.now && start.after.get() > limits::transactions_max)
    return fail(errc::invalid_argument, "no transaction has so large a number");
  if (start.origin && start.origin->shard.get() >= limits::shards_max)
    return fail(errc::invalid_argument, "no shard has so large a number");
  return {};
}

start_at start_at::after_cursor(const cursor& at, shard_id shard) {
  WEFT_ASSERT(at.valid());
  const auto place = at.at(shard).value_or(at.shards.front());
  auto start = after_place(place.t, place.hash);
  start.origin = stream_origin{at.database, at.lineage, place.shard};
  return start;
}

bytes encode(const client_frame& f) {
  frame_writer writer(frame_head_bytes);
  std::visit(writer, f);
  return writer.take();
}

bytes encode(const server_frame& f) {
  frame_writer writer(estimate(f));
  std::visit(writer, f);
  return writer.take();
}

std::size_t frame_bytes(const slice_item& item) noexcept {
  std::size_t bytes = 1 + 16 + 16 + 5 + item.record->payload().size();
  if (!item.matched)
    return bytes;
  bytes += 5;
  std::uint32_t end = 0;
  for (const auto& run : *item.matched) {
    bytes += varint_bytes(run.begin - end) + varint_bytes(run.count);
    end = run.begin + run.count;
  }
  return bytes;
}

epoch epoch_of(const client_frame& f) noexcept {
  return std::visit([](const auto& what) { return what.of; }, f);
}

epoch epoch_of(const server_frame& f) noexcept {
  return std::visit([](const auto& what) { return what.of; }, f);
}

std::uint64_t seq_of(const server_frame& f) noexcept {
  return std::visit([](const auto& what) { return what.seq; }, f);
}

} // namespace weft::stream
