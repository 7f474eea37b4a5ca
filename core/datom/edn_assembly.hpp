// Where EDN trees come into being: nodes, open collections and the tree's memory. Internal to
// core/datom; who calls has checked texts already (edn_builder checks, the parser does while it
// scans). What only a whole collection can show is found out here: duplicate keys, missing values,
// what built-in tags say, the limits.
#pragma once

#include "weft/core/base/limits.hpp"
#include "weft/core/datom/edn.hpp"

namespace weft {

/// The memory of one tree, freed as a whole. Most trees fit into its first kilobyte.
class edn_memory {
 public:
  /// 8-byte aligned, not initialised.
  [[nodiscard]] char* allocate(std::size_t size) {
    const auto rounded = (size + 7U) & ~std::size_t{7U};
    if (rounded > static_cast<std::size_t>(end_ - next_))
      grow(rounded);
    char* out = next_;
    next_ += rounded;
    return out;
  }

 private:
  void grow(std::size_t size);

  alignas(8) std::array<char, 960> first_;
  char* next_ = first_.data();
  char* end_ = first_.data() + first_.size();
  std::vector<std::unique_ptr<char[]>> blocks_;
};

class edn_assembly {
 public:
  /// `malformed` is the code of mistakes that have no other.
  explicit edn_assembly(errc malformed) : malformed_(malformed) {}

  [[nodiscard]] bool ok() const noexcept { return !mistake_.has_value(); }
  [[nodiscard]] std::size_t depth() const noexcept { return frames_.size(); }

  /// Remembers the first mistake; from then on nothing is added.
  void mistake(errc code, text_position at, std::string detail);
  void mistake(text_position at, std::string detail) { mistake(malformed_, at, std::move(detail)); }

  void nil(text_position at) { put_word(edn_kind::nil, 0, at); }
  void boolean(bool x, text_position at) { put_word(edn_kind::boolean, x ? 1U : 0U, at); }
  void long_(std::int64_t x, text_position at) {
    put_word(edn_kind::long_, static_cast<std::uint64_t>(x), at);
  }
  /// Not NaN.
  void double_(double x, text_position at);
  void instant_(instant x, text_position at) {
    put_word(edn_kind::instant_, static_cast<std::uint64_t>(x.get()), at);
  }
  void ref(entity_id x, text_position at) { put_word(edn_kind::ref, x.get(), at); }
  /// A string, bytes, keyword, symbol or the octets of a uuid; copied.
  void text(edn_kind kind, std::string_view x, text_position at);

  /// A list, vector, set, map, or a tagged literal: then the tag follows as a symbol.
  void open(edn_kind kind, text_position at);
  /// Closes what was opened last; `at` is the place of what is missing when it is incomplete.
  void close(text_position at);
  /// Forgets what was added last to the open collection.
  void drop();
  void add(const edn_view& tree);

  /// The tree, or the first mistake; leaves the assembly empty. Cost: O(1).
  /// @errors as edn_builder::finish
  [[nodiscard]] result<edn> finish();

 private:
  struct frame {
    edn_kind kind;
    std::size_t begin; // of its children in nodes_
    text_position at;
  };

  void put(const edn_view& node) {
    if (++node_count_ > limits::tree_nodes_max)
      return too_many_nodes(node.position_);
    nodes_.push_back(node);
  }
  void put_word(edn_kind kind, std::uint64_t word, text_position at) {
    if (!ok())
      return;
    edn_view node;
    node.kind_ = kind;
    node.position_ = at;
    node.word_ = word;
    put(node);
  }
  void too_many_nodes(text_position at);
  [[nodiscard]] const char* keep(std::string_view text);
  [[nodiscard]] edn_memory& memory();
  void close_collection(const frame& top, text_position at);
  void close_tagged(const frame& top, text_position at);
  void replace(const frame& top);
  [[nodiscard]] std::optional<edn_view> built_in(std::string_view tag, const edn_view& form);
  [[nodiscard]] std::optional<edn_view> of_text(std::string_view tag, const edn_view& form);
  void sort_children(const frame& top, std::size_t step);

  errc malformed_;
  std::shared_ptr<edn_memory> memory_; // null before it is needed
  std::vector<edn_view> nodes_;        // finished, their parents are not
  std::vector<frame> frames_;
  std::size_t node_count_ = 0;
  std::optional<error> mistake_;
  std::vector<std::uint32_t> order_; // both of sort_children
  std::vector<edn_view> sorted_;
};

} // namespace weft
