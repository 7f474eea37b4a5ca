#include "weft/core/stream/schema_history.hpp"

#include "weft/core/stream/frame.hpp"

namespace weft::stream {

namespace {

/// What an attribute takes in a frame, at most, beside its name.
constexpr std::size_t attribute_bytes = 64;

/// All attributes of `to` that `from` does not have in this form, in parts.
std::vector<attribute_part> difference(const schema& from, const schema& to) {
  std::vector<attribute_part> parts;
  std::vector<attribute> part;
  std::size_t bytes = frame_head_bytes;
  const auto finish = [&] {
    if (!part.empty())
      parts.push_back(std::make_shared<const std::vector<attribute>>(std::move(part)));
    part = {};
    bytes = frame_head_bytes;
  };
  for (const auto* a : to.attributes()) {
    const auto* known = from.find(a->id);
    if (known == a || (known != nullptr && *known == *a))
      continue;
    if (bytes + a->ident.size() + attribute_bytes > limits::frame_bytes_max)
      finish();
    bytes += a->ident.size() + attribute_bytes;
    part.push_back(*a);
    part.back().check = nullptr;
    part.back().check_text.clear();
  }
  finish();
  return parts;
}

} // namespace

schema_history::schema_history(std::shared_ptr<const schema> initial)
    : newest_(std::move(initial)) {}

void schema_history::change(std::shared_ptr<const schema> to) {
  previous_ = std::exchange(newest_, std::move(to));
  ++version_;
}

const std::vector<attribute_part>& schema_history::since(std::uint64_t version) {
  static const std::vector<attribute_part> nothing;
  if (version == version_)
    return nothing;
  if (version != 0 && version + 1 == version_) {
    if (change_to_ != version_)
      change_ = difference(*previous_, *newest_);
    change_to_ = version_;
    return change_;
  }
  if (whole_of_ != version_)
    whole_ = difference(*schema::bootstrap(), *newest_);
  whole_of_ = version_;
  return whole_;
}

} // namespace weft::stream
