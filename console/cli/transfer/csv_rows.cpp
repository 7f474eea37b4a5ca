#include "weft/console/cli/transfer/form_readers.hpp"
#include "weft/core/datom/csv.hpp"
#include "weft/core/datom/text.hpp"

#include <algorithm>

namespace weft::console {

namespace {

/// A row that owns its fields; nothing where a field is empty and not quoted.
struct owned_row {
  std::vector<std::optional<std::string>> fields;
  std::vector<text_position> places; ///< of the fields
  text_position at;
  file_place end;
};

/// Rows behind a place in the file, with positions counted from the file's beginning.
class row_source {
 public:
  /// `width`: fields of each row; 0: as many as the first has.
  row_source(text_input& in, const file_place& from, std::size_t width)
      : in_(&in), reader_(',', width), from_(from), end_(from) {
    in.seek(from.offset);
  }

  result<std::optional<owned_row>> next() {
    for (;;) {
      auto row = reader_.next();
      if (!row) {
        over_ = reader_.over();
        end_ = behind();
        return fail(shifted(std::move(row).error(), from_.at));
      }
      if (*row)
        return std::optional(own(**row));
      if (reader_.at_end())
        return std::optional<owned_row>();
      auto piece = in_->read();
      if (!piece) {
        over_ = true;
        return fail(std::move(piece).error());
      }
      if (piece->empty())
        reader_.finish();
      else
        reader_.feed(*piece);
    }
  }
  [[nodiscard]] const file_place& place() const noexcept { return end_; }
  [[nodiscard]] bool over() const noexcept { return over_; }

 private:
  owned_row own(const csv_row& row) {
    owned_row out;
    for (const auto& f : row.fields)
      out.fields.push_back(f.text.empty() && !f.quoted ? std::nullopt
                                                       : std::optional<std::string>(f.text));
    for (const auto& at : row.places)
      out.places.push_back(shifted(at, from_.at));
    out.at = {from_.at.line + row.line - 1, 1};
    out.end = end_ = behind();
    return out;
  }
  file_place behind() const {
    return {from_.offset + reader_.offset(), shifted(reader_.position(), from_.at)};
  }

  text_input* in_;
  csv_reader reader_;
  file_place from_;
  file_place end_;
  bool over_ = false; // the syntax is broken: nobody knows where the next row begins
};

struct csv_header {
  std::vector<std::string> names;
  csv_mapping mapping;
  file_place end;
};

result<csv_header> read_csv_header(text_input& in, const csv_settings& how) {
  row_source first(in, {}, 0);
  WEFT_TRY(const auto row, first.next());
  if (!row)
    return fail(error_at(text_position{1, 1}, {errc::malformed_csv, "the file has no header"}));
  csv_header out;
  for (const auto& f : row->fields)
    out.names.push_back(f.value_or(""));
  auto mapping = csv_mapping::of(out.names, how);
  if (!mapping)
    return fail(mapping.error().code == errc::usage
                    ? std::move(mapping).error()
                    : error_at(row->at, std::move(mapping).error()));
  out.mapping = std::move(*mapping);
  out.end = first.place();
  return out;
}

class csv_rows final : public form_reader {
 public:
  csv_rows(text_input& in, const file_place& from, csv_settings how, schema_source schema)
      : in_(&in), from_(from), how_(std::move(how)), schema_(std::move(schema)) {}

  result<std::optional<form>> next() override {
    if (!mapping_) {
      WEFT_CHECK(read_header());
      if (auto declared = declarations(); !declared.operations.empty())
        return std::optional(std::move(declared));
    }
    if (!ahead_ && !problem_)
      read_ahead();
    if (problem_) {
      const auto why = std::move(*problem_);
      problem_.reset();
      end_ = behind_problem_;
      return fail(why);
    }
    if (!*ahead_)
      return std::optional<form>();
    WEFT_TRY(auto made, mapping_->is_fact_list() ? entity_of_facts() : entity_of_row());
    return std::optional(std::move(made));
  }
  bool skip() override { return rows_ && !rows_->over(); }
  file_place place() const override { return end_; }

 private:
  result<void> read_header() {
    WEFT_TRY(auto first, read_csv_header(*in_, how_));
    header_ = std::move(first.names);
    mapping_ = std::move(first.mapping);
    end_ = from_.offset == 0 ? first.end : from_;
    rows_.emplace(*in_, end_, header_.size());
    return {};
  }

