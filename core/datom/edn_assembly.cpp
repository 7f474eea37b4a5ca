#include "weft/core/datom/edn_assembly.hpp"

#include "weft/core/base/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

namespace weft {

void edn_memory::grow(std::size_t size) {
  constexpr std::size_t block_min = 4096;
  constexpr std::size_t block_max = 1U << 20U;
  const auto doubled = block_min << std::min<std::size_t>(blocks_.size(), 8);
  const auto block = std::max(size, std::min(doubled, block_max));
  blocks_.push_back(std::make_unique_for_overwrite<char[]>(block));
  next_ = blocks_.back().get();
  end_ = next_ + block;
}

// -- nodes ---

void edn_assembly::mistake(errc code, text_position at, std::string detail) {
  if (ok())
    mistake_ = error_at(at, error{code, std::move(detail), {}});
}

void edn_assembly::too_many_nodes(text_position at) {
  mistake(errc::input_too_large, at,
          fmt::format("more than {} nodes in one form", limits::tree_nodes_max));
}

edn_memory& edn_assembly::memory() {
  if (!memory_)
    memory_ = std::make_shared_for_overwrite<edn_memory>();
  return *memory_;
}

const char* edn_assembly::keep(std::string_view text) {
  if (text.empty())
    return "";
  auto* copy = memory().allocate(text.size());
  std::memcpy(copy, text.data(), text.size());
  return copy;
}

void edn_assembly::double_(double x, text_position at) {
  put_word(edn_kind::double_, std::bit_cast<std::uint64_t>(x == 0 ? 0.0 : x), at);
}

void edn_assembly::text(edn_kind kind, std::string_view x, text_position at) {
  if (!ok())
    return;
  if (x.size() > limits::transaction_text_bytes_max)
    return mistake(errc::input_too_large, at,
                   fmt::format("a text of {} bytes exceeds the limit of {}", x.size(),
                               limits::transaction_text_bytes_max));
  edn_view node;
  node.kind_ = kind;
  node.position_ = at;
  node.text_ = keep(x);
  node.size_ = static_cast<std::uint32_t>(x.size());
  put(node);
}

void edn_assembly::add(const edn_view& tree) {
  if (!ok())
    return;
  switch (tree.kind_) {
  case edn_kind::uuid_:
  case edn_kind::string:
  case edn_kind::bytes_:
  case edn_kind::keyword:
  case edn_kind::symbol:
    return text(tree.kind_, {tree.text_, tree.size_}, tree.position_);
  case edn_kind::list:
  case edn_kind::vector:
  case edn_kind::set:
  case edn_kind::map:
  case edn_kind::tagged:
    open(tree.kind_, tree.position_);
    for (const edn_view& child : tree.children())
      add(child);
    return close(tree.position_);
  default:
    return put_word(tree.kind_, tree.word_, tree.position_);
  }
}

void edn_assembly::drop() {
  if (!ok())
    return;
  WEFT_ASSERT(nodes_.size() > (frames_.empty() ? 0 : frames_.back().begin));
  nodes_.pop_back();
  if (frames_.empty() && nodes_.empty()) { // as new, so that much can be dropped
    memory_.reset();
    node_count_ = 0;
  }
}

// -- collections ---

void edn_assembly::open(edn_kind kind, text_position at) {
  if (!ok())
    return;
  if (frames_.size() >= limits::nesting_depth_max)
    return mistake(errc::nesting_too_deep, at,
                   fmt::format("more than {} levels of nesting", limits::nesting_depth_max));
  frames_.push_back({kind, nodes_.size(), at});
}

void edn_assembly::close(text_position at) {
  if (!ok())
    return;
  WEFT_ASSERT(!frames_.empty());
  const auto top = frames_.back();
  frames_.pop_back();
  if (at.line == 0)
    at = top.at;
  if (top.kind == edn_kind::tagged)
    close_tagged(top, at);
  else
    close_collection(top, at);
}

void edn_assembly::close_collection(const frame& top, text_position at) {
  if (top.kind == edn_kind::map) {
    if ((nodes_.size() - top.begin) % 2 != 0)
      return mistake(at, "expected a value for the map's last key");
    sort_children(top, 2);
  } else if (top.kind == edn_kind::set) {
    sort_children(top, 1);
  }
  replace(top);
}

/// The frame's children leave `nodes_`, the collection takes their place.
void edn_assembly::replace(const frame& top) {
  if (!ok())
    return;
  const auto count = nodes_.size() - top.begin;
  auto* kept = reinterpret_cast<edn_view*>(memory().allocate(count * sizeof(edn_view)));
  std::uninitialized_copy_n(nodes_.data() + top.begin, count, kept);
  std::uint8_t depth = 0;
  for (const edn_view& child : std::span(kept, count))
    depth = std::max(depth, child.depth_);
  edn_view node;
  node.kind_ = top.kind;
  node.position_ = top.at;
  node.children_ = kept;
  node.size_ = static_cast<std::uint32_t>(count);
  node.depth_ = static_cast<std::uint8_t>(depth + 1);
  nodes_.resize(top.begin);
  put(node);
}

/// Orders keys (with their values: step 2) or elements (step 1) and refuses equal ones.
void edn_assembly::sort_children(const frame& top, std::size_t step) {
  const std::span<edn_view> children = std::span(nodes_).subspan(top.begin);
  const auto count = children.size() / step;
  const auto key = [&](std::size_t i) -> const edn_view& { return children[i * step]; };
  std::size_t ordered = 1;
  while (ordered < count && key(ordered - 1) < key(ordered))
    ++ordered;
  if (ordered >= count)
    return;
  order_.resize(count);
  std::iota(order_.begin(), order_.end(), 0U);
  std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto c = key(a) <=> key(b);
    return c < 0 || (c == 0 && a < b);
  });
  for (std::size_t i = 1; i < count; ++i)
    if (key(order_[i - 1]) == key(order_[i]))
      return mistake(key(order_[i]).position_,
                     fmt::format("duplicate {} {}", step == 2 ? "key" : "element",
                                 excerpt(to_edn(key(order_[i])))));
  sorted_.clear();
  for (const auto i : order_)
    for (std::size_t k = 0; k < step; ++k)
      sorted_.push_back(children[i * step + k]);
  std::ranges::copy(sorted_, children.begin());
}

