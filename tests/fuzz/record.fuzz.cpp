// Any bytes are a record or they are refused; a record is its own one encoding.
#include "weft/core/datom/record.hpp"

#include "weft/core/base/assert.hpp"

#include <cstddef>

using namespace weft;

namespace {

constexpr char plain = 0;

/// Encoding again gives the same bytes, but for compression and for extensions, which are dropped:
/// behind all else there is their count, 0 when they are not there.
void check_encoding(bytes_view payload, bytes_view again) {
  if (payload[2] != plain || again[2] != plain)
    return;
  again.remove_suffix(1);
  WEFT_ASSERT(payload.starts_with(again));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes payload(data, data + size);
  const auto t = peek_t(payload);
  const auto view = record_view::decode(payload);
  if (!view) {
    WEFT_ASSERT(!view.error().to_string().empty());
    return 0;
  }
  WEFT_ASSERT(t && *t == view->t());
  const auto content = view->to_record();
  const auto again = encode_record(content);
  WEFT_ASSERT(again.has_value());
  check_encoding(payload, *again);
  const auto view_again = record_view::decode(*again);
  WEFT_ASSERT(view_again && view_again->to_record() == content);
  return 0;
}
