#include "weft/core/datom/edn_builder.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/base/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory_resource>
#include <numeric>

namespace weft {

namespace {

/// The memory of one tree: text and children. Most trees need no second allocation.
struct tree_memory {
  alignas(8) std::array<std::byte, 1024> first;
  std::pmr::monotonic_buffer_resource pool{first.data(), first.size()};
};

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// What the reader would take for a symbol: a name that is no number, tag or constant.
bool is_symbol(std::string_view text) noexcept {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text == "/")
    return true;
  if (!is_keyword(text) || text == "nil" || text == "true" || text == "false")
    return false;
  const bool sign = text[0] == '+' || text[0] == '-' || text[0] == '.';
  const bool number = is_digit(text[0]) || (sign && text.size() > 1 && is_digit(text[1])) ||
                      (sign && text.size() > 2 && text[1] == '.' && is_digit(text[2]));
  return !number && text[0] != '#' && !text.starts_with(byte_order_mark);
}

/// A symbol that begins with a letter: #_ is no tag, neither are #{, #: and ##.
bool is_tag(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text.empty() ? '_' : text[0]);
  const bool letter = (lead | 0x20U) - 'a' < 26U || lead >= 0x80U;
  return letter && is_symbol(text) && is_utf8(text);
}

} // namespace

struct edn_builder::state {
  struct frame {
    edn_kind kind;
    std::size_t begin; // of its children in `nodes`
    text_position at;
  };

  explicit state(errc code) : malformed(code) {}

  void mistake(errc code, text_position at, std::string detail) {
    if (!first_mistake)
      first_mistake = error_at(at, error{code, std::move(detail), {}});
  }
  void put(edn_view node);
  void put_word(edn_kind kind, std::uint64_t word, text_position at);
  void put_text(edn_kind kind, std::string_view text, text_position at);
  void open(edn_kind kind, text_position at);
  void close(const frame& top, text_position end);
  void close_tagged(const frame& top, text_position end);
  void sort_children(const frame& top, std::size_t step);
  void replace(const frame& top, edn_view node);
  std::optional<edn_view> special(const frame& top);
  [[nodiscard]] const char* keep(std::string_view text);
  [[nodiscard]] std::pmr::memory_resource& pool();

  errc malformed;
  std::shared_ptr<tree_memory> memory; // null before it is needed
  std::vector<edn_view> nodes;         // finished, their parents are not
  std::vector<frame> frames;
  std::vector<std::uint32_t> order; // of sort_children
  std::vector<edn_view> sorted;
  std::size_t node_count = 0;
  std::optional<error> first_mistake;
};

edn_builder::edn_builder(errc malformed) : state_(std::make_unique<state>(malformed)) {}
edn_builder::~edn_builder() = default;

// -- nodes ---

void edn_builder::state::put(edn_view node) {
  if (first_mistake)
    return;
  if (++node_count > limits::tree_nodes_max)
    return mistake(errc::input_too_large, node.position_,
                   fmt::format("more than {} nodes in one form", limits::tree_nodes_max));
  nodes.push_back(node);
}

void edn_builder::state::put_word(edn_kind kind, std::uint64_t word, text_position at) {
  edn_view node;
  node.kind_ = kind;
  node.position_ = at;
  node.word_ = word;
  put(node);
}

std::pmr::memory_resource& edn_builder::state::pool() {
  if (!memory)
    memory = std::make_shared<tree_memory>();
  return memory->pool;
}

const char* edn_builder::state::keep(std::string_view text) {
  if (text.empty())
    return "";
  auto* copy = static_cast<char*>(pool().allocate(text.size(), 1));
  std::memcpy(copy, text.data(), text.size());
  return copy;
}

void edn_builder::state::put_text(edn_kind kind, std::string_view text, text_position at) {
  if (first_mistake)
    return;
  if (text.size() > limits::transaction_text_bytes_max)
    return mistake(errc::input_too_large, at,
                   fmt::format("a text of {} bytes exceeds the limit of {}", text.size(),
                               limits::transaction_text_bytes_max));
  edn_view node;
  node.kind_ = kind;
  node.position_ = at;
  node.text_ = keep(text);
  node.size_ = static_cast<std::uint32_t>(text.size());
  put(node);
}

