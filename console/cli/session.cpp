#include "weft/console/cli/session.hpp"

#include "weft/console/cli/output/progress.hpp"

#include <chrono>
#include <filesystem>
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
  // Talk: a closed stderr is no reason to stop the work.
  static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
}

result<std::string> session::folder() const {
  if (options_.data.empty())
    return fail(errc::usage, "no data folder is given",
                {{"try", "--data DIR, or export WEFT_DATA=DIR"}});
  return options_.data;
}

result<embedded::database> session::open(embedded::options how) {
  how.mode = options_.strict ? schema_mode::strict : schema_mode::flexible;
  WEFT_TRY(const auto where, folder());
  std::error_code ignored;
  if (std::filesystem::is_regular_file(where, ignored))
    return fail(errc::not_a_database, where + " is a file, and no folder");
  progress bar(where_, {"open " + where, progress_parts, "facts"}, STDERR_FILENO);
  const std::int64_t begin = steady_us();
  how.progress = [&](const embedded::open_progress& p) {
    const std::int64_t now = steady_us();
    if (now - begin > 500'000) // a quick open needs no bar
      bar.update({progress_part(p.done, p.total), p.datoms}, now);
  };
  auto opened = embedded::database::open(where, std::move(how));
  bar.clear();
  return opened;
}

result<embedded::database> session::open_reading() {
  embedded::options how;
  how.create = false;
  how.read_only = true;
  return open(std::move(how));
}

result<embedded::database> session::open_writing() {
  WEFT_TRY(const auto where, folder());
  std::error_code ignored;
  const std::filesystem::path path(where);
  const bool fresh =
      !std::filesystem::exists(path, ignored) || std::filesystem::is_empty(path, ignored);
  WEFT_TRY(auto db, open({}));
  if (fresh)
    say("made a new database in " + where);
  return db;
}

} // namespace weft::console
