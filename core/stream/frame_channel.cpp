#include "weft/core/stream/frame_channel.hpp"

#include <algorithm>

namespace weft::stream {

namespace {

template <class... F>
struct overloaded : F... {
  using F::operator()...;
};
template <class... F>
overloaded(F...) -> overloaded<F...>;

} // namespace

void frame_channel::put(const session_output& what, const stream_origin& origin,
                        schema_history& names, std::vector<server_frame>& out) {
  std::visit(overloaded{
                 [&](const session_opened& o) {
                   out.emplace_back(opened_frame{of_, next_seq_++, origin, o.at, o.head});
                 },
                 [&](const session_records& r) {
                   put_schema(names, out);
                   const auto& items = r.what->items;
                   if (frame_head_bytes + frame_bytes(items.front()) > limits::frame_bytes_max)
                     put_fragments(*r.what, out);
                   else
                     out.emplace_back(records_frame{of_, next_seq_++, r.what});
                 },
                 [&](const session_watermark& w) {
                   out.emplace_back(watermark_frame{of_, next_seq_++, w.at, w.head});
                 },
                 [&](const session_lagged& l) {
                   out.emplace_back(lagged_frame{of_, next_seq_++, l.at, l.head});
                 },
                 [&](const session_closed& c) {
                   out.emplace_back(closed_frame::because(of_, next_seq_++, c.reason));
                 },
             },
             what);
}

void frame_channel::put_schema(schema_history& names, std::vector<server_frame>& out) {
  if (schema_version_ == names.version())
    return;
  for (const auto& part : names.since(schema_version_))
    out.emplace_back(schema_frame{of_, next_seq_++, part});
  schema_version_ = names.version();
}

void frame_channel::put_fragments(const stream_slice& what, std::vector<server_frame>& out) {
  const auto& item = what.items.front();
  const auto& payload = item.record->shared_payload();
  const auto total = payload.view.size();
  const fragment_head head{what.from, item.record->place(), item.record->before(), item.matched,
                           static_cast<std::uint32_t>(total)};
  // The first part leaves room for the head, which is all that an item has beside its payload.
  const auto beside = frame_bytes(item) - total;
  auto room = limits::frame_bytes_max - frame_head_bytes - beside;
  for (std::size_t offset = 0; offset < total; room = limits::frame_bytes_max - frame_head_bytes) {
    const auto size = std::min(room, total - offset);
    fragment_frame f{of_,
                     next_seq_++,
                     {},
                     static_cast<std::uint32_t>(offset),
                     shared_bytes(payload.owner, payload.view.substr(offset, size))};
    if (offset == 0)
      f.head = head;
    out.emplace_back(std::move(f));
    offset += size;
  }
}

} // namespace weft::stream
