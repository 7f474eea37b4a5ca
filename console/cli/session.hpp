// What every command runs in: the options that all have, the terminal, the output, the database.
#pragma once

#include "weft/console/cli/commands/options.hpp"
#include "weft/console/cli/database/place.hpp"
#include "weft/console/cli/output/printer.hpp"

#include <functional>

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
  [[nodiscard]] text_sink& out() noexcept { return out_; }
  /// A printer of out() in the chosen format.
  [[nodiscard]] std::unique_ptr<printer> print(std::vector<std::string> columns,
                                               amount expected = amount::many);
  /// A line on standard error.
  void say(std::string_view line);
  /// Takes what is drawn on the terminal off it, before each line; nothing: nobody draws.
  void before_lines(std::function<void()> clear) { before_lines_ = std::move(clear); }
  /// The same, for who wants to know (-v).
  void explain(std::string_view line);

  /// Where the database is. It lives as long as this. @errors as choose_place
  [[nodiscard]] result<database_place*> place();
  /// place()->open_reading()
  [[nodiscard]] result<std::unique_ptr<open_database>> open_reading();
  /// place()->open_writing()
  [[nodiscard]] result<std::unique_ptr<open_database>> open_writing();

 private:
  global_options options_;
  terminal where_;
  text_sink out_;
  std::unique_ptr<database_place> place_;
  std::function<void()> before_lines_;
};

/// Microseconds of a clock that never goes back.
[[nodiscard]] std::int64_t steady_us() noexcept;

} // namespace weft::console
