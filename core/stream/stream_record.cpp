#include "weft/core/stream/stream_record.hpp"

namespace weft {

bool stream_record::is_whole() const noexcept {
  return weft::chain(before_, hash_of(payload_.view)) == chain_;
}

const result<record_view>& stream_record::decoded() const {
  std::call_once(once_, [this] { decoded_.emplace(record_view::decode(payload_.view)); });
  return *decoded_;
}

} // namespace weft
