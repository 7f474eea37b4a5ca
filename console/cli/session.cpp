#include "weft/console/cli/session.hpp"

#include <chrono>
#include <unistd.h>

namespace weft::console {

std::int64_t steady_us() noexcept {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

session::session(global_options options)
    : options_(std::move(options)), where_(detect_terminal(options_.no_color)),
      out_(STDOUT_FILENO) {}

format session::output() const noexcept {
  return options_.output.value_or(where_.out_is_tty ? format::table : format::jsonl);
}

format session::output_for_files(format usual) const noexcept {
  const auto out = options_.output.value_or(usual);
  const bool for_eyes = out == format::table || out == format::raw;
  return for_eyes && !options_.output_is_asked ? usual : out;
}

std::unique_ptr<printer> session::print(std::vector<std::string> columns, amount expected) {
  return make_printer(output(), out_, where_, std::move(columns), expected);
}

void session::say(std::string_view line) {
  const std::string text = std::string(line) + "\n";
  if (before_lines_)
    before_lines_();
  // Talk: a closed stderr is no reason to stop the work.
  static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
}

void session::explain(std::string_view line) {
  if (options_.verbose)
    say(line);
}

result<database_place*> session::place() {
  if (!place_) {
    WEFT_TRY(place_, choose_place(options_, *this));
  }
  return place_.get();
}

result<std::unique_ptr<open_database>> session::open_reading() {
  WEFT_TRY(auto* at, place());
  return at->open_reading();
}

result<std::unique_ptr<open_database>> session::open_writing() {
  WEFT_TRY(auto* at, place());
  return at->open_writing();
}

} // namespace weft::console
