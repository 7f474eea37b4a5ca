#include "weft/console/daemon/logging.hpp"

#include "weft/console/cli/output/terminal.hpp"
#include "weft/console/daemon/bounded_output.hpp"
#include "weft/console/daemon/log_limit.hpp"
#include "weft/console/daemon/log_line.hpp"
#include "weft/persistence/system.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>
#include <utility>

namespace weft::console {

namespace {

/// How long who logs waits for a standard error that takes nothing.
constexpr std::chrono::milliseconds patience{1000};

/// Standard error, as spdlog writes to it.
class stderr_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// Lines that were left out because it was stuck, and is not any more.
  [[nodiscard]] std::uint64_t take_lost() {
    const std::lock_guard lock(mutex_); // of base_sink
    return out_.take_lost();
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& what) override {
    spdlog::memory_buf_t line;
    formatter_->format(what, line);
    out_.write({line.data(), line.size()});
  }
  void flush_() override {}

 private:
  bounded_output out_{STDERR_FILENO, patience};
};

/// Standard error, through spdlog: whole lines, one after the other.
class stderr_log final : public daemon_log {
 public:
  stderr_log(std::string node, log_level least, bool json, bool colour)
      : node_(std::move(node)), json_(json), colour_(colour), least_(least), out_("weft", sink_) {
    out_.set_formatter(std::make_unique<spdlog::pattern_formatter>(
        "%v", spdlog::pattern_time_type::utc, "")); // lines have their line feed
    out_.set_level(spdlog::level::trace);
  }

  [[nodiscard]] bool wants(log_level level) const noexcept override {
    return level >= least_.load(std::memory_order_relaxed);
  }

  void write(const log_record& record) noexcept override {
    const auto now = persistence::steady_clock_us();
    const std::lock_guard lock(mutex_);
    say_lost();
    const auto asked = limit_.ask(record.event, now);
    if (asked.left_out != 0)
      say_left_out({record.event, asked.left_out});
    if (asked.let_through)
      put(record);
  }

  void set_level(log_level least) override { least_ = least; }
  void look_at_clock() override {
    const std::lock_guard lock(mutex_);
    say_lost();
    for (const auto& left : limit_.finish(persistence::steady_clock_us()))
      say_left_out(left);
  }
  void write_line(const std::string& line) override { out_.info("{}", line); }
  [[nodiscard]] bool is_json() const noexcept override { return json_; }

 private:
  void say_left_out(const log_limit::leftover& what) {
    const std::string name(info(what.event).name);
    put({log_event::log_suppressed,
         info(log_event::log_suppressed).level,
         std::to_string(what.lines) + " lines of " + name + " were left out",
         {{"of", name}, {"lines", what.lines}}});
  }
  void say_lost() {
    const auto lost = sink_->take_lost();
    if (lost == 0)
      return;
    put({log_event::log_suppressed,
         info(log_event::log_suppressed).level,
         std::to_string(lost) + " lines were left out: standard error took nothing",
         {{"of", "*"}, {"lines", lost}}});
  }
  void put(const log_record& record) {
    const auto when = persistence::wall_clock_us();
    write_line(json_ ? json_line(record, when, node_) : text_line(record, when, colour_));
  }

  std::string node_;
  bool json_;
  bool colour_;
  std::atomic<log_level> least_;
  std::mutex mutex_; // guards limit_, and the order of lines
  log_limit limit_;
  std::shared_ptr<stderr_sink> sink_ = std::make_shared<stderr_sink>();
  spdlog::logger out_;
};

} // namespace

std::shared_ptr<daemon_log> open_log(std::string node, log_level least, log_format format) {
  const auto where = detect_terminal(false);
  const bool json =
      format == log_format::json || (format == log_format::automatic && !where.err_is_tty);
  return std::make_shared<stderr_log>(std::move(node), least, json, where.err_colour);
}

} // namespace weft::console
