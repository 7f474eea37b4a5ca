// Any bytes are a frame or they are refused; a frame has one form.
#include "weft/core/base/assert.hpp"
#include "weft/core/stream/frame_bundle.hpp"

#include <cstddef>

using namespace weft;
using namespace weft::stream;

namespace {

/// What a subscriber would look at.
void use(const server_frame& f) {
  const auto* records = std::get_if<records_frame>(&f);
  if (records == nullptr)
    return;
  std::size_t bytes = frame_head_bytes;
  const auto context =
      std::make_shared<const stream_context>(stream_context{{}, schema::bootstrap()});
  for (const auto& item : records->what->items) {
    bytes += frame_bytes(item);
    static_cast<void>(item.record->is_whole());
    const wal_batch batch(context, item.record, item.matched);
    static_cast<void>(batch.datoms());
  }
  WEFT_ASSERT(encode(f).size() <= bytes);
}

void check_cursor(bytes_view text) {
  if (const auto c = cursor::from_bytes(text))
    WEFT_ASSERT(c->to_bytes() == text && *cursor::parse(c->to_token()) == *c);
  if (const auto c = cursor::parse(text))
    WEFT_ASSERT(c->to_token() == text && c->at(c->shards.back().shard) == c->shards.back());
  if (const auto p = parse_position(text))
    WEFT_ASSERT(p->exact || text == std::to_string(p->t.get()) || text.starts_with('0'));
}

/// One frame or several: what is read together is written together.
void check_bundle(const std::shared_ptr<const bytes>& wire) {
  slice_memory memory;
  std::vector<server_frame> all;
  if (!decode_together(wire, 0, memory, all)) {
    WEFT_ASSERT(all.empty());
    return;
  }
  WEFT_ASSERT(!all.empty());
  const auto [again_wire, taken] = encode_front(all);
  WEFT_ASSERT(again_wire == *wire && taken == all.size());
  std::vector<server_frame> again;
  WEFT_ASSERT(decode_together(wire, 0, memory, again) && again.size() == all.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto wire = std::make_shared<const bytes>(data, data + size);
  check_cursor(*wire);
  check_bundle(wire);
  const auto f = decode(wire);
  if (!f) {
    WEFT_ASSERT(!f.error().to_string().empty());
    return 0;
  }
  WEFT_ASSERT(std::visit([](const auto& side) { return encode(side); }, *f) == *wire);
  WEFT_ASSERT(decode_client(wire).has_value() != decode_server(wire).has_value());
  if (const auto* server = std::get_if<server_frame>(&*f)) {
    use(*server);
    if (const auto* end = std::get_if<closed_frame>(server))
      static_cast<void>(end->why.reason().to_string());
  }
  return 0;
}
