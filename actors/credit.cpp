#include "weft/actors/credit.hpp"

#include <string>
#include <utility>

namespace weft::actors {

permit::permit(permit&& other) noexcept
    : of_(std::move(other.of_)), bytes_(std::exchange(other.bytes_, 0)) {}

permit& permit::operator=(permit&& other) noexcept {
  std::swap(of_, other.of_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

permit::~permit() {
  if (of_)
    of_->in_use_.fetch_sub(bytes_);
}

result<permit> take_credit(const std::shared_ptr<byte_credit>& of, std::size_t bytes) {
  auto in_use = of->in_use_.load();
  const auto limit = of->limit();
  do {
    if (in_use != 0 && in_use + bytes > limit) {
      of->refusals_.fetch_add(1);
      note(*of->log_, log_event::request_overloaded, "a request was refused: try again later",
           {{"in_use", std::uint64_t{in_use}},
            {"limit", std::uint64_t{limit}},
            {"bytes", std::uint64_t{bytes}}});
      return fail(errc::overloaded,
                  "requests of " + std::to_string(in_use) + " bytes are under way; try again",
                  {{"in_use", std::to_string(in_use)}, {"limit", std::to_string(limit)}});
    }
  } while (!of->in_use_.compare_exchange_weak(in_use, in_use + bytes));
  permit out;
  out.of_ = of;
  out.bytes_ = bytes;
  return out;
}

} // namespace weft::actors
