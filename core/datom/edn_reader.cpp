#include "weft/core/datom/edn_reader.hpp"

#include "weft/core/base/limits.hpp"
#include "weft/core/datom/edn_parser.hpp"

#include <fmt/format.h>

namespace weft {

edn_reader::edn_reader(text_position start) : parser_(std::make_unique<edn_parser>(start)) {}
edn_reader::~edn_reader() = default;

void edn_reader::feed(std::string_view chunk) {
  if (done_ > buffer_.size() / 2) { // not always: a long form would be moved again and again
    buffer_.erase(0, done_);
    dropped_ += done_;
    done_ = 0;
  }
  buffer_.append(chunk);
}

result<std::optional<edn>> edn_reader::next() {
  const auto out = parser_->parse(std::string_view(buffer_).substr(done_), finished_);
  done_ += parser_->consumed();
  if (out == edn_parser::outcome::failed)
    return fail(parser_->failure());
  if (out == edn_parser::outcome::form)
    return parser_->take_form();
  at_end_ = out == edn_parser::outcome::end;
  return std::nullopt;
}

text_position edn_reader::position() const noexcept {
  return parser_->position();
}

result<edn> read_edn(std::string_view text) {
  constexpr auto limit = limits::transaction_text_bytes_max;
  if (text.size() > limit)
    return fail(errc::input_too_large,
                fmt::format("{} bytes of EDN exceed the limit of {}", text.size(), limit));
  edn_parser parser;
  const auto first = parser.parse(text, true);
  if (first == edn_parser::outcome::end)
    return fail(error_at(parser.position(),
                         {errc::malformed_edn, "expected a form, found the end of the text", {}}));
  if (first == edn_parser::outcome::failed)
    return fail(parser.failure());
  auto form = parser.take_form();
  const auto second = parser.parse(text.substr(parser.consumed()), true);
  if (second == edn_parser::outcome::failed)
    return fail(parser.failure());
  if (second == edn_parser::outcome::form)
    return fail(error_at(parser.form_position(),
                         {errc::malformed_edn, "expected one form, found a second one", {}}));
  return form;
}

} // namespace weft
