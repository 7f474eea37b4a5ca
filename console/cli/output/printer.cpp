#include "weft/console/cli/output/printer.hpp"

#include "weft/console/cli/output/table.hpp"

#include <algorithm>
#include <optional>

namespace weft::console {

namespace {

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>;

// -- JSON ---

/// An object whose members are separated by the caller's layout: one line, or one line each.
class json_printer final : public printer {
 public:
  json_printer(text_sink& out, std::vector<std::string> columns, bool lines, amount expected)
      : out_(&out), columns_(std::move(columns)), array_(!lines && expected == amount::many),
        spread_(!lines && expected == amount::one) {}

  void row(std::span<const cell> cells) override {
    begin();
    object(columns_, cells);
    end();
  }
  void put(const document& d) override {
    begin();
    const char* before = spread_ ? "{\n  " : "{";
    for (const auto& f : d.fields) {
      text() += before;
      // Idents are keys without colon.
      append_json_string(text(), std::string_view(f.name).substr(f.name.starts_with(':') ? 1 : 0));
      text() += spread_ ? ": " : ":";
      std::visit(overloaded{[&](const cell& c) { append_json(text(), c); },
                            [&](const cell_list& cells) { array(cells); },
                            [&](const dictionary& names) { object(names); },
                            [&](const grid& g) { array(g); }},
                 f.what);
      before = spread_ ? ",\n  " : ",";
    }
    text() += d.fields.empty() ? "{}" : spread_ ? "\n}" : "}";
    end();
  }
  void finish() override {
    if (array_)
      out_->put(first_ ? "[]\n" : "\n]\n");
  }

 private:
  std::string& text() { return out_->buffer(); }
  void begin() {
    if (array_)
      text() += first_ ? "[\n" : ",\n";
    first_ = false;
  }
  void end() { out_->put(array_ ? "" : "\n"); }

  void object(const std::vector<std::string>& names, std::span<const cell> cells) {
    char before = '{';
    for (std::size_t i = 0; i < cells.size(); ++i) {
      text() += before;
      append_json_string(text(), names[i]);
      text() += ':';
      append_json(text(), cells[i]);
      before = ',';
    }
    text() += '}';
  }
  void object(const dictionary& names) {
    char before = '{';
    for (const auto& [name, what] : names) {
      text() += before;
      append_json_string(text(), name);
      text() += ':';
      append_json(text(), what);
      before = ',';
    }
    text() += names.empty() ? "{}" : "}";
  }
  void array(const cell_list& cells) {
    char before = '[';
    for (const auto& c : cells) {
      text() += before;
      append_json(text(), c);
      before = ',';
    }
    text() += cells.empty() ? "[]" : "]";
  }
  void array(const grid& g) {
    const char* before = spread_ ? "[\n    " : "[";
    for (const auto& r : g.rows) {
      text() += before;
      object(g.columns, r);
      before = spread_ ? ",\n    " : ",";
    }
    text() += g.rows.empty() ? "[]" : spread_ ? "\n  ]" : "]";
  }

  text_sink* out_;
  std::vector<std::string> columns_;
  bool array_;  // of objects
  bool spread_; // one object over several lines
  bool first_ = true;
};

// -- EDN ---

class edn_printer final : public printer {
 public:
  edn_printer(text_sink& out, std::vector<std::string> columns)
      : out_(&out), columns_(std::move(columns)) {}

  void row(std::span<const cell> cells) override {
    map(columns_, cells);
    out_->put("\n");
  }
  void put(const document& d) override {
    std::string_view before = "{";
    for (const auto& f : d.fields) {
      text() += before;
      key(f.name);
      std::visit(overloaded{[&](const cell& c) { append_edn(text(), c); },
                            [&](const cell_list& cells) { vector(cells); },
                            [&](const dictionary& names) { map(names); },
                            [&](const grid& g) { vector(g); }},
                 f.what);
      before = ", ";
    }
    out_->put(d.fields.empty() ? "{}\n" : "}\n");
  }
  void finish() override {}

 private:
  std::string& text() { return out_->buffer(); }
  /// A field that is an ident already (an entity's attribute) keeps its colon.
  void key(std::string_view name) {
    if (!name.starts_with(':'))
      text() += ':';
    text() += name;
    text() += ' ';
  }
  void map(const std::vector<std::string>& names, std::span<const cell> cells) {
    std::string_view before = "{";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      text() += before;
      key(names[i]);
      append_edn(text(), cells[i]);
      before = ", ";
    }
    text() += '}';
  }
  void map(const dictionary& names) {
    std::string_view before = "{";
    for (const auto& [name, what] : names) {
      text() += before;
      append_edn(text(), cell(name));
      text() += ' ';
      append_edn(text(), what);
      before = ", ";
    }
    text() += names.empty() ? "{}" : "}";
  }
  void vector(const cell_list& cells) {
    char before = '[';
    for (const auto& c : cells) {
      text() += before;
      append_edn(text(), c);
      before = ' ';
    }
    text() += cells.empty() ? "[]" : "]";
  }
  void vector(const grid& g) {
    std::string_view before = "[";
    for (const auto& r : g.rows) {
      text() += before;
      map(g.columns, r);
      before = " ";
    }
    text() += g.rows.empty() ? "[]" : "]";
  }

  text_sink* out_;
  std::vector<std::string> columns_;
};

// -- CSV and raw ---

class csv_printer final : public printer {
 public:
  csv_printer(text_sink& out, std::vector<std::string> columns, bool raw)
      : out_(&out), columns_(std::move(columns)), raw_(raw) {}

