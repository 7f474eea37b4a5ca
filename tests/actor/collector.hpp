// A plain actor that subscribes, and writes down what it gets.
#pragma once

#include "weft/actors/messages.hpp"

#include <memory>
#include <vector>

namespace weft::test {

struct collected {
  std::vector<wal_batch> batches;
  std::vector<stream_notice> notices;
  bool stopped = false; ///< it keeps what asks for a reply
  std::vector<actors::free_promise> kept;

  /// t of each batch.
  [[nodiscard]] std::vector<std::uint64_t> ts() const {
    std::vector<std::uint64_t> out;
    for (const auto& batch : batches)
      out.push_back(batch.t().get());
    return out;
  }
};

inline caf::behavior collector(caf::event_based_actor* self, std::shared_ptr<collected> to) {
  return {[=](const wal_batch& batch) -> caf::result<void> {
            to->batches.push_back(batch);
            if (!to->stopped)
              return caf::unit;
            to->kept.emplace_back(self->make_response_promise());
            return caf::delegated<void>{};
          },
          [=](const stream_notice& notice) { to->notices.push_back(notice); }};
}

} // namespace weft::test
