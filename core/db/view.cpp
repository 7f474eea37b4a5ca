#include "weft/core/db/view.hpp"

#include "weft/core/base/assert.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft {

namespace {

/// The window of names: they mean the same entity whatever part of the past is looked at.
time_window as_of_only(tx_number t) noexcept {
  return {.as_of = t};
}

std::string text_of(const schema& s, attribute_id a) {
  const auto* found = s.find(a);
  return found != nullptr ? ":" + found->ident : std::to_string(a.get());
}

result<void> check_type(const attribute& a, const std::optional<value_view>& v) {
  if (!v || v->type() == a.type)
    return {};
  const std::string expected(name_of(a.type));
  return fail(errc::type_mismatch,
              fmt::format("attribute :{} holds {}, not {}", a.ident, expected, name_of(v->type())),
              {{"attribute", ":" + a.ident}, {"expected", expected}});
}

result<void> check_question(const schema& s, index_order order, const components& c) {
  const auto* a = c.attribute ? s.find(*c.attribute) : nullptr;
  if (a == nullptr)
    return {};
  if (order == index_order::avet && !a->in_avet())
    return fail(errc::not_indexed, "attribute :" + a->ident + " has :db/index false",
                {{"attribute", ":" + a->ident}});
  return check_type(*a, c.value);
}

result<void> check_source(const fact_source& of) {
  if (auto failed = of.failure())
    return fail(*std::move(failed));
  return {};
}

result<void> check_has_states(const time_window& window) {
  if (!window.history)
    return {};
  return fail(errc::invalid_argument,
              "a history view has every state of an entity, not one: read its datoms, or entities "
              "of the view it was made from");
}

scan_spec matching(index_order order, const components& match, direction way) {
  return {order, scan_bound{match}, scan_bound{match}, way == direction::backward};
}

} // namespace

datom_range::datom_range(std::shared_ptr<const fact_source> source,
                         std::unique_ptr<datom_cursor> cursor)
    : source_(std::move(source)), cursor_(std::move(cursor)) {
  WEFT_ASSERT(cursor_ != nullptr);
}

result<void> datom_range::check() const {
  return check_source(*source_);
}

view::view(std::shared_ptr<const fact_source> source, std::shared_ptr<const weft::schema> schema,
           tx_number basis, time_window window)
    : source_(std::move(source)), schema_(std::move(schema)), basis_(basis), window_(window) {
  WEFT_ASSERT(source_ != nullptr && schema_ != nullptr);
}

// -- time ---

result<view> view::as_of(tx_number t) const {
  if (t > basis_)
    return fail(errc::basis_ahead,
                "transaction " + std::to_string(t.get()) + " is ahead of the view's basis " +
                    std::to_string(basis_.get()),
                {{"t", std::to_string(t.get())}, {"basis", std::to_string(basis_.get())}});
  auto window = window_;
  window.as_of = t;
  return view(source_, schema_, t, window);
}

result<view> view::as_of(instant when) const {
  const scan_spec last_at_or_before{
      .order = index_order::avet,
      .lower = scan_bound{{.attribute = builtin::tx_instant}},
      .upper = scan_bound{{.attribute = builtin::tx_instant, .value = value_view::of(when)}},
      .reverse = true};
  const auto found = source_->scan(last_at_or_before, as_of_only(basis_));
  WEFT_CHECK(check_source(*source_));
  auto window = window_;
  window.as_of = found->valid() ? found->get().t : tx_number(0);
  return view(source_, schema_, window.as_of, window);
}

result<view> view::since(tx_number t) const {
  auto window = window_;
  window.since = std::max(t, window_.since.value_or(t));
  return view(source_, schema_, basis_, window);
}

result<view> view::history() const {
  auto window = window_;
  window.history = true;
  return view(source_, schema_, basis_, window);
}

// -- scans ---

result<datom_range> view::datoms(index_order order, const components& match, direction way) const {
  WEFT_CHECK(check_question(*schema_, order, match));
  return datom_range(source_, source_->scan(matching(order, match, way), window_));
}

result<datom_range> view::seek_datoms(index_order order, const components& from,
                                      direction way) const {
  WEFT_CHECK(check_question(*schema_, order, from));
  scan_spec spec{.order = order, .reverse = way == direction::backward};
  (spec.reverse ? spec.upper : spec.lower) = scan_bound{from};
  return datom_range(source_, source_->scan(spec, window_));
}

result<datom_range> view::index_range(attribute_id a, std::optional<value_view> from,
                                      std::optional<value_view> to, direction way) const {
  WEFT_CHECK(check_question(*schema_, index_order::avet, {.attribute = a, .value = from}));
  WEFT_CHECK(check_question(*schema_, index_order::avet, {.attribute = a, .value = to}));
  const scan_spec spec{
      .order = index_order::avet,
      .lower = scan_bound{.at = {.attribute = a, .value = from}},
      .upper = scan_bound{.at = {.attribute = a, .value = to}, .inclusive = !to.has_value()},
      .reverse = way == direction::backward};
  return datom_range(source_, source_->scan(spec, window_));
}

// -- entities ---

result<entity_map> view::entity(entity_id e) const {
  WEFT_CHECK(check_has_states(window_));
  entity_map out;
  const auto spec = matching(index_order::eavt, {.entity = e}, direction::forward);
  for (auto at = source_->scan(spec, window_); at->valid(); at->next()) {
    const auto& d = at->get();
    if (out.empty() || out.rbegin()->first != d.attribute)
      out.emplace_hint(out.end(), d.attribute, std::vector<value>());
    out.rbegin()->second.emplace_back(d.value);
  }
  WEFT_CHECK(check_source(*source_));
  return out;
}

result<std::optional<value>> view::get(entity_id e, attribute_id a) const {
  WEFT_CHECK(check_has_states(window_));
  const auto spec = matching(index_order::eavt, {.entity = e, .attribute = a}, direction::forward);
  const auto at = source_->scan(spec, window_);
  WEFT_CHECK(check_source(*source_));
  if (!at->valid())
    return std::optional<value>();
  return std::optional(value(at->get().value));
}

result<std::optional<entity_id>> view::lookup(attribute_id a, value_view v) const {
  const auto* found = schema_->find(a);
  if (found == nullptr || found->unique == uniqueness::none)
    return fail(errc::invalid_argument, "attribute " + text_of(*schema_, a) + " is not unique",
                {{"attribute", text_of(*schema_, a)}});
  if (lacks_parts(*found, v))
    return std::optional<entity_id>();
  const auto spec = matching(index_order::avet, {.attribute = a, .value = v}, direction::forward);
  const auto at = source_->scan(spec, as_of_only(basis_));
  WEFT_CHECK(check_source(*source_));
  if (!at->valid())
    return std::optional<entity_id>();
  return std::optional(at->get().entity);
}

result<std::optional<entity_id>> view::ident(std::string_view keyword) const {
  return lookup(builtin::ident, value_view::keyword(keyword));
}

} // namespace weft
