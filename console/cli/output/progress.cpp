#include "weft/console/cli/output/progress.hpp"

#include "weft/console/cli/output/cell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <unistd.h>

namespace weft::console {

namespace {

constexpr std::string_view ellipsis = "...";
/// A label that is cut below this says nothing.
constexpr std::size_t label_columns = 12;

/// What a line has beside its label; from the widest to the narrowest.
struct layout {
  std::size_t bar_columns;
  bool has_units;
  bool has_rate;
};
constexpr std::array layouts = {layout{24, true, true}, layout{10, true, true},
                                layout{0, true, true}, layout{0, false, true},
                                layout{0, false, false}};

std::string bar(double share, std::size_t bar_columns) {
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(bar_columns));
  std::string out = "[";
  out.append(filled, '=');
  if (filled < bar_columns) {
    out += '>';
    out.append(bar_columns - filled - 1, ' ');
  }
  return out + "]";
}

/// The end of a label says more than its beginning: "...kages.edn".
std::string shortened(std::string_view label, std::size_t columns) {
  while (width_of(label) + ellipsis.size() > columns)
    label.remove_prefix(fit(label, 2).size()); // one character, of one or two columns
  return std::string(ellipsis) + std::string(label);
}

/// What follows the label.
std::string rest_of(const progress_task& task, const progress_state& state,
                    const progress_meter& meter, const layout& how) {
  std::string out;
  if (task.bytes_total > 0) {
    const double share = std::min(1.0, static_cast<double>(state.bytes_done) /
                                           static_cast<double>(task.bytes_total));
    // Never 100 before the end.
    const auto percent = static_cast<int>(std::floor(share * 100));
    if (how.bar_columns > 0)
      out += "  " + bar(share, how.bar_columns);
    out += fmt::format("{}{:3}%", how.bar_columns > 0 ? " " : "  ", percent);
  } else {
    out += "  " + human_bytes(state.bytes_done);
  }
  if (how.has_units)
    out += fmt::format("  {} {}", grouped(state.units_done), task.unit);
  if (!state.waits_for.empty()) // how fast it was says nothing now
    return out + "  waits for " + std::string(state.waits_for);
  if (const double rate = meter.units_per_second(); rate > 0 && how.has_rate)
    out += fmt::format("  {}/s", grouped(static_cast<std::uint64_t>(rate)));
  if (task.bytes_total > 0)
    if (const auto left = meter.seconds_left(task.bytes_total))
      out += "  ETA " + human_seconds(*left);
  return out;
}

} // namespace

std::string human_seconds(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::llround(std::clamp(seconds, 0.0, 359999.0)));
  const auto hours = whole / 3600;
  const auto minutes = whole / 60 % 60;
  if (hours > 0)
    return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
  return fmt::format("{}:{:02}", minutes, whole % 60);
}

void progress_meter::add(const progress_state& state, std::int64_t now_us) {
  samples_.push_back({now_us, state});
  while (samples_.size() > 2 && samples_[1].at_us <= now_us - window_us)
    samples_.pop_front();
}

double progress_meter::units_per_second() const noexcept {
  if (samples_.size() < 2 || samples_.back().at_us <= samples_.front().at_us)
    return 0;
  const auto units = samples_.back().state.units_done - samples_.front().state.units_done;
  return static_cast<double>(units) * 1e6 /
         static_cast<double>(samples_.back().at_us - samples_.front().at_us);
}

std::optional<double> progress_meter::seconds_left(std::uint64_t bytes_total) const noexcept {
  if (samples_.size() < 2)
    return std::nullopt;
  const auto& first = samples_.front();
  const auto& last = samples_.back();
  const auto done = last.state.bytes_done - first.state.bytes_done;
  if (done == 0 || last.state.bytes_done > bytes_total)
    return std::nullopt;
  const double us_per_byte =
      static_cast<double>(last.at_us - first.at_us) / static_cast<double>(done);
  return us_per_byte * static_cast<double>(bytes_total - last.state.bytes_done) / 1e6;
}

std::uint64_t progress_part(std::uint64_t done, std::uint64_t total) noexcept {
  if (done >= total)
    return progress_parts;
  return static_cast<std::uint64_t>(static_cast<double>(done) / static_cast<double>(total) *
                                    static_cast<double>(progress_parts));
}

std::string progress_line(const progress_task& task, const progress_state& state,
                          const progress_meter& meter, std::size_t columns) {
  for (const auto& how : layouts) {
    const auto rest = rest_of(task, state, meter, how);
    const auto room = columns - std::min(columns, width_of(rest));
    if (width_of(task.label) <= room)
      return task.label + rest;
    if (room >= label_columns)
      return shortened(task.label, room) + rest;
  }
  const auto rest = rest_of(task, state, meter, layouts.back());
  return std::string(fit(std::string_view(rest).substr(2), columns));
}

progress::progress(const terminal& where, progress_task task, int descriptor, bool quiet)
    : where_(where), task_(std::move(task)), descriptor_(descriptor), quiet_(quiet) {}

void progress::update(const progress_state& state, std::int64_t now_us) {
  const std::int64_t period = where_.motion ? redraw_us : line_us;
  if (!last_us_) { // the first moment has no rate yet
    meter_.add(state, now_us);
    last_us_ = where_.motion ? now_us - period : now_us;
  }
  if (quiet_ || now_us - *last_us_ < period)
    return;
  last_us_ = now_us;
  meter_.add(state, now_us);
  const auto line = progress_line(task_, state, meter_, where_.motion ? where_.columns - 1 : 200);
  write(where_.motion ? "\r\x1b[2K" + line : line + "\n");
  drawn_ = where_.motion;
}

void progress::clear() {
  if (drawn_)
    write("\r\x1b[2K");
  drawn_ = false;
}

void progress::write(std::string_view text) const {
  // Talk: a closed stderr is no reason to stop the work.
  static_cast<void>(!::write(descriptor_, text.data(), text.size()));
}

} // namespace weft::console
