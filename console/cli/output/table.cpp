#include "weft/console/cli/output/table.hpp"

#include <algorithm>
#include <numeric>

namespace weft::console {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrow = 8;
constexpr std::size_t narrowest = 5;
constexpr std::string_view ellipsis = "...";

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c == '_' ? ' ' : c;
  });
  return out;
}

std::size_t total_of(std::span<const std::size_t> widths) {
  return std::accumulate(widths.begin(), widths.end(),
                         widths.empty() ? 0 : gap * (widths.size() - 1));
}

/// Takes what is too much from the widest of some columns, down to `floor`.
void take(std::span<std::size_t> from, std::size_t too_much, std::size_t floor) {
  while (too_much > 0 && !from.empty()) {
    auto& widest = *std::ranges::max_element(from);
    if (widest <= floor)
      return;
    const auto taken = std::min(too_much, widest - floor);
    widest -= taken;
    too_much -= taken;
  }
}

} // namespace

std::vector<std::size_t> shrink(std::vector<std::size_t> widths, std::size_t columns) {
  const std::span<std::size_t> all(widths);
  const auto too_much = [&] { return total_of(widths) - std::min(total_of(widths), columns); };
  if (all.empty())
    return widths;
  take(all.subspan(1), too_much(), narrow);
  take(all.subspan(1), too_much(), narrowest);
  take(all.first(1), too_much(), narrow);
  return widths;
}

table::table(text_sink& out, const terminal& where, std::vector<std::string> columns,
             std::size_t indent)
    : out_(&out), where_(where), columns_(std::move(columns)), indent_(indent) {
  std::ranges::transform(columns_, columns_.begin(), upper);
}

void table::row(std::span<const cell> cells) {
  std::vector<shown> line;
  line.reserve(cells.size());
  for (const auto& c : cells)
    line.push_back({display(c), is_number(c)});
  if (started_)
    return write(line);
  held_.push_back(std::move(line));
  if (held_.size() == measured_rows)
    finish();
}

void table::finish() {
  if (!started_) {
    started_ = true;
    measure();
    write_header();
  }
  for (const auto& line : held_)
    write(line);
  held_.clear();
}

void table::measure() {
  widths_.assign(columns_.size(), 0);
  for (std::size_t i = 0; i < columns_.size(); ++i)
    widths_[i] = width_of(columns_[i]);
  for (const auto& line : held_)
    for (std::size_t i = 0; i < line.size() && i < widths_.size(); ++i)
      widths_[i] = std::max(widths_[i], width_of(line[i].text));
  if (!where_.out_is_tty) {
    for (auto& width : widths_)
      width = std::min(width, widest);
    return;
  }
  if (held_.size() < measured_rows) // all rows are known
    leave_out();
  widths_ = shrink(std::move(widths_), room());
}

/// From the right, until the others fit.
void table::leave_out() {
  const auto says_nothing = [this](std::size_t i) {
    return std::ranges::all_of(held_, [i](const std::vector<shown>& row) {
      return row[i].text.empty() || row[i].text == "false";
    });
  };
  for (std::size_t i = columns_.size(); i > 1 && total_of(widths_) > room(); --i)
    if (!held_.empty() && says_nothing(i - 1)) {
      columns_.erase(columns_.begin() + static_cast<std::ptrdiff_t>(i - 1));
      widths_.erase(widths_.begin() + static_cast<std::ptrdiff_t>(i - 1));
      for (auto& row : held_)
        row.erase(row.begin() + static_cast<std::ptrdiff_t>(i - 1));
    }
}

void table::write_header() {
  if (std::ranges::all_of(columns_, &std::string::empty))
    return;
  std::string line(indent_, ' ');
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const bool right = !held_.empty() && held_.front()[i].right;
    const auto text = fit(columns_[i], widths_[i]);
    const std::string padding(widths_[i] - width_of(text), ' ');
    const bool last = i + 1 == columns_.size();
    line += right ? padding + std::string(text) : std::string(text) + (last ? "" : padding);
    if (!last)
      line.append(gap, ' ');
  }
  out_->put(styled(line, style::bold, where_.out_colour));
  out_->put("\n");
}

void table::write(const std::vector<shown>& row) {
  out_->buffer().append(indent_, ' ');
  for (std::size_t i = 0; i < row.size(); ++i)
    write_cell(row[i], i, i + 1 == row.size());
  out_->put("\n");
}

void table::write_cell(const shown& c, std::size_t column, bool last) {
  auto& out = out_->buffer();
  const std::size_t room = widths_[column];
  const std::size_t width = width_of(c.text);
  if (width > room && where_.out_is_tty) {
    const std::size_t kept = room - std::min(room, ellipsis.size());
    const auto start = fit(c.text, kept);
    out += start;
    out += ellipsis;
    out.append(kept - width_of(start), ' ');
  } else {
    const std::size_t padding = room > width ? room - width : 0;
    if (c.right)
      out.append(padding, ' ');
    out += c.text;
    if (!c.right && !last)
      out.append(padding, ' ');
  }
  if (!last)
    out.append(gap, ' ');
}

} // namespace weft::console
