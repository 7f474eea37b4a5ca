// Reading frames: bytes that may come from a peer that lies.
#include "weft/core/datom/attribute_codec.hpp"
#include "weft/core/stream/frame_bundle.hpp"
#include "weft/core/stream/frame_format.hpp"
#include "weft/core/stream/record_block.hpp"

#include <fmt/format.h>

namespace weft::stream {

using namespace frame_format;

namespace {

tl::unexpected<error> malformed(std::string_view section) {
  return fail(errc::malformed_frame, fmt::format("the frame's {} cannot be read", section),
              {{"section", std::string(section)}});
}

class frame_reader {
 public:
  frame_reader(std::shared_ptr<const bytes> wire, std::size_t from,
               slice_memory* memory = nullptr) noexcept
      : wire_(std::move(wire)), in_(bytes_view(*wire_).substr(from)), memory_(memory) {}

  [[nodiscard]] result<frame> run();
  [[nodiscard]] bool is_shared() const noexcept {
    const auto head = bytes_view(*wire_).substr(wire_->size() - in_.remaining());
    return head.size() >= kind_bytes && head[1] == static_cast<char>(kind::shared);
  }
  [[nodiscard]] result<void> run_shared(std::vector<server_frame>& out);

 private:
  [[nodiscard]] result<void> begin();
  [[nodiscard]] result<frame> body(kind what);

  // Each reads its part and leaves the reader failed when it cannot be.
  [[nodiscard]] hash128 hash() noexcept;
  [[nodiscard]] bool flag() noexcept;
  [[nodiscard]] tx_number t() noexcept;
  [[nodiscard]] stream_origin origin() noexcept;
  [[nodiscard]] stream_place place() noexcept;
  [[nodiscard]] stream_point point() noexcept;
  [[nodiscard]] epoch session() noexcept;
  [[nodiscard]] std::size_t count(std::size_t bytes_min) noexcept;
  [[nodiscard]] start_at start() noexcept;
  [[nodiscard]] matched_runs runs();
  void require(bool holds) noexcept {
    if (!holds)
      in_.invalidate();
  }

  [[nodiscard]] result<frame> open();
  [[nodiscard]] result<frame> schema();
  [[nodiscard]] result<frame> records();
  [[nodiscard]] result<slice_item> item(const stream_place& previous, record_block& into);
  [[nodiscard]] result<frame> fragment();
  [[nodiscard]] result<frame> closed();
  [[nodiscard]] result<frame> taken(std::string_view section, server_frame f) const;
  [[nodiscard]] result<frame> taken(std::string_view section, client_frame f) const;