void edn_builder::nil(text_position at) {
  state_->put_word(edn_kind::nil, 0, at);
}
void edn_builder::boolean(bool x, text_position at) {
  state_->put_word(edn_kind::boolean, x ? 1U : 0U, at);
}
void edn_builder::long_(std::int64_t x, text_position at) {
  state_->put_word(edn_kind::long_, static_cast<std::uint64_t>(x), at);
}
void edn_builder::double_(double x, text_position at) {
  if (std::isnan(x))
    return state_->mistake(errc::invalid_value, at, "NaN is not a value");
  state_->put_word(edn_kind::double_, std::bit_cast<std::uint64_t>(x == 0 ? 0.0 : x), at);
}
void edn_builder::instant_(instant x, text_position at) {
  state_->put_word(edn_kind::instant_, static_cast<std::uint64_t>(x.get()), at);
}
void edn_builder::ref(entity_id x, text_position at) {
  if (auto valid = check(value_view::of(x)); !valid)
    return state_->mistake(errc::invalid_value, at, std::move(valid).error().detail);
  state_->put_word(edn_kind::ref, x.get(), at);
}
void edn_builder::uuid_(const uuid& x, text_position at) {
  std::array<char, 16> octets;
  std::memcpy(octets.data(), x.octets.data(), octets.size());
  state_->put_text(edn_kind::uuid_, {octets.data(), octets.size()}, at);
}
void edn_builder::bytes_(bytes_view x, text_position at) {
  state_->put_text(edn_kind::bytes_, x, at);
}
void edn_builder::string(std::string_view x, text_position at) {
  if (!is_utf8(x))
    return state_->mistake(state_->malformed, at, "a string is valid UTF-8");
  state_->put_text(edn_kind::string, x, at);
}
void edn_builder::keyword(std::string_view x, text_position at) {
  if (!is_keyword(x) || !is_utf8(x))
    return state_->mistake(state_->malformed, at,
                           fmt::format("expected a keyword, found :{}", excerpt(x)));
  state_->put_text(edn_kind::keyword, x, at);
}
void edn_builder::symbol(std::string_view x, text_position at) {
  if (!is_symbol(x) || !is_utf8(x))
    return state_->mistake(state_->malformed, at,
                           fmt::format("expected a symbol, found {}", excerpt(x)));
  state_->put_text(edn_kind::symbol, x, at);
}

// -- collections ---

void edn_builder::state::open(edn_kind kind, text_position at) {
  if (first_mistake)
    return;
  if (frames.size() >= limits::nesting_depth_max)
    return mistake(errc::nesting_too_deep, at,
                   fmt::format("more than {} levels of nesting", limits::nesting_depth_max));
  frames.push_back({kind, nodes.size(), at});
}

void edn_builder::begin(edn_kind kind, text_position at) {
  WEFT_ASSERT(kind >= edn_kind::list && kind <= edn_kind::map);
  state_->open(kind, at);
}

void edn_builder::begin_tagged(std::string_view tag, text_position at) {
  state_->open(edn_kind::tagged, at);
  if (!is_tag(tag))
    return state_->mistake(state_->malformed, at,
                           fmt::format("expected a tag, found #{}", excerpt(tag)));
  state_->put_text(edn_kind::symbol, tag, at);
}

void edn_builder::end(text_position at) {
  if (state_->first_mistake)
    return;
  WEFT_ASSERT(!state_->frames.empty());
  const auto top = state_->frames.back();
  state_->frames.pop_back();
  if (top.kind == edn_kind::tagged)
    state_->close_tagged(top, at);
  else
    state_->close(top, at);
}

void edn_builder::drop() {
  if (state_->first_mistake)
    return;
  const auto begin = state_->frames.empty() ? 0 : state_->frames.back().begin;
  WEFT_ASSERT(state_->nodes.size() > begin);
  state_->nodes.pop_back();
  if (state_->frames.empty() && state_->nodes.empty()) { // as new, so that much can be dropped
    state_->memory.reset();
    state_->node_count = 0;
  }
}

void edn_builder::state::close(const frame& top, text_position end) {
  if (top.kind == edn_kind::map) {
    if ((nodes.size() - top.begin) % 2 != 0)
      return mistake(malformed, end.line != 0 ? end : top.at,
                     "expected a value for the map's last key");
    sort_children(top, 2);
  } else if (top.kind == edn_kind::set) {
    sort_children(top, 1);
  }
  edn_view node;
  node.kind_ = top.kind;
  replace(top, node);
}

/// The frame's children become those of `node`, which takes their place.
void edn_builder::state::replace(const frame& top, edn_view node) {
  const auto count = nodes.size() - top.begin;
  auto* children =
      static_cast<edn_view*>(pool().allocate(count * sizeof(edn_view), alignof(edn_view)));
  std::uint8_t depth = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto* child = std::construct_at(children + i, nodes[top.begin + i]);
    depth = std::max(depth, child->depth_);
  }
  node.position_ = top.at;
  node.children_ = children;
  node.size_ = static_cast<std::uint32_t>(count);
  node.depth_ = static_cast<std::uint8_t>(depth + 1);
  nodes.resize(top.begin);
  put(node);
}

/// Orders keys (with their values: step 2) or elements (step 1) and refuses equal ones.
void edn_builder::state::sort_children(const frame& top, std::size_t step) {
  const std::span<edn_view> children = std::span(nodes).subspan(top.begin);
  const auto count = children.size() / step;
  const auto key = [&](std::size_t i) -> const edn_view& { return children[i * step]; };
  std::size_t ordered = 1;
  while (ordered < count && key(ordered - 1) < key(ordered))
    ++ordered;
  if (ordered >= count)
    return;
  order.resize(count);
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto c = key(a) <=> key(b);
    return c < 0 || (c == 0 && a < b);
  });
  for (std::size_t i = 1; i < count; ++i) {
    if (key(order[i - 1]) == key(order[i]))
      return mistake(malformed, key(order[i]).position_,
                     fmt::format("duplicate {} {}", step == 2 ? "key" : "element",
                                 excerpt(to_edn(key(order[i])))));
  }
  sorted.clear();
  for (const auto i : order)
    for (std::size_t k = 0; k < step; ++k)
      sorted.push_back(children[i * step + k]);
  std::ranges::copy(sorted, children.begin());
}

