#include "weft/console/cli/transfer/form_readers.hpp"

#include "weft/core/datom/edn_builder.hpp"
#include "weft/core/datom/edn_reader.hpp"
#include "weft/core/datom/json.hpp"
#include "weft/core/datom/text.hpp"

#include <charconv>

namespace weft::console {

namespace {

std::uint32_t number_of(std::string_view text) {
  std::uint32_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

/// EDN forms, one behind the other.
class edn_forms final : public form_reader {
 public:
  edn_forms(text_input& in, const file_place& from)
      : in_(&in), reader_(from.at), start_(from.offset), end_(from) {
    in.seek(from.offset);
  }

  result<std::optional<form>> next() override {
    for (;;) {
      auto tree = reader_.next();
      if (!tree) {
        over_ = true;
        return fail(std::move(tree).error());
      }
      if (*tree) {
        end_ = {start_ + reader_.offset(), reader_.position()};
        auto made = form_of(**tree);
        if (!made)
          return fail(std::move(made).error());
        made->end = end_;
        return std::optional(std::move(*made));
      }
      if (reader_.at_end()) {
        end_ = {start_ + reader_.offset(), reader_.position()};
        return std::optional<form>();
      }
      WEFT_TRY(const auto piece, in_->read());
      if (piece.empty())
        reader_.finish();
      else
        reader_.feed(piece);
    }
  }
  bool skip() override { return !over_; }
  file_place place() const override { return end_; }

 private:
  text_input* in_;
  edn_reader reader_;
  std::uint64_t start_; // of the text that the reader gets
  file_place end_;
  bool over_ = false; // the syntax is broken: nobody knows where the next form begins
};

/// The tree that EDN would give: names of operations and attributes become keywords.
result<edn> read_json_form(std::string_view text, text_position at) {
  WEFT_TRY(edn tree, read_json(text, at));
  if (tree->kind() != edn_kind::vector)
    return tree;
  const bool is_operation = tree->size() > 0 && tree->items()[0].kind() == edn_kind::string;
  if (!is_operation)
    return transaction_from_json(tree);
  edn_builder alone;
  alone.begin(edn_kind::vector);
  alone.add(*tree);
  alone.end();
  WEFT_TRY(const edn transaction, alone.finish());
  WEFT_TRY(const edn converted, transaction_from_json(transaction));
  edn_builder out;
  out.add(converted->items()[0]);
  return out.finish();
}

/// One JSON value on each line.
class json_lines final : public form_reader {
 public:
  json_lines(text_input& in, const file_place& from) : lines_(in, from.offset), end_(from) {}

  result<std::optional<form>> next() override {
    for (;;) {
      const text_position start = end_.at;
      const auto read = lines_.next();
      if (lines_.offset() != end_.offset)
        end_ = {lines_.offset(), {start.line + 1, 1}};
      if (!read)
        return fail(read.error().code == errc::input_too_large ? error_at(start, read.error())
                                                               : read.error());
      const auto& line = *read;
      if (!line)
        return std::optional<form>();
      if (line->find_first_not_of(" \t\r") == std::string_view::npos)
        continue;
      WEFT_TRY(auto made, json_form_of(*line, start));
      made.end = end_;
      return std::optional(std::move(made));
    }
  }
  bool skip() override { return !lines_.failed(); }
  file_place place() const override { return end_; }

 private:
  line_reader lines_;
  file_place end_;
};

} // namespace

text_position shifted(text_position p, text_position start) noexcept {
  if (p.line == 0)
    return start;
  if (p.line == 1)
    return {start.line, start.column + p.column - 1};
  return {start.line + p.line - 1, p.column};
}

error shifted(error e, text_position start) {
  const auto line = e.field("line");
  if (line.empty())
    return error_at(start, std::move(e));
  const auto at = shifted(text_position{number_of(line), number_of(e.field("column"))}, start);
  for (auto& f : e.fields)
    if (f.name == "line")
      f.value = std::to_string(at.line);
    else if (f.name == "column")
      f.value = std::to_string(at.column);
  return e;
}

result<form> form_of(edn_view tree) {
  form out;
  out.at = tree.position();
  const auto placed = [&](error e) {
    return e.field("line").empty() ? error_at(out.at, std::move(e)) : e;
  };
  const bool is_vector = tree.kind() == edn_kind::vector || tree.kind() == edn_kind::list;
  out.is_transaction =
      is_vector && (tree.size() == 0 || tree.items()[0].kind() != edn_kind::keyword);
  if (out.is_transaction) {
    const auto all = parse_transaction(tree);
    if (!all)
      return fail(placed(all.error()));
    out.operations = all->operations();
  } else {
    auto one = parse_operation(tree);
    if (!one)
      return fail(placed(std::move(one).error()));
    out.operations.push_back(std::move(*one));
  }
  if (!out.is_transaction && is_of_history(out.operations[0]))
    return fail(placed(
        {errc::malformed_transaction, "this is a fact of a history", {{"try", history_advice}}}));
  return out;
}

result<form> json_form_of(std::string_view text, text_position start) {
  auto tree = read_json_form(text, start);
  if (!tree)
    return fail(tree.error().field("line").empty() ? error_at(start, std::move(tree).error())
                                                   : std::move(tree).error());
  WEFT_TRY(auto made, form_of(**tree));
  drop_nulls(made);
  return made;
}

std::unique_ptr<form_reader> read_edn_forms(text_input& in, const file_place& from) {
  return std::make_unique<edn_forms>(in, from);
}

std::unique_ptr<form_reader> read_json_lines(text_input& in, const file_place& from) {
  return std::make_unique<json_lines>(in, from);
}

} // namespace weft::console
