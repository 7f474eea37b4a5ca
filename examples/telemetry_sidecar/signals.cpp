#include "signals.hpp"

#include <fmt/format.h>

namespace telemetry {

namespace {

std::optional<double> number(weft::value_view x) {
  if (x.type() == weft::value_type::long_)
    return static_cast<double>(x.as_long());
  if (x.type() == weft::value_type::double_)
    return x.as_double();
  return std::nullopt;
}

} // namespace

const char* name_of(signal::kind what) {
  switch (what) {
  case signal::kind::threshold:
    return "threshold";
  case signal::kind::rate:
    return "rate";
  case signal::kind::new_package:
    return "new package";
  }
  return "";
}

void signals::watch(const threshold& rule, const statement& fact, double now,
                    std::vector<signal>& raised) {
  bool& is_raised = is_raised_[{fact.entity, rule.attribute}];
  const auto beyond = [&](double line) { return rule.above ? now > line : now < line; };
  if (is_raised) {
    is_raised = beyond(rule.clear);
  } else if (beyond(rule.limit)) {
    is_raised = true;
    raised.push_back({signal::kind::threshold,
                      fmt::format("{} of entity {} is {}: {} {}", rule.attribute, fact.entity.get(),
                                  now, rule.above ? "above" : "below", rule.limit)});
  }
}

void signals::watch(const rate& rule, const statement& fact, double now,
                    std::vector<signal>& raised) {
  const subject of{fact.entity, rule.attribute};
  const auto [place, is_new] = counters_.try_emplace(of, known{now, fact.when});
  if (is_new)
    return;
  const known before = std::exchange(place->second, known{now, fact.when});
  constexpr double us_a_second = 1e6;
  const auto elapsed = static_cast<double>(fact.when.get() - before.when.get()) / us_a_second;
  if (elapsed <= 0)
    return;
  const double grew = (now - before.value) / elapsed;
  bool& is_raised = is_raised_[of];
  if (grew > rule.a_second && !is_raised)
    raised.push_back(
        {signal::kind::rate, fmt::format("{} of entity {} grows by {:.1f} million a second",
                                         rule.attribute, fact.entity.get(), grew / us_a_second)});
  is_raised = grew > rule.a_second;
}

void signals::hear(const statement& fact, std::vector<signal>& raised) {
  if (fact.attribute == how_.package_attribute)
    raised.push_back({signal::kind::new_package, std::string(fact.value.as_bytes())});
  const auto now = number(fact.value);
  if (!now)
    return;
  for (const threshold& rule : how_.thresholds)
    if (rule.attribute == fact.attribute)
      watch(rule, fact, *now, raised);
  for (const rate& rule : how_.rates)
    if (rule.attribute == fact.attribute)
      watch(rule, fact, *now, raised);
}

weft::result<std::vector<signal>> signals::hear(const weft::wal_batch& batch) {
  std::vector<signal> raised;
  WEFT_TRY(const auto facts, batch.datoms());
  for (const weft::datom_view& d : facts)
    if (d.added)
      hear({d.entity, batch.name_of(d.attribute), d.value, batch.when()}, raised);
  return raised;
}

} // namespace telemetry
