#include "weft/core/tx/functions.hpp"

#include "weft/core/tx/call.hpp"
#include "weft/core/tx/timed_view.hpp"

#include <fmt/format.h>

namespace weft {

namespace {

bool is_reserved(std::string_view name) noexcept {
  const auto space = name.substr(0, name.find('/'));
  return space == "db" || space == "db.fn" || space == "weft";
}

} // namespace

result<void> tx_functions::add(std::string_view name, tx_function function) {
  if (!is_keyword(name) || is_reserved(name) || !function)
    return fail(errc::invalid_argument,
                fmt::format("'{}' cannot name a transaction function", name),
                {{"function", std::string(name)}});
  by_name_.insert_or_assign(std::string(name), std::move(function));
  return {};
}

const tx_function* tx_functions::find(std::string_view name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : &it->second;
}

std::vector<std::string> tx_functions::names() const {
  std::vector<std::string> out;
  out.reserve(by_name_.size());
  for (const auto& [name, function] : by_name_)
    out.push_back(name);
  return out;
}

} // namespace weft

namespace weft::tx {

namespace {

error failed(std::string_view function, std::string why, std::vector<error_field> more = {}) {
  error e{errc::function_failed,
          fmt::format(":{} failed: {}", function, why),
          {{"function", fmt::format(":{}", function)}}};
  e.fields.insert(e.fields.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
  return e;
}

/// The only place where foreign exceptions can arise.
result<tx_request> run_guarded(const tx_function& function, std::string_view name,
                               const function_call& call) {
  try {
    auto answer = function(call);
    if (answer)
      return answer;
    auto fields = std::move(answer.error().fields);
    fields.insert(fields.begin(), {"cause", std::string(info(answer.error().code).name)});
    return fail(failed(name, std::move(answer.error().detail), std::move(fields)));
  } catch (const time_is_up&) {
    return fail(failed(name, "it was not done in time"));
  } catch (const std::exception& e) {
    return fail(failed(name, e.what(), {{"cause", "exception"}}));
  } catch (...) {
    return fail(
        failed(name, "it threw something that is no std::exception", {{"cause", "exception"}}));
  }
}

} // namespace

const deadline& call_runner::until() {
  static const monotonic_us standing_still = [] { return std::int64_t{0}; };
  if (!until_)
    until_.emplace(context_.clock != nullptr ? *context_.clock : standing_still,
                   limits::function_time_us_max);
  return *until_;
}

result<tx_request> call_runner::run_in_time(const tx_function& function, const operation& call) {
  const auto& limit = until();
  const timed_view before(context_.before, limit, context_.clock);
  return run_guarded(function, call.attribute, {before.get(), call.arguments, limit});
}

result<tx_request> call_runner::run(const operation& call, std::size_t depth) {
  const auto* function =
      context_.functions != nullptr ? context_.functions->find(call.attribute) : nullptr;
  if (function == nullptr)
    return fail(errc::unknown_function,
                fmt::format("no function :{} is registered", call.attribute),
                {{"function", fmt::format(":{}", call.attribute)}});
  if (depth >= limits::function_depth_max)
    return fail(
        errc::nesting_too_deep,
        fmt::format("more than {} functions that call each other", limits::function_depth_max),
        {{"function", fmt::format(":{}", call.attribute)}});
  auto answer = run_in_time(*function, call);
  if (until().passed())
    return fail(
        errc::function_timeout,
        fmt::format(":{} was not done after {} us", call.attribute, limits::function_time_us_max),
        {{"function", fmt::format(":{}", call.attribute)},
         {"limit_us", std::to_string(limits::function_time_us_max)}});
  return answer;
}

} // namespace weft::tx