  /// Columns of references that nobody declared: of what a row says it could not be guessed.
  form declarations() const {
    form out;
    out.at = {1, 1};
    out.end = end_;
    if (!how_.declares_references)
      return out;
    for (const auto& column : mapping_->columns())
      if (column.type == value_type::ref && schema_().find(column.attribute) == nullptr) {
        operation op{.what = operation::kind::put, .at = out.at};
        op.value = map_of({{"db/ident", ident(column.attribute)},
                           {"db/valueType", ident("db.type/ref")},
                           {"db/cardinality", ident("db.cardinality/one")}});
        out.operations.push_back(std::move(op));
      }
    return out;
  }

  /// The next row into ahead_, or what is wrong with it into problem_.
  void read_ahead() {
    auto row = rows_->next();
    if (row) {
      ahead_ = std::move(*row);
      return;
    }
    problem_ = std::move(row).error();
    behind_problem_ = rows_->place();
  }
  owned_row take() {
    owned_row out = std::move(**ahead_);
    ahead_.reset();
    end_ = out.end;
    return out;
  }

  /// A row with a column for each attribute.
  result<form> entity_of_row() {
    const auto row = take();
    operation op{.what = operation::kind::put, .at = row.at};
    std::vector<map_entry> facts;
    for (std::size_t i = 0; i < row.fields.size(); ++i) {
      const auto& column = mapping_->columns()[i];
      if (!row.fields[i])
        continue;
      if (column.names_row)
        op.entity = tempid(*row.fields[i]);
      if (column.attribute.empty())
        continue;
      auto v = csv_operand(*row.fields[i], column.attribute, column.type, schema_());
      if (!v)
        return fail(placed(std::move(v).error(), row.places[i]));
      facts.push_back({column.attribute, std::move(*v)});
    }
    op.value = map_of(std::move(facts));
    return form{{std::move(op)}, false, row.at, row.end};
  }

  /// Rows e, a, v of one entity, as long as they stand together.
  result<form> entity_of_facts() {
    const std::string name = (*ahead_)->fields[0].value_or("");
    operation op{.what = operation::kind::put, .entity = tempid(name), .at = (*ahead_)->at};
    std::vector<std::pair<std::string, std::vector<operand>>> facts;
    form out;
    out.at = op.at;
    std::optional<error> wrong;
    while (ahead_ && *ahead_ && (*ahead_)->fields[0].value_or("") == name) {
      const auto row = take();
      out.end = row.end;
      if (auto done = add_fact(row, facts); !done && !wrong)
        wrong = std::move(done).error();
      read_ahead();
    }
    if (wrong)
      return fail(std::move(*wrong));
    std::vector<map_entry> entries;
    entries.reserve(facts.size());
    for (auto& [attribute, values] : facts)
      entries.push_back(
          {attribute, values.size() == 1 ? std::move(values[0]) : list_of(std::move(values))});
    op.value = map_of(std::move(entries));
    out.operations.push_back(std::move(op));
    return out;
  }
  result<void> add_fact(const owned_row& row,
                        std::vector<std::pair<std::string, std::vector<operand>>>& facts) {
    for (std::size_t i = 0; i < header_.size(); ++i)
      if (!row.fields[i])
        return fail(placed({errc::malformed_csv, "a fact needs its " + header_[i]}, row.places[i]));
    const auto& text = *row.fields[1];
    const std::string attribute = text.substr(text.starts_with(':') ? 1 : 0);
    auto v = csv_operand(*row.fields[2], attribute, {}, schema_());
    if (!v)
      return fail(placed(std::move(v).error(), row.places[2]));
    if (facts.empty() || facts.back().first != attribute)
      facts.push_back({attribute, {}});
    facts.back().second.push_back(std::move(*v));
    return {};
  }

  /// Inside of the field nothing is counted.
  static error placed(error e, text_position field) {
    std::erase_if(e.fields,
                  [](const error_field& f) { return f.name == "line" || f.name == "column"; });
    return error_at(field, std::move(e));
  }

  text_input* in_;
  file_place from_;
  csv_settings how_;
  schema_source schema_;
  std::vector<std::string> header_;
  std::optional<csv_mapping> mapping_;
  std::optional<row_source> rows_;
  std::optional<std::optional<owned_row>> ahead_; // nothing inside: the end of the file
  std::optional<error> problem_;
  file_place behind_problem_;
  file_place end_;
};

} // namespace

result<void> check_csv_header(text_input& in, const csv_settings& how) {
  WEFT_CHECK(read_csv_header(in, how));
  return {};
}

std::unique_ptr<form_reader> read_csv_rows(text_input& in, const file_place& from, csv_settings how,
                                           schema_source schema) {
  return std::make_unique<csv_rows>(in, from, std::move(how), std::move(schema));
}

} // namespace weft::console
