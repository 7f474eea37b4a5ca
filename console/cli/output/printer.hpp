// Prints what a command found, in the form that was asked for: rows as they come, or documents
// (an object with named fields, of which some may hold rows of their own).
//
//   auto out = make_printer(format::jsonl, sink, where, {"e", "a", "v"});
//   for (const auto& d : datoms) out->row(std::array<cell, 3>{d.entity, name, d.value});
//   out->finish();
//
// Streaming: nothing but a table's first rows is held back. Confined to one thread.
#pragma once

#include "weft/console/cli/output/cell.hpp"
#include "weft/console/cli/output/format.hpp"
#include "weft/console/cli/output/sink.hpp"
#include "weft/console/cli/output/terminal.hpp"

#include <memory>
#include <span>

namespace weft::console {

/// Rows inside a document.
struct grid {
  std::vector<std::string> columns;
  std::vector<std::vector<cell>> rows;
};

/// Names that are data themselves, such as tempids.
using dictionary = std::vector<std::pair<std::string, cell>>;

/// Several values under one name.
using cell_list = std::vector<cell>;

struct field {
  std::string name;
  std::variant<cell, cell_list, dictionary, grid> what;
};

/// One object. csv and raw show its first grid, or, without one, its plain fields as one row. Of a
/// grid without rows they show one row: the plain fields that are called like its columns.
struct document {
  std::vector<field> fields;
};

/// Whether a command has one answer or any number of them: JSON has no array around one.
enum class amount { one, many };

class printer {
 public:
  printer() = default;
  printer(const printer&) = delete;
  printer& operator=(const printer&) = delete;
  virtual ~printer() = default;

  /// As many cells as columns; what they point at is not needed afterwards.
  virtual void row(std::span<const cell> cells) = 0;
  virtual void put(const document& d) = 0;
  /// Once, at the end.
  virtual void finish() = 0;
};

/// `columns` name the cells of row(), and the keys of their objects.
[[nodiscard]] std::unique_ptr<printer> make_printer(format how, text_sink& out,
                                                    const terminal& where,
                                                    std::vector<std::string> columns,
                                                    amount expected = amount::many);

} // namespace weft::console
