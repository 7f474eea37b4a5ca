#include "weft/console/cli/transfer/form_readers.hpp"
#include "weft/core/base/limits.hpp"
#include "weft/core/datom/text.hpp"

namespace weft::console {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// Finds the end of a JSON value, byte by byte.
class value_end {
 public:
  /// True when `c` is the last byte of the value.
  [[nodiscard]] bool add(char c) {
    if (in_text_) {
      const bool ends = c == '"' && !escaped_;
      escaped_ = c == '\\' && !escaped_;
      in_text_ = !ends;
      return ends && depth_ == 0;
    }
    if (c == '"')
      in_text_ = true;
    else if (c == '[' || c == '{')
      ++depth_;
    else if (c == ']' || c == '}')
      return depth_ == 0 || --depth_ == 0;
    return false;
  }
  /// Whether a number or a word goes on until something else comes.
  [[nodiscard]] bool is_bare() const noexcept { return depth_ == 0 && !in_text_; }

 private:
  std::size_t depth_ = 0;
  bool in_text_ = false;
  bool escaped_ = false;
};

/// The elements of one array, each a form.
class json_array final : public form_reader {
 public:
  json_array(text_input& in, const file_place& from)
      : in_(&in), resumed_(from.offset > 0), here_(from), end_(from) {
    in.seek(from.offset);
    state_ = from.offset == 0 ? state::before : state::behind_value;
  }

  result<std::optional<form>> next() override {
    auto more = find_value();
    if (!more) {
      over_ = true;
      return fail(std::move(more).error());
    }
    if (!*more)
      return std::optional<form>();
    const auto start = here_.at;
    if (auto read = read_value(); !read) {
      over_ = true;
      return fail(std::move(read).error());
    }
    end_ = here_;
    state_ = state::behind_value;
    resumed_ = false;
    WEFT_TRY(auto made, json_form_of(text_, start));
    made.end = end_;
    return std::optional(std::move(made));
  }
  bool skip() override { return !over_; }
  file_place place() const override { return end_; }

 private:
  enum class state { before, behind_value, closed };

  /// To where the next value begins; false: there is none.
  result<bool> find_value() {
    if (state_ == state::before) {
      WEFT_TRY(const auto c, look());
      if (c != '[')
        return fail(wrong("expected ["));
      take();
    }
    WEFT_TRY(auto c, look());
    if (state_ == state::behind_value && c == ',') {
      take();
      WEFT_TRY(c, look());
      if (!c)
        return fail(wrong("expected a value behind the comma"));
      return true;
    }
    if (state_ != state::closed && c == ']') {
      take();
      state_ = state::closed;
      WEFT_TRY(c, look());
    }
    if (state_ == state::closed && c)
      return fail(wrong("expected nothing behind the array"));
    if (state_ == state::behind_value && (c || !resumed_))
      return fail(wrong("expected , or ] behind the value"));
    if (state_ == state::before && !c)
      return fail(wrong("expected ] before the end of the text"));
    if (!c)
      end_ = here_;
    return c.has_value();
  }

  result<void> read_value() {
    text_.clear();
    value_end end;
    const auto start = here_.at;
    for (;;) {
      WEFT_TRY(const auto c, peek());
      if (!c)
        return fail(error_at(start, {errc::malformed_json, "the value does not end", {}}));
      if (!text_.empty() && end.is_bare() && (is_blank(*c) || *c == ',' || *c == ']'))
        return {};
      text_ += take();
      if (end.add(*c))
        return {};
      if (text_.size() > limits::transaction_text_bytes_max)
        return fail(
            error_at(start, {errc::input_too_large,
                             "the value is longer than " +
                                 std::to_string(limits::transaction_text_bytes_max) + " bytes",
                             {}}));
    }
  }

  /// The next byte that is not blank; nothing at the end.
  result<std::optional<char>> look() {
    for (;;) {
      WEFT_TRY(const auto c, peek());
      if (!c || !is_blank(*c))
        return c;
      take();
    }
  }
  result<std::optional<char>> peek() {
    if (done_ == piece_.size()) {
      WEFT_TRY(piece_, in_->read());
      done_ = 0;
    }
    return piece_.empty() ? std::nullopt : std::optional(piece_[done_]);
  }
  char take() {
    const char c = piece_[done_++];
    ++here_.offset;
    here_.at = advance(here_.at, {&c, 1});
    return c;
  }
  [[nodiscard]] error wrong(std::string what) const {
    return error_at(here_.at, {errc::malformed_json, std::move(what), {}});
  }

  text_input* in_;
  std::string_view piece_;
  std::size_t done_ = 0; // of piece_
  state state_ = state::before;
  bool resumed_; // perhaps behind the array
  file_place here_;
  file_place end_;
  std::string text_;  // of the value
  bool over_ = false; // nobody knows where the next value begins
};

} // namespace

std::unique_ptr<form_reader> read_json_array(text_input& in, const file_place& from) {
  return std::make_unique<json_array>(in, from);
}

} // namespace weft::console
