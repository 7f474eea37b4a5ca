#include "weft/core/datom/edn_parser.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/base/limits.hpp"
#include "weft/core/datom/edn_bytes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft {

using namespace edn_bytes;

namespace {

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
    if (!error_ && !tree_.ok())
      error_ = tree_.finish().error();
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
      tree_.drop();
      in_form_ = !frames_.empty();
      return false;
    }
    tree_.close({});
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
  auto form = tree_.finish();
  WEFT_ASSERT(form.has_value());
  return std::move(*form);
}

// -- collections ---

edn_parser::step edn_parser::push(frame_kind kind, text_position at) {
  if (frames_.size() >= limits::nesting_depth_max)
    return fail_at(at, fmt::format("more than {} levels of nesting", limits::nesting_depth_max),
                   errc::nesting_too_deep);
  frames_.push_back({kind, 0, at, 0, 0});
  return step::done;
}

edn_parser::step edn_parser::open(edn_kind kind, char close, std::size_t length, std::size_t ns) {
  const auto at = here();
  if (push(frame_kind::collection, at) == step::failed)
    return step::failed;
  frames_.back().close = close;
  frames_.back().ns = ns;
  tree_.open(kind, at);
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
  tree_.close(here());
  if (top.ns != 0)
    namespaces_.pop_back(); // they close in the reverse order
  frames_.pop_back();
  ++p_;
  return step::value;
}

} // namespace weft
