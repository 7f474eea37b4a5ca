#include "weft/core/datom/csv.hpp"

#include "weft/core/base/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft {

void csv_reader::feed(std::string_view chunk) {
  buffer_.erase(0, done_);
  dropped_ += done_;
  done_ = 0;
  buffer_.append(chunk);
}

result<std::optional<csv_row>> csv_reader::next() {
  if (over_)
    return fail(*error_);
  if (handed_out_)
    begin_row();
  if (!read_row()) {
    at_end_ = finished_;
    return std::nullopt;
  }
  hand_out();
  if (error_)
    return fail(*error_);
  return csv_row{row_at_.line, fields_, places_};
}

/// True when a row is complete, right or wrong.
bool csv_reader::read_row() {
  if (at_start_ && !skip_byte_order_mark())
    return false;
  while (done_ < buffer_.size()) {
    take_plain_bytes();
    bool end_of_line = false;
    if (done_ < buffer_.size()) {
      const char c = buffer_[done_++];
      end_of_line = step(c);
      here_ = advance(here_, {&c, 1});
    }
    if (text_.size() > limits::csv_row_bytes_max)
      fail_for_good(row_at_, fmt::format("a row exceeds {} bytes", limits::csv_row_bytes_max),
                    errc::input_too_large);
    if (over_ || (end_of_line && !ends_.empty()))
      return true;
  }
  return finished_ && end_of_text();
}

bool csv_reader::skip_byte_order_mark() {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  const auto input = std::string_view(buffer_).substr(done_);
  if (!finished_ && input.size() < mark.size() && mark.starts_with(input))
    return false;
  at_start_ = false;
  if (input.starts_with(mark))
    done_ += mark.size();
  return true;
}

/// Takes what means nothing special in the field, all at once.
void csv_reader::take_plain_bytes() {
  if (state_ != state::plain && state_ != state::quoted)
    return;
  const auto rest = std::string_view(buffer_).substr(done_);
  const bool quoted = state_ == state::quoted;
  const auto special = [&](char c) {
    return c == '"' || (!quoted && (c == separator_ || c == '\n' || c == '\r'));
  };
  const auto plain =
      rest.substr(0, static_cast<std::size_t>(std::ranges::find_if(rest, special) - rest.begin()));
  text_.append(plain);
  here_ = advance(here_, plain);
  done_ += plain.size();
}

/// Takes one byte; true when it ends a line.
bool csv_reader::step(char c) {
  switch (state_) {
  case state::quoted: // only quotes are left to it
    state_ = state::quote;
    return false;
  case state::carriage_return:
    state_ = state::field;
    if (c == '\n')
      return true;
    fail_at(here_, "expected a line feed behind the carriage return");
    state_ = state::plain; // what is wrong goes on to the end of the line
    return false;
  case state::quote:
    if (c == '"') {
      text_ += c;
      state_ = state::quoted;
      return false;
    }
    if (c != separator_ && c != '\n' && c != '\r')
      fail_at(here_, fmt::format("expected {} or the end of the line behind the closing quote",
                                 separator_));
    return outside_quotes(c);
  case state::field:
    field_at_ = here_;
    if (ends_.empty())
      row_at_ = here_;
    if (c == '"') {
      state_ = state::quoted;
      return false;
    }
    return outside_quotes(c);
  case state::plain:
    break;
  }
  if (c == '"')
    fail_at(here_, "expected no quote in a field that does not begin with one");
  return outside_quotes(c);
}

bool csv_reader::outside_quotes(char c) {
  if (c == separator_) {
    end_field();
    state_ = state::field;
    return false;
  }
  if (c != '\n' && c != '\r') {
    text_ += c;
    state_ = state::plain;
    return false;
  }
  const bool empty_line = state_ == state::field && ends_.empty();
  if (!empty_line)
    end_field();
  state_ = c == '\r' ? state::carriage_return : state::field;
  return c == '\n';
}

void csv_reader::end_field() {
  const auto begin = ends_.empty() ? 0 : ends_.back().end;
  if (!is_utf8(std::string_view(text_).substr(begin)))
    fail_at(field_at_, "expected UTF-8 in the field");
  if (ends_.size() == limits::csv_fields_max)
    return fail_at(row_at_, fmt::format("a row exceeds {} fields", limits::csv_fields_max),
                   errc::input_too_large);
  ends_.push_back({text_.size(), state_ == state::quote, field_at_});
}

/// True when the text ends with a row that no line feed ended.
bool csv_reader::end_of_text() {
  if (state_ == state::quoted) {
    fail_for_good(field_at_, "expected \" before the end of the text");
    return true;
  }
  if (state_ == state::carriage_return) {
    fail_at(here_, "expected a line feed behind the carriage return");
    state_ = state::field;
    return true;
  }
  if (state_ == state::field && ends_.empty())
    return false;
  if (state_ == state::field)
    field_at_ = here_;
  end_field();
  state_ = state::field;
  return true;
}

void csv_reader::hand_out() {
  handed_out_ = true;
  if (error_)
    return;
  if (width_ == 0)
    width_ = ends_.size();
  if (ends_.size() != width_)
    return fail_at(row_at_, fmt::format("expected {} fields, found {}", width_, ends_.size()));
  std::size_t begin = 0;
  for (const auto& [end, quoted, at] : ends_) {
    fields_.push_back({std::string_view(text_).substr(begin, end - begin), quoted});
    places_.push_back(at);
    begin = end;
  }
}

void csv_reader::begin_row() {
  text_.clear();
  ends_.clear();
  fields_.clear();
  places_.clear();
  error_.reset();
  handed_out_ = false;
}

void csv_reader::fail_at(text_position at, std::string detail, errc code) {
  if (!error_)
    error_ = error_at(at, error{code, std::move(detail), {}});
}

void csv_reader::fail_for_good(text_position at, std::string detail, errc code) {
  fail_at(at, std::move(detail), code);
  over_ = true;
}

} // namespace weft
