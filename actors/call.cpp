#include "weft/actors/call.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace weft::actors {

namespace {

std::size_t bytes_of(const operand& x) {
  const auto sum = [](const auto& items, auto bytes) {
    return std::accumulate(
        items.begin(), items.end(), std::size_t{0},
        [&](std::size_t so_far, const auto& item) { return so_far + sizeof(item) + bytes(item); });
  };
  switch (x.what()) {
  case operand::kind::scalar: {
    const auto seen = x.scalar().view();
    return seen.is_long_form() ? seen.as_bytes().size() : 0;
  }
  case operand::kind::tempid:
  case operand::kind::named:
    return x.text().size();
  case operand::kind::list:
    return sum(x.items(), bytes_of);
  case operand::kind::map:
    return sum(x.entries(), [](const map_entry& entry) {
      return entry.attribute.size() + bytes_of(entry.value);
    });
  case operand::kind::nil:
  case operand::kind::this_transaction:
    break;
  }
  return 0;
}

std::size_t bytes_of(const operation& op) {
  std::size_t out = sizeof(op) + op.attribute.size() + bytes_of(op.entity) + bytes_of(op.value);
  for (const auto& argument : op.arguments)
    out += sizeof(argument) + bytes_of(argument);
  return out;
}

} // namespace

call::call(std::shared_ptr<const tx_request> request, std::optional<request_id> id, permit credit,
           answer_function answer)
    : request_(std::move(request)), id_(id), credit_(std::move(credit)),
      answer_(std::move(answer)) {}

call::~call() {
  if (answered_)
    return;
  if (proposed_)
    answer(fail(errc::outcome_unknown,
                "who carried the transaction ended; retry it with the same id"));
  else
    answer(fail(errc::no_leader, "who would have carried the transaction ended; try again"));
}

void call::answer(result<transacted> outcome) noexcept {
  if (answered_.exchange(true))
    return;
  credit_ = permit{};
  answer_(std::move(outcome));
  answer_ = nullptr;
}

std::size_t approximate_bytes(const tx_request& request) {
  std::size_t out = sizeof(request);
  for (const auto& op : request.operations())
    out += bytes_of(op);
  return out;
}

} // namespace weft::actors
