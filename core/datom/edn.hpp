// EDN as data: an immutable tree, the form of transactions, queries and patterns before anybody
// gives them a meaning. `edn` owns a tree, `edn_view` points at one node of it (24 bytes,
// trivially copyable), as value and value_view do.
//
//   WEFT_TRY(const edn tree, read_edn("[[:db/add \"ada\" :user/age 36] {:user/name \"Bo\"}]"));
//   for (const edn_view op : tree->items()) {
//     if (op.kind() == edn_kind::vector && op.items()[0].is_keyword("db/add")) use(op.items()[3]);
//     if (op.kind() == edn_kind::map)
//       for (const auto [key, value] : op.entries()) use(key.as_keyword(), value);
//     if (wrong) return fail(error_at(op, error{...})); // says line and column
//   }
//
// Equal trees are equal node for node: maps and sets are kept in the order of their keys, keys are
// unique, #inst, #uuid, #weft/bytes and #weft/ref are read (and checked) into kinds of their own,
// namespaced maps are written out, NaN does not exist and -0.0 is 0.0. Positions are not compared.
// JSON becomes the same tree (json.hpp). A tree is at most limits::nesting_depth_max deep, so
// recursion over it is safe. const is thread-safe.
// @source docs/formats/edn.md
#pragma once

#include "weft/core/datom/text.hpp"
#include "weft/core/datom/value.hpp"

#include <iterator>
#include <memory>
#include <type_traits>

namespace weft {

/// What a node is. `tagged` holds every tag that has no kind of its own, #weft/tuple and
/// #weft/vector among them.
enum class edn_kind : std::uint8_t {
  nil,
  boolean,
  long_,
  double_,
  instant_,
  uuid_,
  ref,
  string,
  bytes_,
  keyword,
  symbol,
  list,
  vector,
  set,
  map,
  tagged,
};

/// "nil", "long", "vector" ...: for messages.
[[nodiscard]] std::string_view name_of(edn_kind kind) noexcept;

class edn_entries;

/// A node of a tree somebody else owns. Accessors whose name does not fit the kind are bugs of the
/// caller (asserted): ask kind() first. All are O(1) but find.
class edn_view {
 public:
  /// nil, without position.
  constexpr edn_view() noexcept : word_(0) {}

  [[nodiscard]] edn_kind kind() const noexcept { return kind_; }
  /// Where the node begins in the text; line 0 when a program made it.
  [[nodiscard]] text_position position() const noexcept { return position_; }

  [[nodiscard]] bool is_nil() const noexcept { return kind_ == edn_kind::nil; }
  [[nodiscard]] bool as_bool() const noexcept;
  [[nodiscard]] std::int64_t as_long() const noexcept;
  [[nodiscard]] double as_double() const noexcept;
  [[nodiscard]] instant as_instant() const noexcept;
  [[nodiscard]] uuid as_uuid() const noexcept;
  /// #weft/ref: greater than 0.
  [[nodiscard]] entity_id as_ref() const noexcept;
  /// Valid UTF-8, escapes resolved.
  [[nodiscard]] std::string_view as_string() const noexcept { return text(edn_kind::string); }
  [[nodiscard]] bytes_view as_bytes() const noexcept { return text(edn_kind::bytes_); }
  /// "ns/name" or "name", without the colon.
  [[nodiscard]] std::string_view as_keyword() const noexcept { return text(edn_kind::keyword); }
  /// "?e", "$", "%", "...", "clojure.string/blank?".
  [[nodiscard]] std::string_view as_symbol() const noexcept { return text(edn_kind::symbol); }

  [[nodiscard]] bool is_keyword(std::string_view name) const noexcept {
    return kind_ == edn_kind::keyword && as_keyword() == name;
  }
  [[nodiscard]] bool is_symbol(std::string_view name) const noexcept {
    return kind_ == edn_kind::symbol && as_symbol() == name;
  }
  [[nodiscard]] bool is_tagged(std::string_view name) const noexcept {
    return kind_ == edn_kind::tagged && tag() == name;
  }

  /// Elements of a list, vector or set.
  [[nodiscard]] std::span<const edn_view> items() const noexcept;
  /// Entries of a map: for (auto [key, value] : m.entries()).
  [[nodiscard]] edn_entries entries() const noexcept;
  /// The map's value under a keyword, or nullptr. Cost: O(log entries).
  [[nodiscard]] const edn_view* find(std::string_view keyword) const noexcept;
  /// Elements of a list, vector or set, entries of a map.
  [[nodiscard]] std::size_t size() const noexcept;
  /// Of a tagged literal: "my.app/point", without the number sign, and what follows it.
  [[nodiscard]] std::string_view tag() const noexcept;
  [[nodiscard]] const edn_view& form() const noexcept;

