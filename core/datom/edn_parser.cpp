#include "weft/core/datom/edn_parser.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/base/limits.hpp"
#include "weft/core/datom/edn_literal.hpp"

#include <fmt/format.h>

#include <limits>

namespace weft {

namespace {

/// What a byte begins.
enum class lead : std::uint8_t {
  symbol,
  blank,
  newline,
  comment,
  quote,
  colon,
  hash,
  sign,
  digit,
  open,
  close,
  character,
  macro,
};

constexpr std::array<lead, 256> leads = [] {
  std::array<lead, 256> table{}; // symbol
  const auto set = [&](std::string_view bytes, lead what) {
    for (const char c : bytes)
      table[static_cast<unsigned char>(c)] = what;
  };
  set(" \t\r\v\f,", lead::blank);
  set("\n", lead::newline);
  set(";", lead::comment);
  set("\"", lead::quote);
  set(":", lead::colon);
  set("#", lead::hash);
  set("+-", lead::sign);
  set("0123456789", lead::digit);
  set("([{", lead::open);
  set(")]}", lead::close);
  set("\\", lead::character);
  set("'`^@~", lead::macro);
  return table;
}();

lead lead_of(char c) noexcept {
  return leads[static_cast<unsigned char>(c)];
}

constexpr std::array<bool, 256> token_ends = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view(" \t\r\v\f,\n;\"([{)]}"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

std::ptrdiff_t continuation_bytes(std::string_view text) noexcept {
  std::ptrdiff_t count = 0;
  for (const char c : text)
    count += (static_cast<unsigned char>(c) & 0xC0U) == 0x80U ? 1 : 0;
  return count;
}

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

} // namespace

// -- the whole ---

edn_parser::outcome edn_parser::parse(std::string_view input, bool last) {
  line_begin_ -= static_cast<std::ptrdiff_t>(consumed_);
  form_begin_ -= static_cast<std::ptrdiff_t>(consumed_);
  consumed_ = 0;
  if (error_)
    return outcome::failed;
  begin_ = input.data();
  p_ = begin_;
  end_ = begin_ + input.size();
  last_ = last;
  const auto out = run();
  consumed_ = static_cast<std::size_t>(p_ - begin_);
  position_ = here();
  return out;
}

edn_parser::outcome edn_parser::run() {
  if (at_start_ && !skip_byte_order_mark())
    return outcome::more;
  while (skip_blank()) {
    if (!in_form_) {
      in_form_ = true;
      form_begin_ = p_ - begin_;
      form_at_ = here();
    }
    const step did = one();
    const bool whole = did == step::value && complete_value();
    if (!error_ && !builder_.ok())
      error_ = builder_.finish().error();
    if (error_ || too_large(did == step::more ? end_ : p_))
      return outcome::failed;
    if (did == step::more)
      return outcome::more;
    if (whole) {
      in_form_ = false;
      return outcome::form;
    }
  }
  return at_end_of_input();
}

bool edn_parser::skip_byte_order_mark() {
  const std::string_view input(p_, static_cast<std::size_t>(end_ - p_));
  if (!last_ && input.size() < byte_order_mark.size() && byte_order_mark.starts_with(input))
    return false;
  at_start_ = false;
  if (input.starts_with(byte_order_mark)) {
    p_ += byte_order_mark.size();
    line_begin_ = p_ - begin_;
  }
  return true;
}

edn_parser::outcome edn_parser::at_end_of_input() {
  if (in_form_ && too_large(end_))
    return outcome::failed;
  if (!last_)
    return outcome::more;
  if (frames_.empty())
    return outcome::end;
  const frame& top = frames_.back();
  if (top.kind == frame_kind::collection)
    fail_at(top.at, fmt::format("expected {} before the end of the text", top.close));
  else
    fail_at(here(), "expected a form, found the end of the text");
  return outcome::failed;
}

/// To the next byte that is not blank; false when there is none.
bool edn_parser::skip_blank() {
  while (p_ != end_) {
    if (in_comment_) {
      const std::string_view rest(p_, static_cast<std::size_t>(end_ - p_));
      const auto length = std::min(rest.find('\n'), rest.size());
      continuation_bytes_ += continuation_bytes(rest.substr(0, length));
      p_ += length;
      in_comment_ = p_ == end_;
      continue;
    }
    switch (lead_of(*p_)) {
    case lead::blank:
      ++p_;
      break;
    case lead::newline:
      ++p_;
      ++line_;
      line_begin_ = p_ - begin_;
      continuation_bytes_ = 0;
      break;
    case lead::comment:
      in_comment_ = true;
      break;
    default:
      return true;
    }
  }
  return false;
}

edn_parser::step edn_parser::one() {
  switch (lead_of(*p_)) {
  case lead::quote:
    return read_string();
  case lead::colon:
    return read_keyword();
  case lead::hash:
    return read_hash();
  case lead::open:
    if (*p_ == '(')
      return open(edn_kind::list, ')', 1);
    return *p_ == '[' ? open(edn_kind::vector, ']', 1) : open(edn_kind::map, '}', 1);
  case lead::close:
    return close();
  case lead::character:
    return fail_at(here(), "characters do not exist here: write a string");
  case lead::macro:
    return fail_at(here(), fmt::format("expected a form, found {}", *p_));
  default:
    return read_symbol();
  }
}

/// A form is complete: closes the tags in front of it. True when nothing is open any more.
bool edn_parser::complete_value() {
  while (!frames_.empty()) {
    frame& top = frames_.back();
    if (top.kind == frame_kind::collection) {
      ++top.count;
      return false;
    }
    const bool discard = top.kind == frame_kind::discard;
    frames_.pop_back();
    if (discard) {
      builder_.drop();
      in_form_ = !frames_.empty();
      return false;
    }
    builder_.end();
  }
  return true;
}

bool edn_parser::too_large(const char* upto) {
  constexpr auto limit = limits::transaction_text_bytes_max;
  if (upto - begin_ - form_begin_ <= static_cast<std::ptrdiff_t>(limit))
    return false;
  fail_at(form_at_, fmt::format("a form exceeds the limit of {} bytes", limit),
          errc::input_too_large);
  return true;
}

edn_parser::step edn_parser::fail_at(text_position at, std::string detail, errc code) {
  error_ = error_at(at, error{code, std::move(detail), {}});
  return step::failed;
}

edn edn_parser::take_form() {
  auto form = builder_.finish();
  WEFT_ASSERT(form.has_value());
  return std::move(*form);
}

// -- collections ---

edn_parser::step edn_parser::push(frame_kind kind, text_position at) {
  if (frames_.size() >= limits::nesting_depth_max)
    return fail_at(at, fmt::format("more than {} levels of nesting", limits::nesting_depth_max),
                   errc::nesting_too_deep);
  frames_.push_back({kind, 0, at, 0});
  return step::done;
}

edn_parser::step edn_parser::open(edn_kind kind, char close, std::size_t length, std::string ns) {
  const auto at = here();
  if (push(frame_kind::collection, at) == step::failed)
    return step::failed;
  frames_.back().close = close;
  frames_.back().ns = std::move(ns);
  builder_.begin(kind, at);
  p_ += length;
  return step::done;
}

edn_parser::step edn_parser::close() {
  if (frames_.empty() || frames_.back().kind != frame_kind::collection)
    return fail_at(here(), fmt::format("expected a form, found {}", *p_));
  const frame& top = frames_.back();
  if (top.close != *p_)
    return fail_at(here(), fmt::format("expected {} for what line {}, column {} opens, found {}",
                                       top.close, top.at.line, top.at.column, *p_));
  builder_.end(here());
  frames_.pop_back();
  ++p_;
  return step::value;
}

// -- strings ---

/// Scans to the closing quote, p_ + scanned_; false when the input ends before it.
bool edn_parser::scan_string() {
  const char* q = p_ + scanned_;
  while (q != end_ && *q != '"') {
    const auto c = static_cast<unsigned char>(*q);
    if (c == '\\') {
      if (q + 1 == end_)
        break;
      string_escaped_ = true;
      ++q; // what is escaped may be a quote
    }
    if (*q == '\n') {
      ++line_;
      line_begin_ = q + 1 - begin_;
      continuation_bytes_ = 0;
    } else if ((static_cast<unsigned char>(*q) & 0xC0U) == 0x80U) {
      ++continuation_bytes_;
    }
    ++q;
  }
  scanned_ = static_cast<std::size_t>(q - p_);
  return q != end_ && *q == '"';
}

edn_parser::step edn_parser::read_string() {
  if (scanned_ == 0) {
    string_at_ = here();
    string_escaped_ = false;
    scanned_ = 1;
  }
  if (!scan_string())
    return last_ ? fail_at(string_at_, "expected \" before the end of the text") : step::more;
  const std::string_view raw(p_ + 1, scanned_ - 1);
  if (const auto valid = utf8_prefix(raw); valid != raw.size())
    return fail_at(advance({string_at_.line, string_at_.column + 1}, raw.substr(0, valid)),
                   "expected UTF-8");
  if (string_escaped_ && !unescape(raw))
    return step::failed;
  builder_.string(string_escaped_ ? scratch_ : raw, string_at_);
  p_ += scanned_ + 1;
  scanned_ = 0;
  return step::value;
}

/// Into scratch_.
bool edn_parser::unescape(std::string_view raw) {
  scratch_.clear();
  for (std::size_t i = 0; i < raw.size();) {
    const auto plain = std::min(raw.find('\\', i), raw.size());
    scratch_.append(raw.substr(i, plain - i));
    i = plain;
    if (i == raw.size())
      break;
    const auto length = read_escape(raw.substr(i), scratch_);
    if (length == 0) {
      fail_at(advance({string_at_.line, string_at_.column + 1}, raw.substr(0, i)),
              fmt::format("expected an escape, found {}", excerpt(raw.substr(i, 6))));
      return false;
    }
    i += length;
  }
  return true;
}

// -- tokens ---

/// The token at p_, which goes on to the next blank, quote or bracket; none when the input may
/// hold only a part of it.
std::optional<std::string_view> edn_parser::scan_token() {
  const char* q = p_ + std::max<std::size_t>(scanned_, 1);
  while (q != end_ && !token_ends[static_cast<unsigned char>(*q)])
    ++q;
  scanned_ = static_cast<std::size_t>(q - p_);
  if (q == end_ && !last_)
    return std::nullopt;
  scanned_ = 0;
  return std::string_view(p_, static_cast<std::size_t>(q - p_));
}

/// A key of a namespaced map is written out in full.
std::string_view edn_parser::qualified(std::string_view name) {
  if (frames_.empty() || frames_.back().ns.empty() || frames_.back().count % 2 != 0)
    return name;
  if (name.starts_with("_/"))
    return name.substr(2);
  if (name.find('/') != std::string_view::npos)
    return name;
  scratch_ = frames_.back().ns + '/';
  scratch_ += name;
  return scratch_;
}

edn_parser::step edn_parser::read_keyword() {
  const auto token = scan_token();
  if (!token)
    return step::more;
  const auto at = here();
  builder_.keyword(qualified(token->substr(1)), at);
  continuation_bytes_ += continuation_bytes(*token);
  p_ += token->size();
  return step::value;
}

edn_parser::step edn_parser::read_symbol() {
  const auto token = scan_token();
  if (!token)
    return step::more;
  const auto at = here();
  const bool sign = lead_of(token->front()) == lead::sign;
  if (lead_of(token->front()) == lead::digit ||
      (sign && token->size() > 1 && is_digit((*token)[1])))
    return put_number(*token, at);
  if (*token == "nil")
    builder_.nil(at);
  else if (*token == "true" || *token == "false")
    builder_.boolean(token->size() == 4, at);
  else
    builder_.symbol(qualified(*token), at);
  continuation_bytes_ += continuation_bytes(*token);
  p_ += token->size();
  return step::value;
}

edn_parser::step edn_parser::put_number(std::string_view token, text_position at) {
  const auto number = read_number(token);
  if (!number.error.empty())
    return fail_at(at, fmt::format("{}, found {}", number.error, excerpt(token)));
  if (number.is_double)
    builder_.double_(number.as_double, at);
  else
    builder_.long_(number.as_long, at);
  p_ += token.size();
  return step::value;
}

// -- what begins with # ---

edn_parser::step edn_parser::read_hash() {
  if (p_ + 1 == end_ && !last_)
    return step::more;
  const auto at = here();
  const char second = p_ + 1 == end_ ? ' ' : p_[1];
  if (second == '{')
    return open(edn_kind::set, '}', 2);
  if (second == '_') {
    p_ += 2;
    return push(frame_kind::discard, at);
  }
  const auto token = scan_token();
  if (!token)
    return step::more;
  if (second == '#')
    return put_symbolic(*token, at);
  const char* behind = p_ + token->size();
  if (second == ':') {
    const auto ns = token->substr(2);
    if (!is_keyword(ns) || ns.find('/') != std::string_view::npos || behind == end_ ||
        *behind != '{')
      return fail_at(at, "expected a namespaced map as #:name{...}");
    const auto opened = open(edn_kind::map, '}', token->size() + 1, std::string(ns));
    continuation_bytes_ += continuation_bytes(*token);
    return opened;
  }
  if (push(frame_kind::tag, at) == step::failed)
    return step::failed;
  builder_.begin_tagged(token->substr(1), at);
  continuation_bytes_ += continuation_bytes(*token);
  p_ = behind;
  return step::done;
}

edn_parser::step edn_parser::put_symbolic(std::string_view token, text_position at) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (token == "##NaN")
    return fail_at(at, "NaN is not a value", errc::invalid_value);
  if (token != "##Inf" && token != "##-Inf")
    return fail_at(at, fmt::format("expected ##Inf or ##-Inf, found {}", excerpt(token)));
  builder_.double_(token == "##Inf" ? infinity : -infinity, at);
  p_ += token.size();
  return step::value;
}

} // namespace weft