void edn_builder::state::close_tagged(const frame& top, text_position end) {
  const auto tag = nodes[top.begin].as_symbol();
  if (nodes.size() - top.begin != 2)
    return mistake(malformed, end.line != 0 ? end : top.at,
                   fmt::format("expected one form behind #{}", excerpt(tag)));
  auto known = special(top);
  if (first_mistake)
    return;
  edn_view node;
  node.kind_ = edn_kind::tagged;
  if (!known)
    return replace(top, node);
  known->position_ = top.at;
  nodes.resize(top.begin);
  put(*known);
}

/// The node of a tag that has a kind of its own; none for other tags and after a mistake.
std::optional<edn_view> edn_builder::state::special(const frame& top) {
  const auto tag = nodes[top.begin].as_symbol();
  const edn_view form = nodes[top.begin + 1];
  const bool is_ref = tag == "weft/ref";
  if (!is_ref && tag != "inst" && tag != "uuid" && tag != "weft/bytes")
    return std::nullopt;
  const auto bad = [&](std::string_view detail) {
    mistake(malformed, form.position_, fmt::format("#{}: {}", tag, detail));
    return std::nullopt;
  };
  edn_view node;
  if (is_ref) {
    if (form.kind_ != edn_kind::long_ || form.as_long() <= 0)
      return bad("expected an entity id, a positive integer");
    node.kind_ = edn_kind::ref;
    node.word_ = form.word_;
    return node;
  }
  if (form.kind_ != edn_kind::string)
    return bad(fmt::format("expected a string, found a {}", name_of(form.kind_)));
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

// -- whole trees ---

void edn_builder::add(edn_view tree) {
  auto& s = *state_;
  if (s.first_mistake)
    return;
  switch (tree.kind_) {
  case edn_kind::uuid_:
  case edn_kind::string:
  case edn_kind::bytes_:
  case edn_kind::keyword:
  case edn_kind::symbol:
    return s.put_text(tree.kind_, {tree.text_, tree.size_}, tree.position_);
  case edn_kind::list:
  case edn_kind::vector:
  case edn_kind::set:
  case edn_kind::map:
  case edn_kind::tagged:
    s.open(tree.kind_, tree.position_);
    for (const edn_view& child : tree.children())
      add(child);
    return end();
  default:
    return s.put_word(tree.kind_, tree.word_, tree.position_);
  }
}

void edn_builder::add(value_view v, text_position at) {
  if (!ok())
    return;
  switch (v.type()) {
  case value_type::boolean:
    return boolean(v.as_bool(), at);
  case value_type::long_:
    return long_(v.as_long(), at);
  case value_type::double_:
    return double_(v.as_double(), at);
  case value_type::instant_:
    return instant_(v.as_instant(), at);
  case value_type::ref:
    return ref(v.as_ref(), at);
  case value_type::keyword:
    return keyword(v.as_bytes(), at);
  case value_type::string:
    return string(v.as_bytes(), at);
  case value_type::uuid_:
    return uuid_(v.as_uuid(), at);
  case value_type::bytes_:
    return bytes_(v.as_bytes(), at);
  case value_type::tuple:
    begin_tagged("weft/tuple", at);
    begin(edn_kind::vector, at);
    for (auto elements = v.as_tuple(); !elements.at_end();) {
      if (const auto element = elements.next())
        add(*element, at);
      else
        nil(at);
    }
    break;
  case value_type::vector:
    begin_tagged("weft/vector", at);
    begin(edn_kind::vector, at);
    for (std::size_t i = 0; i < v.vector_size(); ++i)
      double_(static_cast<double>(v.vector_at(i)), at);
    break;
  }
  end();
  end();
}

std::size_t edn_builder::depth() const noexcept {
  return state_->frames.size();
}

bool edn_builder::ok() const noexcept {
  return !state_->first_mistake.has_value();
}

result<edn> edn_builder::finish() {
  auto& s = *state_;
  if (!s.first_mistake && (!s.frames.empty() || s.nodes.size() != 1))
    s.mistake(s.malformed, {}, s.nodes.empty() ? "expected a form" : "expected one complete form");
  result<edn> out;
  if (s.first_mistake)
    out = fail(std::move(*s.first_mistake));
  else
    out = edn(s.nodes.front(), s.memory);
  s.first_mistake.reset();
  s.nodes.clear();
  s.frames.clear();
  s.node_count = 0;
  s.memory.reset();
  return out;
}

} // namespace weft