  /// Levels of collections and tags at and below this node: 0 for a scalar.
  [[nodiscard]] std::size_t depth() const noexcept { return depth_; }

  /// By kind (in the order of edn_kind), then by content: text bytewise, collections element by
  /// element, a prefix first. A long is never equal to a double. Cost: O(the smaller tree).
  friend std::strong_ordering operator<=>(const edn_view& a, const edn_view& b) noexcept;
  friend bool operator==(const edn_view& a, const edn_view& b) noexcept { return (a <=> b) == 0; }

 private:
  friend class edn_assembly;
  [[nodiscard]] std::string_view text(edn_kind kind) const noexcept;
  /// All children; keys and values of a map alternate, a tagged literal has its tag and its form.
  [[nodiscard]] std::span<const edn_view> children() const noexcept;

  union {
    std::uint64_t word_;       // boolean, long, double, instant, ref
    const char* text_;         // string, bytes, keyword, symbol, uuid
    const edn_view* children_; // list, vector, set, map, tagged
  };
  std::uint32_t size_ = 0; // bytes of text_, or number of children_
  text_position position_ = {};
  edn_kind kind_ = edn_kind::nil;
  std::uint8_t depth_ = 0;
};

static_assert(std::is_trivially_copyable_v<edn_view> && sizeof(edn_view) == 24);

/// One entry of a map. The references live as long as the tree.
struct edn_entry {
  const edn_view& key;
  const edn_view& value;
};

/// The entries of a map, in the order of their keys.
class edn_entries {
 public:
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = edn_entry;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = edn_entry;

    iterator() = default;
    explicit iterator(const edn_view* at) noexcept : at_(at) {}
    edn_entry operator*() const noexcept { return {at_[0], at_[1]}; }
    iterator& operator++() noexcept {
      at_ += 2;
      return *this;
    }
    iterator operator++(int) noexcept {
      const iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const iterator&) const noexcept = default;

   private:
    const edn_view* at_ = nullptr;
  };
  explicit edn_entries(std::span<const edn_view> children) noexcept : children_(children) {}
  [[nodiscard]] iterator begin() const noexcept { return iterator(children_.data()); }
  [[nodiscard]] iterator end() const noexcept {
    return iterator(children_.data() + children_.size());
  }
  [[nodiscard]] std::size_t size() const noexcept { return children_.size() / 2; }
  [[nodiscard]] edn_entry operator[](std::size_t i) const noexcept {
    return {children_[2 * i], children_[2 * i + 1]};
  }

 private:
  std::span<const edn_view> children_;
};

/// A tree and its memory. Cheap to copy (shares the memory); views of its nodes are valid while
/// one copy lives. Trees are made by read_edn, edn_reader, read_json and edn_builder.
class edn {
 public:
  /// nil.
  edn() = default;

  [[nodiscard]] edn_view view() const noexcept { return root_; }
  // NOLINTNEXTLINE(google-explicit-constructor): functions take views, callers hold trees
  operator edn_view() const noexcept { return root_; }
  [[nodiscard]] const edn_view* operator->() const noexcept { return &root_; }
  [[nodiscard]] const edn_view& operator*() const noexcept { return root_; }

  friend bool operator==(const edn& a, const edn& b) noexcept { return a.root_ == b.root_; }

 private:
  friend class edn_assembly;
  edn(edn_view root, std::shared_ptr<const void> memory) noexcept
      : root_(root), memory_(std::move(memory)) {}

  edn_view root_;
  std::shared_ptr<const void> memory_;
};

/// Reads exactly one form; white space, commas, comments and #_ may surround it. Cost: O(size),
/// but O(n log n) for maps and sets of n keys. Many forms in one text: edn_reader.hpp.
/// @errors malformed_edn{line, column}, invalid_value{line, column} (##NaN),
/// nesting_too_deep{line, column} beyond limits::nesting_depth_max levels, input_too_large beyond
/// limits::transaction_text_bytes_max.
[[nodiscard]] result<edn> read_edn(std::string_view text);

/// `e` with the fields line and column of a node, when the node has a position. Cost: O(1).
[[nodiscard]] error error_at(edn_view node, error e);

/// Text that read_edn reads back to an equal tree; one line, canonical: equal trees give equal
/// text. Cost: O(size).
[[nodiscard]] std::string to_edn(edn_view node);
void append_edn(std::string& out, edn_view node);

} // namespace weft
