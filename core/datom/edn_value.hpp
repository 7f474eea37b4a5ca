// From EDN nodes to values. The attribute's type decides how a node is read:
//
//   boolean  true false              keyword  :color/red
//   long     36                      string   "Ada"
//   double   1.5, 2 (exact longs)    uuid     #uuid "..."
//   instant  #inst "..."             bytes    #weft/bytes "base64"
//   ref      #weft/ref 17, 17        tuple    #weft/tuple [1 nil "x"], [1 nil "x"]
//                                    vector   #weft/vector [0.5 1], [0.5 1]
//
// Nothing is converted that could lose something or surprise: no strings for keywords, instants or
// uuids, no doubles for longs. Tempids, lookup refs and idents of ref attributes are the
// transaction's business (core/tx), which asks here only for what is left.
#pragma once

#include "weft/core/datom/edn.hpp"
#include "weft/core/datom/schema.hpp"

namespace weft {

/// The value of type `type` that `node` writes; it has passed `check`. Elements of a tuple are read
/// with infer_value. Cost: O(size).
/// @errors type_mismatch{expected, found, line, column}; invalid_value, value_too_large of `check`
/// with line and column.
[[nodiscard]] result<value> read_value(edn_view node, value_type type);

/// A tuple whose elements have these types; as many as types, nil allowed. Cost and @errors as
/// read_value
[[nodiscard]] result<value> read_tuple(edn_view node, std::span<const value_type> types);

/// The type a node has by itself, for attributes declared by their first use: a long is a long, a
/// plain vector is nothing (it needs its tag).
/// @errors type_mismatch{expected, found, line, column} for nil, symbols, untagged collections and
/// unknown tags. Cost: O(1)
[[nodiscard]] result<value_type> infer_type(edn_view node);

/// read_value(node, infer_type(node)). Cost: O(size). @errors those of both
[[nodiscard]] result<value> infer_value(edn_view node);

/// Text that read_edn and infer_value read back to an equal value. Cost: O(size).
[[nodiscard]] std::string to_edn(value_view v);
void append_edn(std::string& out, value_view v);

/// [17 :user/name "Ada" 42 true]; an attribute the schema does not know is its number.
[[nodiscard]] std::string to_edn(const datom_view& d, const schema& names);
void append_edn(std::string& out, const datom_view& d, const schema& names);

} // namespace weft
