// Aligned columns. Widths come from the first rows; later rows that need more are cut on a
// terminal and stick out of line elsewhere, so that a table of any length streams. On a terminal
// that is too narrow, columns that say nothing (no cell but "" and false) are left out.
#pragma once

#include "weft/console/cli/output/cell.hpp"
#include "weft/console/cli/output/sink.hpp"
#include "weft/console/cli/output/terminal.hpp"

#include <algorithm>
#include <span>

namespace weft::console {

class table {
 public:
  /// Rows that are measured before the first is written.
  static constexpr std::size_t measured_rows = 500;
  /// Where nothing is cut, a column is made no wider than this; longer texts stick out.
  static constexpr std::size_t widest = 80;

  /// `indent` spaces stand before every line. Columns are shown in capitals; none: no header.
  table(text_sink& out, const terminal& where, std::vector<std::string> columns,
        std::size_t indent = 0);

  /// As many cells as columns.
  void row(std::span<const cell> cells);
  /// Writes what is held back. A table without rows is its header.
  void finish();

 private:
  struct shown {
    std::string text;
    bool right;
  };
  void measure();
  void leave_out();
  [[nodiscard]] std::size_t room() const noexcept {
    return where_.columns - std::min<std::size_t>(where_.columns, indent_);
  }
  void write_header();
  void write(const std::vector<shown>& row);
  void write_cell(const shown& c, std::size_t column, bool last);

  text_sink* out_;
  terminal where_;
  std::vector<std::string> columns_;
  std::size_t indent_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<shown>> held_;
  bool started_ = false;
};

/// Column widths that fit into `columns` together with two spaces between them: the widest are cut
/// first, down to 8, then to 5. The first column names the row: it is cut only when all others are
/// that narrow, and not below 8. Exposed for tests.
[[nodiscard]] std::vector<std::size_t> shrink(std::vector<std::size_t> widths, std::size_t columns);

} // namespace weft::console