  std::shared_ptr<const bytes> wire_;
  byte_reader in_;
  slice_memory* memory_;
  epoch of_;
  std::uint64_t seq_ = 0;
};

result<frame> frame_reader::taken(std::string_view section, server_frame f) const {
  if (!in_.ok() || !in_.at_end())
    return malformed(section);
  return result<frame>(tl::in_place, std::in_place_type<server_frame>, std::move(f));
}

result<frame> frame_reader::taken(std::string_view section, client_frame f) const {
  if (!in_.ok() || !in_.at_end())
    return malformed(section);
  return result<frame>(tl::in_place, std::in_place_type<client_frame>, std::move(f));
}

hash128 frame_reader::hash() noexcept {
  const auto raw = in_.raw(16);
  return in_.ok() ? hash128_from_bytes(raw) : hash128{};
}

bool frame_reader::flag() noexcept {
  const auto x = in_.u8();
  require(x <= 1);
  return x == 1;
}

tx_number frame_reader::t() noexcept {
  const auto x = in_.varint();
  require(x <= limits::transactions_max);
  return tx_number(x);
}

stream_origin frame_reader::origin() noexcept {
  stream_origin o;
  o.database.value = hash();
  o.lineage = in_.varint();
  const auto shard = in_.varint();
  require(shard < limits::shards_max);
  o.shard = shard_id(static_cast<std::uint16_t>(shard));
  return o;
}

stream_place frame_reader::place() noexcept {
  stream_place p;
  p.t = t();
  p.chain = hash();
  require(p.t.get() != 0 || p.chain == hash128{});
  return p;
}

stream_point frame_reader::point() noexcept {
  stream_point p;
  p.place = place();
  p.when = instant(in_.fixed<std::int64_t>());
  return p;
}

/// A count of things that take at least `bytes_min` each.
std::size_t frame_reader::count(std::size_t bytes_min) noexcept {
  const auto n = in_.varint();
  require(n <= in_.remaining() / bytes_min);
  return in_.ok() ? static_cast<std::size_t>(n) : 0;
}

start_at frame_reader::start() noexcept {
  start_at s;
  const unsigned flags = in_.u8();
  s.now = (flags & start_now) != 0;
  s.stored = (flags & start_stored) != 0;
  const bool hashed = (flags & start_hash) != 0;
  require(flags <= (start_now | start_hash | start_stored) && !(s.now && hashed));
  if (!s.now)
    s.after = t();
  if (hashed)
    s.hash = read_short_hash(in_);
  return s;
}

matched_runs frame_reader::runs() {
  const auto n = count(run_bytes_min);
  require(n >= 1);
  position_runs out;
  out.reserve(n);
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < n && in_.ok(); ++i) {
    const auto skip = in_.varint();
    const auto take = in_.varint();
    constexpr std::uint64_t most = limits::transaction_datoms_max;
    require((i == 0 || skip >= 1) && take >= 1 && skip <= most && take <= most &&
            end + skip + take <= most);
    out.push_back({static_cast<std::uint32_t>(end + skip), static_cast<std::uint32_t>(take)});
    end += skip + take;
  }
  return in_.ok() ? std::make_shared<const position_runs>(std::move(out)) : nullptr;
}

epoch frame_reader::session() noexcept {
  epoch of;
  of.session = in_.fixed<std::uint64_t>();
  const auto attempt = in_.varint();
  require(attempt >= 1 && attempt <= UINT32_MAX);
  of.attempt = static_cast<std::uint32_t>(attempt);
  return of;
}

/// The version.
result<void> frame_reader::begin() {
  if (in_.remaining() > limits::frame_bytes_max)
    return malformed("size");
  const auto written = in_.u8();
  if (in_.ok() && written != version)
    return fail(errc::unsupported_version, fmt::format("the frame's version is {}", written),
                {{"version", std::to_string(written)}});
  return {};
}

/// The records are those of the first head; the others share them.
result<void> frame_reader::run_shared(std::vector<server_frame>& out) {
  WEFT_CHECK(begin());
  static_cast<void>(in_.u8()); // the kind
  const auto n = count(shared_head_bytes_min);
  require(n >= 2 && n <= limits::connection_streams_max);
  std::vector<records_frame> all;
  all.reserve(n);
  for (std::size_t i = 0; i < n && in_.ok(); ++i) {
    const auto of = session();
    const auto seq = in_.varint();
    require(seq >= 1);
    all.push_back({of, seq, nullptr});
  }
  if (!in_.ok())
    return malformed("head");
  WEFT_TRY(const auto first, records());
  const auto& slice = std::get<records_frame>(std::get<server_frame>(first)).what;
  out.reserve(out.size() + n);
  for (const auto& one : all)
    out.emplace_back(records_frame{one.of, one.seq, slice});
  return {};
}

result<frame> frame_reader::run() {
  WEFT_CHECK(begin());
  const auto what = static_cast<kind>(in_.u8());
  of_ = session();
  if (what >= kind::opened) {
    seq_ = in_.varint();
    require(seq_ >= 1 || what == kind::closed);
  }
  if (!in_.ok())
    return malformed("head");
  return body(what);
}

result<frame> frame_reader::body(kind what) {
  switch (what) {
  case kind::open:
    return open();
  case kind::credit:
    return taken("credit", credit_frame{of_, in_.varint()});
  case kind::ack: {
    const auto at = t();
    return taken("ack", ack_frame{of_, at, read_short_hash(in_)});
  }
  case kind::heartbeat: {
    const auto granted = in_.varint();
    const auto at = t();
    return taken("heartbeat", heartbeat_frame{of_, granted, at, read_short_hash(in_)});
  }
  case kind::close:
    return taken("close", close_frame{of_});
  case kind::opened: {
    const auto from = origin();
    const auto at = point();
    const auto head = t();
    require(head >= at.place.t && from.database != database_id{});
    return taken("opened", opened_frame{of_, seq_, from, at, head});
  }
  case kind::schema:
    return schema();
  case kind::records:
    return records();
  case kind::fragment:
    return fragment();
  case kind::watermark: {
    const auto at = point();
    const auto head = t();
    require(head >= at.place.t);
    return taken("watermark", watermark_frame{of_, seq_, at, head});
  }
  case kind::lagged: {
    const auto at = t();
    const auto head = t();
    require(head >= at);
    return taken("lagged", lagged_frame{of_, seq_, at, head});
  }
  case kind::closed:
    return closed();
  case kind::shared: // several: decode_together
    break;
  }
  return malformed("kind");
}

result<frame> frame_reader::open() {
  open_frame f;
  f.of = of_;
  f.origin = origin();
  f.start = start();
  f.name = in_.counted();
  require(f.name.size() <= limits::cursor_name_bytes_max && is_utf8(f.name));
  const auto n = count(2);
  require(n <= limits::filter_patterns_max);
  std::vector<std::string> patterns;
  for (std::size_t i = 0; i < n && in_.ok(); ++i)
    patterns.emplace_back(in_.counted());
  f.granted = in_.varint();
  auto filter = attribute_filter::parse(patterns);
  if (!filter || filter->patterns() != patterns)
    return malformed("filter");
  f.filter = std::move(*filter);
  return taken("open", std::move(f));
}

result<frame> frame_reader::schema() {
  const auto n = count(attribute_bytes_min);
  require(n >= 1);
  auto attributes = std::make_shared<std::vector<attribute>>();
  for (std::size_t i = 0; i < n && in_.ok(); ++i) {
    auto a = decode_attribute(in_);
    require(attributes->empty() || attributes->back().id < a.id);
    attributes->push_back(std::move(a));
  }
  return taken("schema", schema_frame{of_, seq_, std::move(attributes)});
}

result<slice_item> frame_reader::item(const stream_place& previous, record_block& into) {
  const unsigned flags = in_.u8();
  require(flags <= (item_gap | item_filtered));
  const bool gap = (flags & item_gap) != 0;
  const auto before = gap ? hash() : previous.chain;
  const auto chain = hash();
  matched_runs matched = (flags & item_filtered) != 0 ? runs() : nullptr;
  const auto payload = in_.counted();
  if (!in_.ok() || payload.size() > limits::record_bytes_max)
    return malformed("record");
  WEFT_TRY(const auto stamp, peek_stamp(payload));
  if (stamp.t <= previous.t || gap != (stamp.t != previous.t.next()))
    return malformed("record");
  return slice_item{into.add(stamp, before, chain, shared_bytes(wire_, payload)),
                    std::move(matched)};
}

result<frame> frame_reader::records() {
  const auto encoded = bytes_view(*wire_).substr(wire_->size() - in_.remaining());
  if (auto known = memory_ != nullptr ? memory_->find(encoded) : nullptr)
    return result<frame>(tl::in_place, std::in_place_type<server_frame>,
                         records_frame{of_, seq_, std::move(known)});
  auto slice = std::make_shared<stream_slice>();
  slice->from = place();
  const auto n = count(item_bytes_min);
  if (!in_.ok() || n == 0)
    return malformed("records");
  slice->items.reserve(n);
  record_block records(n);
  auto previous = slice->from;
  for (std::size_t i = 0; i < n; ++i) {
    WEFT_TRY(auto next, item(previous, records));
    previous = next.record->place();
    slice->through = {previous, next.record->when()};
    slice->items.push_back(std::move(next));
  }
  if (flag()) {
    slice->through = point();
    require(slice->through.place.t > previous.t);
  }
  auto read = taken("records", records_frame{of_, seq_, slice});
  if (memory_ != nullptr && read)
    memory_->keep(shared_bytes(wire_, encoded), std::move(slice));
  return read;
}

result<frame> frame_reader::fragment() {
  fragment_frame f;
  f.of = of_;
  f.seq = seq_;
  std::uint64_t total = limits::record_bytes_max;
  std::uint64_t offset = 0;
  if (flag()) {
    auto& head = f.head.emplace();
    head.from = place();
    head.record.t = t();
    const unsigned flags = in_.u8();
    const bool gap = (flags & item_gap) != 0;
    require(flags <= (item_gap | item_filtered) && head.record.t > head.from.t &&
            gap == (head.record.t != head.from.t.next()));
    head.before = gap ? hash() : head.from.chain;
    head.record.chain = hash();
    head.matched = (flags & item_filtered) != 0 ? runs() : nullptr;
    const auto size = in_.varint();
    require(size <= total);
    total = size;
    head.total = static_cast<std::uint32_t>(size);
  } else {
    offset = in_.varint();
    require(offset >= 1 && offset < total);
  }
  const auto part = in_.counted();
  require(!part.empty() && in_.ok() && part.size() <= total - offset);
  f.offset = static_cast<std::uint32_t>(offset);
  f.part = shared_bytes(wire_, part);
  return taken("fragment", std::move(f));
}

result<frame> frame_reader::closed() {
  closed_frame f;
  f.of = of_;
  f.seq = seq_;
  f.why = decode_wire_error(in_);
  return taken("closed", std::move(f));
}

} // namespace

result<frame> decode(std::shared_ptr<const bytes> wire, std::size_t from) {
  return frame_reader(std::move(wire), from).run();
}

result<client_frame> decode_client(std::shared_ptr<const bytes> wire, std::size_t from) {
  WEFT_TRY(auto f, decode(std::move(wire), from));
  if (auto* client = std::get_if<client_frame>(&f))
    return std::move(*client);
  return malformed("kind");
}

result<server_frame> decode_server(std::shared_ptr<const bytes> wire, std::size_t from) {
  WEFT_TRY(auto f, decode(std::move(wire), from));
  if (auto* server = std::get_if<server_frame>(&f))
    return std::move(*server);
  return malformed("kind");
}

result<void> decode_together(std::shared_ptr<const bytes> wire, std::size_t from,
                             slice_memory& memory, std::vector<server_frame>& out) {
  frame_reader reader(std::move(wire), from, &memory);
  if (reader.is_shared())
    return reader.run_shared(out);
  WEFT_TRY(auto f, reader.run());
  auto* server = std::get_if<server_frame>(&f);
  if (server == nullptr)
    return malformed("kind");
  out.push_back(std::move(*server));
  return {};
}

} // namespace weft::stream
