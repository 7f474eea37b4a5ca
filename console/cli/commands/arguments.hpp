// What people write on the command line for entities, attributes, values and points in time.
#pragma once

#include "weft/console/cli/commands/options.hpp"
#include "weft/core/db/view.hpp"

namespace weft::console {

/// An attribute by its ident, with or without the colon, or by its id.
/// @errors unknown_attribute{nearest}
[[nodiscard]] result<const attribute*> attribute_argument(const schema& s, std::string_view text);

/// An entity: "1048576" or "#weft/ref 1048576", ":some/ident", "[:user/email \"x\"]" (whose value
/// may name entities in turn), or the :weft/name of one. An id is taken as it is, whether or not
/// something is said about it.
/// @errors not_found, unknown_attribute, invalid_argument, malformed_edn
[[nodiscard]] result<entity_id> entity_argument(const view& db, std::string_view text);

/// A value of an attribute, as EDN; text of a string, instant, uuid or ref may be bare. References,
/// within tuples too, are written as entities are. The errors say the attribute and no line.
/// @errors type_mismatch, invalid_value, not_found
[[nodiscard]] result<value> value_argument(const view& db, const attribute& a,
                                           std::string_view text);

/// "eavt", "aevt", "avet" or "vaet". @errors usage{nearest}
[[nodiscard]] result<index_order> index_argument(std::string_view text);

/// A t, or the last t at or before an instant: "42", "2026-11-21", "2026-11-21T14:00:00Z".
/// @errors basis_ahead, usage
[[nodiscard]] result<tx_number> time_argument(const view& db, std::string_view text);

/// The part of `db` that the options ask for. @errors as time_argument
[[nodiscard]] result<view> in_time(const view& db, const time_options& when);

/// ":user/name", or the number of an attribute the schema does not know.
[[nodiscard]] std::string name_of(const schema& s, attribute_id a);

/// Bytes of a file, or of standard input for "-".
/// @errors not_found, io_error; input_too_large beyond `bytes_max`
[[nodiscard]] result<std::string> read_source(const std::string& path, std::size_t bytes_max);

} // namespace weft::console
