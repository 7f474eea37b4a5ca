#include "weft/console/cli/commands/arguments.hpp"
#include "weft/console/cli/commands/commands.hpp"
#include "weft/console/cli/commands/facts.hpp"
#include "weft/console/cli/session.hpp"

#include <limits>

namespace weft::console {

namespace {

/// Components in the order of an index: which one stands where.
enum class part { entity, attribute, value };

constexpr std::array<part, 3> parts_of(index_order order) {
  switch (order) {
  case index_order::eavt:
    return {part::entity, part::attribute, part::value};
  case index_order::aevt:
    return {part::attribute, part::entity, part::value};
  case index_order::avet:
    return {part::attribute, part::value, part::entity};
  case index_order::vaet:
    return {part::value, part::attribute, part::entity};
  }
  return {};
}

/// What the components say; owns the value that a scan points at.
struct match {
  std::optional<entity_id> entity = {};
  const attribute* of = nullptr;
  std::optional<value> what = {};

  [[nodiscard]] components view() const {
    components out;
    out.entity = entity;
    if (of != nullptr)
      out.attribute = of->id;
    if (what)
      out.value = what->view();
    return out;
  }
};

result<match> match_argument(const view& db, index_order order,
                             const std::vector<std::string>& texts) {
  match out;
  const auto parts = parts_of(order);
  for (std::size_t i = 0; i < parts.size() && !texts[i].empty(); ++i) {
    if (parts[i] == part::entity) {
      WEFT_TRY(out.entity, entity_argument(db, texts[i]));
    } else if (parts[i] == part::attribute) {
      WEFT_TRY(out.of, attribute_argument(db.schema(), texts[i]));
    } else if (out.of != nullptr) {
      WEFT_TRY(out.what, value_argument(db, *out.of, texts[i]));
    } else { // vaet holds references only
      WEFT_TRY(const auto e, entity_argument(db, texts[i]));
      out.what = value::of(e);
    }
  }
  return out;
}

} // namespace

result<void> datoms(session& in, const datoms_options& options) {
  WEFT_TRY(const auto order, index_argument(options.index));
  WEFT_TRY(const auto db, in.open_reading());
  WEFT_TRY(const auto now, db->view());
  WEFT_TRY(const auto then, in_time(now, options.when));
  WEFT_TRY(const auto wanted, match_argument(then, order, options.components));
  WEFT_TRY(auto found, then.datoms(order, wanted.view(),
                                   options.reverse ? direction::backward : direction::forward));
  const auto out = in.print(fact_columns());
  std::uint64_t left = options.limit.value_or(std::numeric_limits<std::uint64_t>::max());
  for (const auto& d : found) {
    if (left-- == 0 || !in.out().ok())
      break;
    out->row(fact_row(then.schema(), d));
  }
  out->finish();
  return found.check();
}

} // namespace weft::console
