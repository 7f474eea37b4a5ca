// The syntaxes of facts in files: EDN forms, JSON lines, CSV.
#pragma once

#include "weft/console/cli/transfer/csv_mapping.hpp"
#include "weft/console/cli/transfer/form.hpp"
#include "weft/console/cli/transfer/line_reader.hpp"

#include <functional>
#include <memory>

namespace weft::console {

enum class syntax {
  edn,
  jsonl,
  json_array, ///< one array over several lines, of what lines would be
  csv
};

/// "EDN", "JSON", "CSV".
[[nodiscard]] std::string_view text_of(syntax s) noexcept;

/// The schema when a row is read: it may be declared by the rows before.
using schema_source = std::function<const schema&()>;

/// By the end of the name: .edn .jsonl .ndjson .json .csv.
[[nodiscard]] std::optional<syntax> syntax_of_name(std::string_view name);

/// By how the text begins, where that is clear; else by the name.
[[nodiscard]] syntax detect_syntax(std::string_view name, std::string_view beginning);

/// JSON begins with brackets and a quote, EDN never does: its operations and keys are keywords.
[[nodiscard]] bool looks_like_json(std::string_view text);

/// Whether JSON text begins an array that its first line does not end.
[[nodiscard]] bool is_json_array(std::string_view beginning);

/// What JSON text says: as form_of, and null is nothing. @errors malformed_json, those of form_of
[[nodiscard]] result<form> json_form_of(std::string_view text, text_position start);

/// Whether a text begins with bytes that none of the syntaxes has: a compressed file, a program.
[[nodiscard]] bool looks_binary(std::string_view beginning);

/// What one EDN tree says, JSON's included: a map or an operation, or a vector of them.
/// @errors malformed_transaction
[[nodiscard]] result<form> form_of(edn_view tree);

/// A position that was counted from the start of a text that begins at `start`.
[[nodiscard]] text_position shifted(text_position p, text_position start) noexcept;
/// `e` with its fields line and column shifted by `start`.
[[nodiscard]] error shifted(error e, text_position start);

/// Readers that begin at `from`; `in` outlives them and is theirs to move.
[[nodiscard]] std::unique_ptr<form_reader> read_edn_forms(text_input& in, const file_place& from);
[[nodiscard]] std::unique_ptr<form_reader> read_json_lines(text_input& in, const file_place& from);
[[nodiscard]] std::unique_ptr<form_reader> read_json_array(text_input& in, const file_place& from);
/// Reads the header and what `how` says about it. @errors usage, malformed_csv, io_error
[[nodiscard]] result<void> check_csv_header(text_input& in, const csv_settings& how);
/// The header is read from the beginning of the file, wherever `from` is.
[[nodiscard]] std::unique_ptr<form_reader> read_csv_rows(text_input& in, const file_place& from,
                                                         csv_settings how, schema_source schema);

} // namespace weft::console
