#include "weft/core/datom/edn.hpp"

#include "weft/core/base/assert.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace weft {

namespace {

constexpr std::array<std::string_view, 16> kind_names = {
    "nil",   "boolean", "long",   "double", "instant", "uuid", "ref", "string",
    "bytes", "keyword", "symbol", "list",   "vector",  "set",  "map", "tagged literal"};

std::strong_ordering order(double a, double b) noexcept {
  if (a < b)
    return std::strong_ordering::less;
  return a > b ? std::strong_ordering::greater : std::strong_ordering::equal;
}

} // namespace

std::string_view name_of(edn_kind kind) noexcept {
  return kind_names[static_cast<std::size_t>(kind)];
}

bool edn_view::as_bool() const noexcept {
  WEFT_ASSERT(kind_ == edn_kind::boolean);
  return word_ != 0;
}
std::int64_t edn_view::as_long() const noexcept {
  WEFT_ASSERT(kind_ == edn_kind::long_);
  return static_cast<std::int64_t>(word_);
}
double edn_view::as_double() const noexcept {
  WEFT_ASSERT(kind_ == edn_kind::double_);
  return std::bit_cast<double>(word_);
}
instant edn_view::as_instant() const noexcept {
  WEFT_ASSERT(kind_ == edn_kind::instant_);
  return instant(static_cast<std::int64_t>(word_));
}
entity_id edn_view::as_ref() const noexcept {
  WEFT_ASSERT(kind_ == edn_kind::ref);
  return entity_id(word_);
}
uuid edn_view::as_uuid() const noexcept {
  WEFT_ASSERT(kind_ == edn_kind::uuid_);
  uuid out;
  std::memcpy(out.octets.data(), text_, out.octets.size());
  return out;
}

std::string_view edn_view::text(edn_kind kind) const noexcept {
  WEFT_ASSERT(kind_ == kind);
  return {text_, size_};
}

std::span<const edn_view> edn_view::children() const noexcept {
  WEFT_ASSERT(kind_ >= edn_kind::list);
  return {children_, size_};
}

std::span<const edn_view> edn_view::items() const noexcept {
  WEFT_ASSERT(kind_ >= edn_kind::list && kind_ <= edn_kind::set);
  return children();
}

edn_entries edn_view::entries() const noexcept {
  WEFT_ASSERT(kind_ == edn_kind::map);
  return edn_entries(children());
}

const edn_view* edn_view::find(std::string_view keyword) const noexcept {
  const auto all = entries();
  std::size_t low = 0;
  std::size_t high = all.size();
  while (low < high) {
    const auto middle = (low + high) / 2;
    const edn_view& key = all[middle].key;
    const auto c = key.kind_ == edn_kind::keyword ? key.as_keyword().compare(keyword) <=> 0
                                                  : key.kind_ <=> edn_kind::keyword;
    if (c == 0)
      return &all[middle].value;
    if (c < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return nullptr;
}

std::size_t edn_view::size() const noexcept {
  WEFT_ASSERT(kind_ >= edn_kind::list && kind_ <= edn_kind::map);
  return kind_ == edn_kind::map ? size_ / 2 : size_;
}

std::string_view edn_view::tag() const noexcept {
  WEFT_ASSERT(kind_ == edn_kind::tagged);
  return children_[0].as_symbol();
}

const edn_view& edn_view::form() const noexcept {
  WEFT_ASSERT(kind_ == edn_kind::tagged);
  return children_[1];
}

std::strong_ordering operator<=>(const edn_view& a, const edn_view& b) noexcept {
  if (a.kind_ != b.kind_)
    return a.kind_ <=> b.kind_;
  switch (a.kind_) {
  case edn_kind::nil:
    return std::strong_ordering::equal;
  case edn_kind::boolean:
  case edn_kind::ref:
    return a.word_ <=> b.word_;
  case edn_kind::long_:
  case edn_kind::instant_:
    return static_cast<std::int64_t>(a.word_) <=> static_cast<std::int64_t>(b.word_);
  case edn_kind::double_:
    return order(a.as_double(), b.as_double());
  case edn_kind::uuid_:
  case edn_kind::string:
  case edn_kind::bytes_:
  case edn_kind::keyword:
  case edn_kind::symbol:
    return std::string_view(a.text_, a.size_).compare({b.text_, b.size_}) <=> 0;
  case edn_kind::list:
  case edn_kind::vector:
  case edn_kind::set:
  case edn_kind::map:
  case edn_kind::tagged:
    break;
  }
  const auto x = a.children();
  const auto y = b.children();
  const auto n = std::min(x.size(), y.size());
  for (std::size_t i = 0; i < n; ++i)
    if (const auto c = x[i] <=> y[i]; c != 0)
      return c;
  return x.size() <=> y.size();
}

error error_at(edn_view node, error e) {
  return error_at(node.position(), std::move(e));
}

} // namespace weft