// -- tags ---

void edn_assembly::close_tagged(const frame& top, text_position at) {
  const auto tag = nodes_[top.begin].as_symbol();
  if (nodes_.size() - top.begin != 2)
    return mistake(at, fmt::format("expected one form behind #{}", excerpt(tag)));
  auto node = built_in(tag, nodes_[top.begin + 1]);
  if (!node)
    return replace(top);
  node->position_ = top.at;
  nodes_.resize(top.begin);
  put(*node);
}

/// The node of a tag that has a kind of its own; none for other tags and after a mistake.
std::optional<edn_view> edn_assembly::built_in(std::string_view tag, const edn_view& form) {
  if (tag == "inst" || tag == "uuid" || tag == "weft/bytes")
    return of_text(tag, form);
  if (tag != "weft/ref")
    return std::nullopt;
  if (form.kind_ != edn_kind::long_ || form.as_long() <= 0) {
    mistake(form.position_, "#weft/ref: expected an entity id, a positive integer");
    return std::nullopt;
  }
  edn_view node = form;
  node.kind_ = edn_kind::ref;
  return node;
}

std::optional<edn_view> edn_assembly::of_text(std::string_view tag, const edn_view& form) {
  const auto bad = [&](std::string_view detail) {
    mistake(form.position_, fmt::format("#{}: {}", tag, detail));
    return std::nullopt;
  };
  if (form.kind_ != edn_kind::string)
    return bad(fmt::format("expected a string, found a {}", name_of(form.kind_)));
  edn_view node;
  if (tag == "inst") {
    const auto when = parse_instant(form.as_string());
    if (!when)
      return bad(when.error().detail);
    node.kind_ = edn_kind::instant_;
    node.word_ = static_cast<std::uint64_t>(when->get());
    return node;
  }
  bytes octets;
  if (tag == "uuid") {
    const auto id = parse_uuid(form.as_string());
    if (!id)
      return bad(id.error().detail);
    octets.assign(id->octets.begin(), id->octets.end());
    node.kind_ = edn_kind::uuid_;
  } else {
    auto decoded = parse_base64(form.as_string());
    if (!decoded)
      return bad(decoded.error().detail);
    octets = std::move(*decoded);
    node.kind_ = edn_kind::bytes_;
  }
  node.text_ = keep(octets);
  node.size_ = static_cast<std::uint32_t>(octets.size());
  return node;
}

// -- the whole ---

result<edn> edn_assembly::finish() {
  if (ok() && (!frames_.empty() || nodes_.size() != 1))
    mistake({}, nodes_.empty() ? "expected a form" : "expected one complete form");
  result<edn> out;
  if (ok())
    out = edn(nodes_.front(), std::move(memory_));
  else
    out = fail(std::move(*mistake_));
  mistake_.reset();
  memory_.reset();
  nodes_.clear();
  frames_.clear();
  node_count_ = 0;
  return out;
}

} // namespace weft
