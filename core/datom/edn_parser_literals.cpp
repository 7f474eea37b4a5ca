// The parser's literals: strings, tokens and what begins with #.
#include "weft/core/datom/edn_bytes.hpp"
#include "weft/core/datom/edn_literal.hpp"
#include "weft/core/datom/edn_parser.hpp"

#include <fmt/format.h>

#include <limits>

namespace weft {

using namespace edn_bytes;

// -- strings ---

/// Scans to the closing quote, p_ + scanned_; false when the input ends before it.
bool edn_parser::scan_string() {
  const char* q = p_ + scanned_;
  for (;;) {
    while (q != end_ && (class_of(*q) & special_in_string) == 0)
      ++q;
    scanned_ = static_cast<std::size_t>(q - p_);
    if (q == end_ || (*q == '\\' && q + 1 == end_))
      return false;
    if (*q == '"')
      return true;
    has_ |= class_of(*q);
    if (*q == '\\')
      ++q; // what is escaped may be a quote
    if (*q == '\n') {
      ++line_;
      line_begin_ = q + 1 - begin_;
      continuation_bytes_ = 0;
    } else if (is_continuation(*q)) {
      ++continuation_bytes_;
    }
    ++q;
  }
}

edn_parser::step edn_parser::read_string() {
  if (scanned_ == 0) {
    string_at_ = here();
    has_ = 0;
    scanned_ = 1;
  }
  if (!scan_string())
    return last_ ? fail_at(string_at_, "expected \" before the end of the text") : step::more;
  const std::string_view raw(p_ + 1, scanned_ - 1);
  if ((has_ & not_ascii) != 0 && !is_utf8(raw))
    return fail_at(
        advance({string_at_.line, string_at_.column + 1}, raw.substr(0, utf8_prefix(raw))),
        "expected UTF-8");
  const bool escaped = (has_ & backslash) != 0;
  if (escaped && !unescape(raw))
    return step::failed;
  tree_.text(edn_kind::string, escaped ? scratch_ : raw, string_at_);
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
std::optional<edn_parser::scanned_token> edn_parser::scan_token() {
  if (scanned_ == 0) {
    has_ = 0;
    scanned_ = 1; // the first byte is known
  }
  const char* q = p_ + scanned_;
  for (; q != end_ && (class_of(*q) & ends_token) == 0; ++q)
    has_ |= class_of(*q);
  scanned_ = static_cast<std::size_t>(q - p_);
  if (q == end_ && !last_)
    return std::nullopt;
  const scanned_token out{{p_, scanned_}, has_};
  scanned_ = 0;
  return out;
}

/// Behind a token that was read.
edn_parser::step edn_parser::pass(const scanned_token& t) {
  if (((t.has | class_of(t.text.front())) & not_ascii) != 0)
    continuation_bytes_ += continuation_bytes(t.text);
  p_ += t.text.size();
  return step::value;
}

/// A key of a namespaced map is written out in full.
std::string_view edn_parser::qualified(std::string_view name) {
  if (frames_.empty() || frames_.back().ns == 0 || frames_.back().count % 2 != 0)
    return name;
  if (name.starts_with("_/"))
    return name.substr(2);
  if (name.find('/') != std::string_view::npos)
    return name;
  scratch_ = namespaces_[frames_.back().ns - 1] + '/';
  scratch_ += name;
  return scratch_;
}

edn_parser::step edn_parser::read_keyword() {
  const auto token = scan_token();
  if (!token)
    return step::more;
  const auto name = token->text.substr(1);
  const bool plain = !name.empty() && (token->has & ~ends_token) == 0;
  if (!plain && !(is_keyword(name) && is_utf8(name)))
    return fail_at(here(), fmt::format("expected a keyword, found :{}", excerpt(name)));
  tree_.text(edn_kind::keyword, qualified(name), here());
  return pass(*token);
}

edn_parser::step edn_parser::read_symbol() {
  const auto token = scan_token();
  if (!token)
    return step::more;
  const auto text = token->text;
  const auto at = here();
  const bool sign = lead_of(text.front()) == lead::sign;
  if (lead_of(text.front()) == lead::digit || (sign && text.size() > 1 && is_digit(text[1])))
    return put_number(text, at);
  if (text == "nil")
    tree_.nil(at);
  else if (text == "true" || text == "false")
    tree_.boolean(text.size() == 4, at);
  else if (is_symbol(text))
    return put_symbol(*token, at);
  else
    return fail_at(at, fmt::format("expected a symbol, found {}", excerpt(text)));
  return pass(*token);
}

edn_parser::step edn_parser::put_number(std::string_view text, text_position at) {
  const auto number = read_number(text);
  if (!number.error.empty())
    return fail_at(at, fmt::format("{}, found {}", number.error, excerpt(text)));
  if (number.is_double)
    tree_.double_(number.as_double, at);
  else
    tree_.long_(number.as_long, at);
  p_ += text.size();
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
    return put_symbolic(token->text, at);
  if (second == ':')
    return open_namespaced(token->text, at);
  const auto tag = token->text.substr(1);
  if (!is_tag(tag))
    return fail_at(at, fmt::format("expected a tag, found #{}", excerpt(tag)));
  if (push(frame_kind::tag, at) == step::failed)
    return step::failed;
  tree_.open(edn_kind::tagged, at);
  tree_.text(edn_kind::symbol, tag, at);
  static_cast<void>(pass(*token));
  return step::done;
}

edn_parser::step edn_parser::put_symbol(const scanned_token& t, text_position at) {
  const auto name = qualified(t.text);
  if (name.data() != t.text.data() && !is_symbol(name))
    return fail_at(at, fmt::format("expected a symbol, found {}", excerpt(name)));
  tree_.text(edn_kind::symbol, name, at);
  return pass(t);
}

/// #:name{ with the text up to the bracket.
edn_parser::step edn_parser::open_namespaced(std::string_view text, text_position at) {
  const auto ns = text.substr(2);
  const char* behind = p_ + text.size();
  if (!is_keyword(ns) || !is_utf8(ns) || ns.find('/') != std::string_view::npos || behind == end_ ||
      *behind != '{')
    return fail_at(at, "expected a namespaced map as #:name{...}");
  namespaces_.emplace_back(ns);
  const auto opened = open(edn_kind::map, '}', text.size() + 1, namespaces_.size());
  continuation_bytes_ += continuation_bytes(text);
  return opened;
}

edn_parser::step edn_parser::put_symbolic(std::string_view text, text_position at) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (text == "##NaN")
    return fail_at(at, "NaN is not a value", errc::invalid_value);
  if (text != "##Inf" && text != "##-Inf")
    return fail_at(at, fmt::format("expected ##Inf or ##-Inf, found {}", excerpt(text)));
  tree_.double_(text == "##Inf" ? infinity : -infinity, at);
  p_ += text.size();
  return step::value;
}

} // namespace weft
