#include "weft/core/tx/operand.hpp"

namespace weft {

// Here, where map_entry is complete.
operand::operand() noexcept = default;
operand::operand(const operand&) = default;
operand::operand(operand&&) noexcept = default;
operand& operand::operator=(const operand&) = default;
operand& operand::operator=(operand&&) noexcept = default;
operand::~operand() = default;
operand::operand(value v) : of_(std::move(v)) {}

operand::kind operand::what() const noexcept {
  return static_cast<kind>(of_.index());
}

std::optional<value_view> operand::scalar_of(value_type type) const noexcept {
  const auto* v = std::get_if<value>(&of_);
  if (v == nullptr || v->type() != type)
    return std::nullopt;
  return v->view();
}

const std::string& operand::text() const noexcept {
  if (const auto* t = std::get_if<tempid_name>(&of_))
    return t->text;
  return std::get<entity_name>(of_).text;
}

// Written out: with `= default` it would throw what itself throws, which clang does not survive.
bool operand::operator==(const operand& other) const {
  return of_ == other.of_;
}

operand tempid(std::string_view name) {
  operand out;
  out.of_ = operand::tempid_name{std::string(name)};
  return out;
}

operand lookup(std::string_view attribute, operand v) {
  return list_of({value::keyword(attribute), std::move(v)});
}

operand ident(std::string_view keyword) {
  return {value::keyword(keyword)};
}

operand named(std::string_view name) {
  operand out;
  out.of_ = operand::entity_name{std::string(name)};
  return out;
}

operand this_transaction() {
  operand out;
  out.of_ = operand::current_transaction{};
  return out;
}

bool names_this_transaction(std::string_view text) noexcept {
  return text == "db/current-tx" || text == "datomic.tx";
}

operand list_of(std::vector<operand> items) {
  operand out;
  out.of_ = std::move(items);
  return out;
}

operand map_of(std::vector<map_entry> entries) {
  operand out;
  out.of_ = std::move(entries);
  return out;
}

} // namespace weft
