#include "weft/core/datom/edn_builder.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/datom/edn_assembly.hpp"
#include "weft/core/datom/edn_literal.hpp"

#include <fmt/format.h>

#include <cmath>

namespace weft {

edn_builder::edn_builder(errc malformed) : tree_(std::make_unique<edn_assembly>(malformed)) {}
edn_builder::~edn_builder() = default;

void edn_builder::nil(text_position at) {
  tree_->nil(at);
}
void edn_builder::boolean(bool x, text_position at) {
  tree_->boolean(x, at);
}
void edn_builder::long_(std::int64_t x, text_position at) {
  tree_->long_(x, at);
}
void edn_builder::double_(double x, text_position at) {
  if (std::isnan(x))
    return tree_->mistake(errc::invalid_value, at, "NaN is not a value");
  tree_->double_(x, at);
}
void edn_builder::instant_(instant x, text_position at) {
  tree_->instant_(x, at);
}
void edn_builder::uuid_(const uuid& x, text_position at) {
  std::array<char, 16> octets;
  std::memcpy(octets.data(), x.octets.data(), octets.size());
  tree_->text(edn_kind::uuid_, {octets.data(), octets.size()}, at);
}
void edn_builder::ref(entity_id x, text_position at) {
  if (auto valid = check(value_view::of(x)); !valid)
    return tree_->mistake(errc::invalid_value, at, std::move(valid).error().detail);
  tree_->ref(x, at);
}
void edn_builder::string(std::string_view x, text_position at) {
  if (!is_utf8(x))
    return tree_->mistake(at, "a string is valid UTF-8");
  tree_->text(edn_kind::string, x, at);
}
void edn_builder::bytes_(bytes_view x, text_position at) {
  tree_->text(edn_kind::bytes_, x, at);
}
void edn_builder::keyword(std::string_view x, text_position at) {
  if (!is_keyword(x) || !is_utf8(x))
    return tree_->mistake(at, fmt::format("expected a keyword, found :{}", excerpt(x)));
  tree_->text(edn_kind::keyword, x, at);
}
void edn_builder::symbol(std::string_view x, text_position at) {
  if (!is_symbol(x))
    return tree_->mistake(at, fmt::format("expected a symbol, found {}", excerpt(x)));
  tree_->text(edn_kind::symbol, x, at);
}

void edn_builder::begin(edn_kind kind, text_position at) {
  WEFT_ASSERT(kind >= edn_kind::list && kind <= edn_kind::map);
  tree_->open(kind, at);
}
void edn_builder::begin_tagged(std::string_view tag, text_position at) {
  if (!is_tag(tag))
    return tree_->mistake(at, fmt::format("expected a tag, found #{}", excerpt(tag)));
  tree_->open(edn_kind::tagged, at);
  tree_->text(edn_kind::symbol, tag, at);
}
void edn_builder::end(text_position at) {
  tree_->close(at);
}

void edn_builder::add(edn_view tree) {
  tree_->add(tree);
}

void edn_builder::add(value_view v, text_position at) {
  if (!ok())
    return;
  switch (v.type()) {
  case value_type::boolean:
    return boolean(v.as_bool(), at);
  case value_type::long_:
    return long_(v.as_long(), at);
  case value_type::double_:
    return double_(v.as_double(), at);
  case value_type::instant_:
    return instant_(v.as_instant(), at);
  case value_type::ref:
    return ref(v.as_ref(), at);
  case value_type::keyword:
    return keyword(v.as_bytes(), at);
  case value_type::string:
    return string(v.as_bytes(), at);
  case value_type::uuid_:
    return uuid_(v.as_uuid(), at);
  case value_type::bytes_:
    return bytes_(v.as_bytes(), at);
  case value_type::tuple:
    begin_tagged("weft/tuple", at);
    begin(edn_kind::vector, at);
    for (auto elements = v.as_tuple(); !elements.at_end();) {
      if (const auto element = elements.next())
        add(*element, at);
      else
        nil(at);
    }
    break;
  case value_type::vector:
    begin_tagged("weft/vector", at);
    begin(edn_kind::vector, at);
    for (std::size_t i = 0; i < v.vector_size(); ++i)
      double_(static_cast<double>(v.vector_at(i)), at);
    break;
  }
  end();
  end();
}

std::size_t edn_builder::depth() const noexcept {
  return tree_->depth();
}

bool edn_builder::ok() const noexcept {
  return tree_->ok();
}

result<edn> edn_builder::finish() {
  return tree_->finish();
}

} // namespace weft
