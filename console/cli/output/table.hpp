// Aligned columns. Widths come from the first rows; later rows that need more are cut on a
// terminal and stick out of line elsewhere, so that a table of any length streams.
#pragma once

#include "weft/console/cli/output/cell.hpp"
#include "weft/console/cli/output/sink.hpp"
#include "weft/console/cli/output/terminal.hpp"

#include <span>

namespace weft::console {

class table {
 public:
  /// Rows that are measured before the first is written.
  static constexpr std::size_t measured_rows = 500;

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
/// first, none below 8. Exposed for tests.
[[nodiscard]] std::vector<std::size_t> shrink(std::vector<std::size_t> widths, std::size_t columns);

} // namespace weft::console
