#include "weft/core/stream/stream_record.hpp"

namespace weft {

bool stream_record::is_whole() const noexcept {
  return weft::chain(before_, hash_of(payload_.view)) == chain_;
}

const result<record_view>& stream_record::decoded() const {
  return decoded_.get([this] { return record_view::decode(payload_.view); });
}

} // namespace weft
