// What every command runs in: the options that all have, the terminal, the output, the database.
#pragma once

#include "weft/console/cli/commands/options.hpp"
#include "weft/console/cli/output/printer.hpp"
#include "weft/persistence/embedded/database.hpp"

namespace weft::console {

class session {
 public:
  /// Writes to standard output and standard error.
  explicit session(global_options options);

  [[nodiscard]] const terminal& where() const noexcept { return where_; }
  /// -o, else table for a person and jsonl for a program.
  [[nodiscard]] format output() const noexcept;
  /// What -o says, if it was given.
  [[nodiscard]] std::optional<format> chosen_output() const noexcept { return options_.output; }
  /// For what import reads again: -o, else WEFT_OUTPUT unless it is for people's eyes, else
  /// `usual`.
  [[nodiscard]] format output_for_files(format usual) const noexcept;
  /// Whether attributes must be declared.
  [[nodiscard]] bool is_strict() const noexcept { return options_.strict; }
  [[nodiscard]] text_sink& out() noexcept { return out_; }
  /// A printer of out() in the chosen format.
  [[nodiscard]] std::unique_ptr<printer> print(std::vector<std::string> columns,
                                               amount expected = amount::many);
  /// A line on standard error.
  void say(std::string_view line);

  /// The data folder. @errors usage when none was given
  [[nodiscard]] result<std::string> folder() const;
  /// Opens for reading only, beside a writer if there is one.
  [[nodiscard]] result<embedded::database> open_reading();
  /// Opens for writing; makes a database when there is none, and says so.
  [[nodiscard]] result<embedded::database> open_writing();

 private:
  [[nodiscard]] result<embedded::database> open(embedded::options how);

  global_options options_;
  terminal where_;
  text_sink out_;
};

/// Microseconds of a clock that never goes back.
[[nodiscard]] std::int64_t steady_us() noexcept;

} // namespace weft::console
