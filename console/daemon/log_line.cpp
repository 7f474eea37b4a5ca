#include "weft/console/daemon/log_line.hpp"

#include "weft/console/cli/output/terminal.hpp"
#include "weft/console/http/json_writer.hpp"
#include "weft/core/base/limits.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace weft::console {

namespace {

constexpr std::array<std::string_view, 6> common = {"ts",        "level", "node",
                                                    "component", "event", "msg"};

/// RFC 3339, UTC, microseconds.
std::string time_text(instant when) {
  using namespace std::chrono;
  const microseconds since(when.get());
  const auto day = floor<days>(since);
  const year_month_day date{sys_days(day)};
  const hh_mm_ss time{since - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

std::string elided(const std::string& text) {
  if (text.size() <= limits::log_text_bytes_max)
    return text;
  return text.substr(0, limits::log_text_bytes_max) + "...";
}

void put(json_writer& out, const log_field::kind& value) {
  std::visit(
      [&out](const auto& x) {
        if constexpr (std::is_same_v<std::decay_t<decltype(x)>, std::string>)
          out.value(elided(x));
        else
          out.value(x);
      },
      value);
}

/// So that it cannot be taken for another field.
std::string quoted(const std::string& text) {
  if (!text.empty() && text.find_first_of(" ='") == std::string::npos)
    return text;
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' ? std::string("\\'") : std::string(1, c);
  return out + "'";
}

std::string text_of(const log_field::kind& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return quoted(printable(elided(*text)));
  }
  json_writer out;
  put(out, value);
  return std::move(out).text();
}

style style_of(log_level level) {
  switch (level) {
  case log_level::error:
    return style::red;
  case log_level::warn:
    return style::yellow;
  case log_level::info:
    return style::green;
  default:
    return style::dim;
  }
}

} // namespace

std::span<const std::string_view> common_log_keys() noexcept {
  return common;
}

std::string json_line(const log_record& what, instant when, std::string_view node) {
  const auto& row = info(what.event);
  json_writer out;
  out.begin('{').key("ts").value(time_text(when)).key("level").value(name_of(what.level));
  out.key("node").value(node).key("component").value(row.component);
  out.key("event").value(row.name).key("msg").value(elided(what.msg));
  for (const auto& field : what.fields)
    put(out.key(field.name), field.value);
  out.end('}');
  return std::move(out).text() + "\n";
}

std::string text_line(const log_record& what, instant when, bool colour) {
  const auto& row = info(what.event);
  std::string out = styled(time_text(when).substr(11, 12), style::dim, colour) + " ";
  out += styled(fmt::format("{:<5}", name_of(what.level)), style_of(what.level), colour);
  out += " " + std::string(row.name) + ": " + printable(elided(what.msg));
  for (const auto& field : what.fields)
    out += " " + styled(std::string(field.name) + "=", style::dim, colour) + text_of(field.value);
  return out + "\n";
}

} // namespace weft::console
