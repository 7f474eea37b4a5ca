// Forms: what a file of facts consists of, whatever its syntax.
#pragma once

#include "weft/core/base/result.hpp"
#include "weft/core/tx/request.hpp"

#include <optional>

namespace weft::console {

/// A place between two forms: what is before it was read.
struct file_place {
  std::uint64_t offset = 0;
  text_position at = {1, 1};
  bool operator==(const file_place&) const = default;
};

/// What one form says.
struct form {
  /// One operation (a map, or [:db/add ...]); or all of a whole transaction.
  std::vector<operation> operations;
  /// A vector of operations: it is executed alone and its tempids are its own.
  bool is_transaction = false;
  text_position at = {};
  file_place end = {};
};

/// Facts that a form states or takes back: nested maps and each of several values count.
[[nodiscard]] std::uint64_t count_facts(const form& f);

/// What to do with what `export --history` printed.
inline constexpr const char* history_advice =
    "histories cannot be imported: `weft export` without --history; --as-of T for the past";
/// Whether a form is a fact of a history: a map of e, a, v, t, added.
[[nodiscard]] bool is_of_history(const operation& op);
/// Takes out what has no value in JSON (null), and what says nothing then.
void drop_nulls(form& f);

/// Whether it declares or changes attributes, so that what follows must wait for it.
[[nodiscard]] bool changes_schema(const form& f);

/// Hands out the forms of a file one by one. Confined to one thread.
class form_reader {
 public:
  form_reader() = default;
  form_reader(const form_reader&) = delete;
  form_reader& operator=(const form_reader&) = delete;
  virtual ~form_reader() = default;

  /// The next form, or nothing at the end.
  /// @errors malformed_edn, malformed_json, malformed_csv, malformed_transaction, invalid_value and
  /// others, all with line and column; what input reports
  [[nodiscard]] virtual result<std::optional<form>> next() = 0;
  /// After an error: moves behind what caused it. False when the syntax does not tell where that
  /// is, or nothing more can be read.
  [[nodiscard]] virtual bool skip() = 0;
  /// Behind the last form, or behind what was skipped.
  [[nodiscard]] virtual file_place place() const = 0;
};

} // namespace weft::console
