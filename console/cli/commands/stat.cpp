#include "weft/console/cli/commands/commands.hpp"
#include "weft/console/cli/commands/interrupt.hpp"
#include "weft/console/cli/session.hpp"
#include "weft/persistence/system.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <poll.h>

namespace weft::console {

namespace {

/// Lines of a terminal between two headers.
constexpr std::uint64_t header_period = 20;
/// How long an answer may take, at least.
constexpr std::int64_t answer_us_min = 1'000'000;

constexpr std::array columns = {"instant",
                                "connected",
                                "t",
                                "transactions_per_second",
                                "datoms_per_second",
                                "facts",
                                "log_bytes",
                                "index_bytes",
                                "subscribers",
                                "connections",
                                "requests_refused"};

std::uint64_t figure(const node_sample& of, std::string_view name) {
  const auto found =
      std::ranges::find(of.figures, name, &std::pair<std::string, std::int64_t>::first);
  return found == of.figures.end() || found->second < 0 ? 0
                                                        : static_cast<std::uint64_t>(found->second);
}

/// What happened between two looks at a node.
struct movement {
  node_sample now;
  double transactions = 0; ///< in a second
  double datoms = 0;
};

/// So many in a second; a node that began again counts from nothing.
double rate(std::uint64_t before, std::uint64_t now, std::int64_t us) {
  return now < before || us <= 0
             ? 0.0
             : static_cast<double>(now - before) * 1e6 / static_cast<double>(us);
}

class stat_lines {
 public:
  explicit stat_lines(session& in)
      : in_(&in), for_people_(in.output() == format::table),
        out_(in.print({columns.begin(), columns.end()})) {}

  void add(const movement& m) {
    if (for_people_)
      return add_line(words_of(m));
    const auto of = [&](std::string_view name) { return cell(figure(m.now, name)); };
    out_->row(std::array<cell, columns.size()>{
        persistence::wall_clock_us(), true, m.now.t, rounded(m.transactions), rounded(m.datoms),
        of("facts"), of("log_bytes"), of("index_bytes"), of("subscribers"), of("connections"),
        of("requests_refused")});
  }
  /// Nobody answered.
  void add_gap() {
    if (for_people_)
      return add_line({"-", "-", "-", "-", "-", "-", "-", "-"});
    std::array<cell, columns.size()> row;
    row[0] = persistence::wall_clock_us();
    row[1] = false;
    out_->row(row);
  }
  void finish() {
    if (!for_people_)
      out_->finish();
  }

 private:
  static cell rounded(double x) {
    return static_cast<double>(static_cast<std::int64_t>(x * 10 + 0.5)) / 10.0;
  }
  using words = std::array<std::string, 8>;
  static words words_of(const movement& m) {
    const auto whole = [](double x) { return grouped(static_cast<std::uint64_t>(x + 0.5)); };
    const auto count = [&](std::string_view name) { return grouped(figure(m.now, name)); };
    const auto bytes = [&](std::string_view name) { return human_bytes(figure(m.now, name)); };
    return {std::to_string(m.now.t.get()),
            whole(m.transactions),
            whole(m.datoms),
            count("facts"),
            bytes("log_bytes"),
            bytes("index_bytes"),
            count("subscribers"),
            count("connections")};
  }
  static std::string line_of(const words& w) {
    return fmt::format("{:>12} {:>10} {:>12} {:>14} {:>11} {:>11} {:>11} {:>11}\n", w[0], w[1],
                       w[2], w[3], w[4], w[5], w[6], w[7]);
  }
  void add_line(const words& w) {
    if (lines_++ % header_period == 0)
      in_->out().put(styled(
          line_of({"T", "TX/S", "DATOMS/S", "FACTS", "LOG", "INDEX", "SUBSCRIBERS", "CONNECTIONS"}),
          style::bold, in_->where().out_colour));
    in_->out().put(line_of(w));
  }

  session* in_;
  bool for_people_;
  std::uint64_t lines_ = 0;
  std::unique_ptr<printer> out_;
};

/// Sleeps; a signal ends it.
void sleep_until(std::int64_t at_us) {
  for (auto left = at_us - steady_us(); left > 0 && !interrupted(); left = at_us - steady_us())
    static_cast<void>(::poll(nullptr, 0, static_cast<int>((left + 999) / 1000)));
}

} // namespace

result<void> show_stat(session& in, const stat_options& options) {
  WEFT_TRY(auto* at, in.place());
  WEFT_TRY(const auto node, at->watch());
  const interrupt_guard until_interrupted;
  stat_lines lines(in);
  std::optional<node_sample> before;
  auto before_us = steady_us();
  for (std::uint64_t n = 0; n < options.count.value_or(~0ULL) && in.out().ok();) {
    const auto due = before_us + options.interval_us;
    if (before || n > 0)
      sleep_until(due);
    if (interrupted())
      break;
    auto now = node->look(std::max(options.interval_us, answer_us_min));
    if (interrupted())
      break;
    const auto now_us = steady_us();
    const bool is_first = now && !before; // rates need two looks
    if (!now) {
      lines.add_gap();
      before.reset();
    } else if (before) {
      const auto us = now_us - before_us;
      lines.add({*now, rate(before->t.get(), now->t.get(), us),
                 rate(figure(*before, "datoms_applied"), figure(*now, "datoms_applied"), us)});
    }
    if (!is_first)
      ++n;
    if (now)
      before = std::move(*now);
    before_us = now_us;
    WEFT_CHECK(in.out().flush());
  }
  lines.finish();
  return {};
}

} // namespace weft::console