  void row(std::span<const cell> cells) override {
    header(columns_);
    line(cells);
  }
  void put(const document& d) override {
    for (const auto& f : d.fields)
      if (const auto* g = std::get_if<grid>(&f.what))
        return rows_of(*g, d);
    std::vector<std::string> names;
    std::vector<cell> cells;
    for (const auto& f : d.fields)
      if (const auto* c = std::get_if<cell>(&f.what)) {
        names.push_back(f.name);
        cells.push_back(*c);
      }
    header(names);
    line(cells);
  }
  void finish() override { header(columns_); }

 private:
  /// Without rows, one line says what the document itself has of these columns.
  void rows_of(const grid& g, const document& d) {
    header(g.columns);
    for (const auto& r : g.rows)
      line(r);
    if (!g.rows.empty())
      return;
    std::vector<cell> own(g.columns.size());
    for (const auto& f : d.fields)
      for (std::size_t i = 0; i < own.size(); ++i)
        if (const auto* c = std::get_if<cell>(&f.what); c != nullptr && g.columns[i] == f.name)
          own[i] = *c;
    line(own);
  }
  void header(const std::vector<std::string>& names) {
    if (raw_ || headed_ || names.empty())
      return;
    headed_ = true;
    std::vector<cell> cells(names.begin(), names.end());
    line(cells);
  }
  void line(std::span<const cell> cells) {
    auto& text = out_->buffer();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i != 0)
        text += raw_ ? '\t' : ',';
      plain_.clear();
      append_plain(plain_, cells[i]);
      if (std::holds_alternative<std::monostate>(cells[i])) // nothing, as opposed to ""
        continue;
      if (raw_)
        append_raw(text, plain_);
      else
        append_csv_field(text, plain_);
    }
    out_->put("\n");
  }

  text_sink* out_;
  std::vector<std::string> columns_;
  bool raw_;
  bool headed_ = false;
  std::string plain_;
};

// -- tables ---

class table_printer final : public printer {
 public:
  table_printer(text_sink& out, const terminal& where, std::vector<std::string> columns,
                amount expected)
      : out_(&out), where_(where), one_(expected == amount::one), columns_(std::move(columns)) {}

  void row(std::span<const cell> cells) override {
    if (!rows_)
      rows_.emplace(*out_, where_, columns_);
    rows_->row(cells);
  }
  void put(const document& d) override {
    if (one_)
      spread(d);
    else
      compact(d);
  }
  void finish() override {
    if (rows_)
      rows_->finish();
    else if (!documents_ && !columns_.empty())
      table(*out_, where_, columns_).finish();
  }

 private:
  /// A line for each field; grids below, each after an empty line.
  void spread(const document& d) {
    documents_ = true;
    std::size_t width = 0;
    for (const auto& f : d.fields)
      if (!std::holds_alternative<grid>(f.what))
        width = std::max(width, width_of(f.name));
    for (const auto& f : d.fields) {
      if (const auto* c = std::get_if<cell>(&f.what))
        named(f.name, display(*c), width);
      if (const auto* cells = std::get_if<cell_list>(&f.what))
        for (std::size_t i = 0; i < cells->size(); ++i)
          named(i == 0 ? f.name : "", display((*cells)[i]), width);
      if (const auto* names = std::get_if<dictionary>(&f.what))
        for (std::size_t i = 0; i < names->size(); ++i)
          named(i == 0 ? f.name : "", (*names)[i].first + "  " + display((*names)[i].second),
                width);
    }
    for (const auto& f : d.fields)
      if (const auto* g = std::get_if<grid>(&f.what)) {
        out_->put("\n");
        print(*g, g->columns, 0);
      }
  }
  void named(std::string_view name, std::string_view what, std::size_t width) {
    std::string label(name);
    std::ranges::replace(label, '_', ' ');
    out_->put(styled(label, style::bold, where_.out_colour && !label.empty()));
    out_->buffer().append(width - width_of(label) + 2, ' ');
    out_->put(what);
    out_->put("\n");
  }
  /// The plain fields on one line, grids below without header.
  void compact(const document& d) {
    documents_ = true;
    std::string line;
    for (const auto& f : d.fields)
      if (const auto* c = std::get_if<cell>(&f.what)) {
        line += line.empty() ? "" : "  ";
        line += f.name + " " + display(*c);
      }
    out_->put(styled(line, style::bold, where_.out_colour));
    out_->put("\n");
    for (const auto& f : d.fields)
      if (const auto* g = std::get_if<grid>(&f.what))
        print(*g, std::vector<std::string>(g->columns.size()), 2);
  }
  void print(const grid& g, std::vector<std::string> columns, std::size_t indent) {
    table lines(*out_, where_, std::move(columns), indent);
    for (const auto& r : g.rows)
      lines.row(r);
    lines.finish();
  }

  text_sink* out_;
  terminal where_;
  bool one_;
  std::vector<std::string> columns_;
  std::optional<table> rows_;
  bool documents_ = false;
};

} // namespace

std::unique_ptr<printer> make_printer(format how, text_sink& out, const terminal& where,
                                      std::vector<std::string> columns, amount expected) {
  switch (how) {
  case format::json:
  case format::jsonl:
    return std::make_unique<json_printer>(out, std::move(columns), how == format::jsonl, expected);
  case format::edn:
    return std::make_unique<edn_printer>(out, std::move(columns));
  case format::csv:
  case format::raw:
    return std::make_unique<csv_printer>(out, std::move(columns), how == format::raw);
  case format::table:
    break;
  }
  return std::make_unique<table_printer>(out, where, std::move(columns), expected);
}

} // namespace weft::console
