// Instants as text. Days and dates after Howard Hinnant, "chrono-compatible low-level date
// algorithms": years begin in March, so that the leap day is the last of its year.
#include "weft/core/datom/text.hpp"

#include <fmt/format.h>

namespace weft {

namespace {

constexpr std::int64_t us_per_second = 1'000'000;
constexpr std::int64_t seconds_per_day = 86'400;
constexpr std::int64_t days_per_era = 146'097; // 400 years
constexpr std::int64_t epoch_days = 719'468;   // 0000-03-01 to 1970-01-01

struct date {
  std::int64_t year;
  int month;
  int day;
};

std::int64_t floor_div(std::int64_t a, std::int64_t b) noexcept {
  return a / b - (a % b < 0 ? 1 : 0);
}

std::int64_t days_of(const date& d) noexcept {
  const auto year = d.year - (d.month <= 2 ? 1 : 0);
  const auto era = floor_div(year, 400);
  const auto year_of_era = year - era * 400;
  const auto day_of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
  const auto day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * days_per_era + day_of_era - epoch_days;
}

date date_of(std::int64_t days) noexcept {
  days += epoch_days;
  const auto era = floor_div(days, days_per_era);
  const auto day_of_era = days - era * days_per_era;
  const auto year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const auto day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const auto shifted = (5 * day_of_year + 2) / 153;
  const auto month = static_cast<int>(shifted + (shifted < 10 ? 3 : -9));
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          static_cast<int>(day_of_year - (153 * shifted + 2) / 5 + 1)};
}

int days_in_month(std::int64_t year, int month) noexcept {
  if (month == 2)
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/// Reads fixed fields from the left; after the first failure nothing more is read.
class field_reader {
 public:
  explicit field_reader(std::string_view text) noexcept : rest_(text) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

  int number(std::size_t digits) noexcept {
    int x = 0;
    ok_ = ok_ && rest_.size() >= digits;
    for (std::size_t i = 0; ok_ && i < digits; ++i) {
      ok_ = rest_[i] >= '0' && rest_[i] <= '9';
      x = x * 10 + (rest_[i] - '0');
    }
    if (ok_)
      rest_.remove_prefix(digits);
    return ok_ ? x : 0;
  }
  bool take(char c) noexcept {
    const bool found = ok_ && !rest_.empty() && rest_.front() == c;
    if (found)
      rest_.remove_prefix(1);
    return found;
  }
  void expect(char c) noexcept { ok_ = take(c); }
  /// Digits of a fraction as microseconds; fails on none and on more than microseconds.
  int fraction() noexcept {
    int us = 0;
    int scale = 100'000;
    std::size_t n = 0;
    for (; n < rest_.size() && rest_[n] >= '0' && rest_[n] <= '9'; ++n, scale /= 10) {
      us += (rest_[n] - '0') * scale;
      ok_ = ok_ && (scale != 0 || rest_[n] == '0');
    }
    ok_ = ok_ && n != 0;
    rest_.remove_prefix(n);
    return us;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

date read_date(field_reader& in) noexcept {
  const bool minus = in.take('-');
  const bool expanded = minus || in.take('+');
  std::int64_t year = in.number(expanded ? 6 : 4);
  year = minus ? -year : year;
  in.expect('-');
  const int month = in.number(2);
  in.expect('-');
  return {year, month, in.number(2)};
}

/// Seconds east of UTC.
std::int64_t read_offset(field_reader& in, bool& valid) noexcept {
  if (in.take('Z') || in.take('z'))
    return 0;
  const bool west = in.take('-');
  if (!west)
    in.expect('+');
  const int hours = in.number(2);
  in.expect(':');
  const int minutes = in.number(2);
  valid = hours < 24 && minutes < 60;
  const std::int64_t offset = hours * 3600 + minutes * 60;
  return west ? -offset : offset;
}

result<instant> compose(std::int64_t seconds, std::int64_t us) {
  // Towards zero first: the smallest instants have no whole second in 64 bits of microseconds.
  if (seconds < 0) {
    ++seconds;
    us -= us_per_second;
  }
  std::int64_t x = 0;
  if (__builtin_mul_overflow(seconds, us_per_second, &x) || __builtin_add_overflow(x, us, &x))
    return fail(errc::invalid_value, "an instant has 64 bits of microseconds");
  return instant(x);
}

} // namespace

result<instant> parse_instant(std::string_view text) {
  field_reader in(text);
  const date day = read_date(in);
  int hour = 0;
  int minute = 0;
  int second = 0;
  int us = 0;
  std::int64_t offset = 0;
  bool offset_valid = true;
  if (in.ok() && !in.at_end()) {
    if (!in.take('t'))
      in.expect('T');
    hour = in.number(2);
    in.expect(':');
    minute = in.number(2);
    in.expect(':');
    second = in.number(2);
    us = in.take('.') ? in.fraction() : 0;
    offset = read_offset(in, offset_valid);
  }
  if (!in.ok() || !in.at_end())
    return fail(errc::invalid_value,
                "expected an instant as 2026-02-03T04:05:06Z, with at most six digits of fraction");
  if (day.month < 1 || day.month > 12 || day.day < 1 ||
      day.day > days_in_month(day.year, day.month))
    return fail(errc::invalid_value, "this date does not exist");
  if (second == 60)
    return fail(errc::invalid_value, "leap seconds cannot be kept");
  if (hour > 23 || minute > 59 || second > 59 || !offset_valid)
    return fail(errc::invalid_value, "this time of day does not exist");
  return compose(days_of(day) * seconds_per_day + hour * 3600 + minute * 60 + second - offset, us);
}

void append_instant(std::string& out, instant x) {
  const auto seconds = floor_div(x.get(), us_per_second);
  const auto rest = x.get() % us_per_second;
  const auto us = rest < 0 ? rest + us_per_second : rest;
  const auto days = floor_div(seconds, seconds_per_day);
  const auto second = seconds - days * seconds_per_day;
  const auto d = date_of(days);
  auto to = std::back_inserter(out);
  if (d.year < 0 || d.year > 9999)
    fmt::format_to(to, "{}{:06}", d.year < 0 ? '-' : '+', d.year < 0 ? -d.year : d.year);
  else
    fmt::format_to(to, "{:04}", d.year);
  fmt::format_to(to, "-{:02}-{:02}T{:02}:{:02}:{:02}", d.month, d.day, second / 3600,
                 second / 60 % 60, second % 60);
  if (us % 1000 != 0)
    fmt::format_to(to, ".{:06}", us);
  else if (us != 0)
    fmt::format_to(to, ".{:03}", us / 1000);
  out += 'Z';
}

} // namespace weft
