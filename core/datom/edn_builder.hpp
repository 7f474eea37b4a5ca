// Makes EDN trees: the readers of EDN and JSON use it, and programs that compose transactions and
// queries without text.
//
//   edn_builder b;
//   b.begin(edn_kind::vector);
//   b.keyword("db/add");
//   b.string("ada");                       // a tempid
//   b.keyword("user/age");
//   b.long_(36);
//   b.end();
//   WEFT_TRY(const edn op, b.finish());    // the first mistake is reported here
//
// Confined to one thread.
#pragma once

#include "weft/core/datom/edn.hpp"

namespace weft {

class edn_assembly;

class edn_builder {
 public:
  /// `malformed` is the code of mistakes that have no other: duplicate keys, bad keywords.
  explicit edn_builder(errc malformed = errc::malformed_edn);
  edn_builder(const edn_builder&) = delete;
  edn_builder& operator=(const edn_builder&) = delete;
  ~edn_builder();

  // Scalars. Text is copied.
  void nil(text_position at = {});
  void boolean(bool x, text_position at = {});
  void long_(std::int64_t x, text_position at = {});
  void double_(double x, text_position at = {});
  void instant_(instant x, text_position at = {});
  void uuid_(const uuid& x, text_position at = {});
  void ref(entity_id x, text_position at = {});
  void string(std::string_view x, text_position at = {});
  void bytes_(bytes_view x, text_position at = {});
  /// Without the colon.
  void keyword(std::string_view x, text_position at = {});
  void symbol(std::string_view x, text_position at = {});

  /// Opens a list, vector, set or map; a map takes key, value, key, value ...
  void begin(edn_kind kind, text_position at = {});
  /// Opens a tagged literal of one form; `end` closes it too. The tags that have a kind of their
  /// own (inst, uuid, weft/bytes, weft/ref) become that kind.
  void begin_tagged(std::string_view tag, text_position at = {});
  /// Closes what was opened last; `at` is the place of what is missing when it is incomplete.
  void end(text_position at = {});

  /// A copy of a tree, or a value as a node.
  void add(edn_view tree);
  void add(value_view v, text_position at = {});

  /// Collections and tags that are open.
  [[nodiscard]] std::size_t depth() const noexcept;
  /// False after the first mistake; what is added from then on is ignored.
  [[nodiscard]] bool ok() const noexcept;

  /// The tree, when exactly one was made; the builder is then empty and can be used again.
  /// @errors malformed (see the constructor) for keywords and symbols that are none, text that is
  /// not UTF-8, duplicate keys and elements, a map without a last value, a tag without its form,
  /// anything but one tree; invalid_value for NaN and refs that are no entity id; nesting_too_deep
  /// beyond limits::nesting_depth_max levels; input_too_large beyond limits::tree_nodes_max nodes
  /// and for texts beyond limits::transaction_text_bytes_max. With line and column where positions
  /// were given.
  /// Cost of it all: O(size), O(n log n) for maps and sets of n keys.
  [[nodiscard]] result<edn> finish();

 private:
  std::unique_ptr<edn_assembly> tree_;
};

} // namespace weft
