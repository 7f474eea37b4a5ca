#include "weft/console/cli/output/table.hpp"

#include <algorithm>
#include <numeric>

namespace weft::console {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 8;
constexpr std::string_view ellipsis = "...";

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c == '_' ? ' ' : c;
  });
  return out;
}

} // namespace

std::vector<std::size_t> shrink(std::vector<std::size_t> widths, std::size_t columns) {
  if (widths.empty())
    return widths;
  const std::size_t between = gap * (widths.size() - 1);
  for (;;) {
    const std::size_t total = std::accumulate(widths.begin(), widths.end(), between);
    const auto widest = std::ranges::max_element(widths);
    if (total <= columns || *widest <= narrowest)
      return widths;
    *widest = std::max(narrowest, *widest - std::min(*widest, total - columns));
  }
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
  if (where_.out_is_tty)
    widths_ =
        shrink(std::move(widths_), where_.columns - std::min<std::size_t>(where_.columns, indent_));
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
