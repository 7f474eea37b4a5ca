#include "weft/core/shard/transactor.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/base/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft {

namespace {

/// Asking the system for the CPU time of a thread takes longer than encoding a record of five
/// datoms, so of records below this size one in so many is timed.
constexpr std::size_t datoms_worth_timing = 100;
constexpr std::uint64_t small_for_each_timed = 64;

} // namespace

transactor::transactor(state from, options how)
    : how_(how), base_(from.committed), overlay_(how.shard), dedup_(std::move(from.dedup)),
      committed_(from.committed.basis()), head_(committed_), committed_last_(from.last),
      last_(from.last), committed_next_(from.next), next_(from.next) {}

/// The instant of the next transaction: the wall clock, but after the last one. A wall clock that
/// is further ahead of the steady one than it ever was is not believed; one that was set back may
/// be set right again.
result<instant> transactor::stamp(instant now, instant steady) {
  const auto offset = now.get() - steady.get();
  if (wall_minus_steady_us_ && offset - *wall_minus_steady_us_ > limits::clock_jump_us_max)
    return fail(
        errc::clock_jumped,
        fmt::format("the wall clock jumped ahead by {} s since the last transaction; set it "
                    "right, or restart to accept it",
                    (offset - *wall_minus_steady_us_) / 1'000'000));
  wall_minus_steady_us_ = std::max(offset, wall_minus_steady_us_.value_or(offset));
  return std::max(now, last_.next());
}

result<std::optional<tx_number>> transactor::known(const submit& event, hash128 hash) const {
  if (!event.id)
    return std::optional<tx_number>();
  return dedup_.find(*event.id, hash, event.now);
}

result<transactor::accepted> transactor::resolve(const submit& event, hash128 hash) {
  if (uncommitted_bytes_ >= limits::uncommitted_bytes_max)
    return fail(errc::overloaded,
                fmt::format("{} bytes of transactions wait for the disk", uncommitted_bytes_));
  WEFT_TRY(const auto when, stamp(event.now, event.steady));
  const auto before = overlay_.over(base_);
  const auto t = head_.next();
  WEFT_TRY(auto made, plan(event.request, {.before = before,
                                           .t = t,
                                           .shard = how_.shard,
                                           .next = next_,
                                           .mode = how_.mode,
                                           .functions = how_.functions,
                                           .clock = how_.clock}));
  record rec{.t = t,
             .when = when,
             .shard = how_.shard,
             .request = event.id,
             .request_hash = hash,
             .next = made.next,
             .tempids = std::move(made.tempids),
             .datoms = std::move(made.datoms)};
  WEFT_TRY(auto payload, encode_timed(rec));
  return accepted{.who = event.who,
                  .t = t,
                  .when = when,
                  .payload = std::make_shared<const bytes>(std::move(payload)),
                  .datoms = std::move(rec.datoms),
                  .tempids = std::move(rec.tempids),
                  .schema_after = std::move(made.schema),
                  .next = rec.next};
}

/// A small record that is timed stands for those since the last one, too.
result<bytes> transactor::encode_timed(const record& rec) {
  const bool small = rec.datoms.size() < datoms_worth_timing;
  const auto before = small ? small_records_++ : 0;
  if (how_.cpu_ns == nullptr || before % small_for_each_timed != 0)
    return encode_record(rec);
  const auto first = how_.cpu_ns();
  const auto begin = how_.cpu_ns();
  auto payload = encode_record(rec);
  const auto spent = how_.cpu_ns() - begin;
  const auto looking = begin - first; // what asking for the time took, which is no encoding
  encode_ns_ += (spent - std::min(spent, looking)) * (before != 0 ? small_for_each_timed : 1);
  return payload;
}

void transactor::answer_or_hold(effects& out, answer what) {
  if (head_ == committed_)
    out.answers.push_back(std::move(what));
  else
    held_.push_back({head_, std::move(what)});
}

transactor::effects transactor::step(const submit& event) {
  effects out;
  if (auto shallow = check_depth(event.request); !shallow) {
    answer_or_hold(out, {event.who, std::move(shallow).error()});
    return out;
  }
  const auto hash = event.id ? canonical_hash(event.request) : hash128{};
  auto answered_by = known(event, hash);
  if (!answered_by) {
    answer_or_hold(out, {event.who, std::move(answered_by).error()});
    return out;
  }
  if (*answered_by) {
    answer_or_hold(out, {event.who, **answered_by});
    return out;
  }
  auto made = resolve(event, hash);
  if (!made) {
    answer_or_hold(out, {event.who, std::move(made).error()});
    return out;
  }
  head_ = made->t;
  last_ = made->when;
  next_ = made->next;
  const bool is_new = dedup_.add(made->t, event.id, hash);
  WEFT_ASSERT(is_new); // or it would have been found
  overlay_.append(made->t, made->when, views_of(made->datoms), made->schema_after);
  proposed_.push_back({made->t, made->when, made->payload->size(), made->next});
  uncommitted_bytes_ += made->payload->size();
  out.propose = std::move(*made);
  return out;
}

transactor::effects transactor::step(const committed& event) {
  effects out;
  const auto t = event.now.basis();
  WEFT_ASSERT(t >= committed_ && t <= head_);
  committed_ = t;
  while (!proposed_.empty() && proposed_.front().t <= t) {
    committed_last_ = proposed_.front().when;
    committed_next_ = proposed_.front().next;
    uncommitted_bytes_ -= proposed_.front().payload_bytes;
    proposed_.pop_front();
  }
  base_ = event.now;
  overlay_.drop_through(t);
  while (!held_.empty() && held_.front().after <= t) {
    out.answers.push_back(std::move(held_.front().answer));
    held_.pop_front();
  }
  return out;
}

transactor::effects transactor::step(const lost&) {
  effects out;
  for (const auto& waits : held_)
    out.again.push_back(waits.answer.who);
  held_.clear();
  proposed_.clear();
  uncommitted_bytes_ = 0;
  overlay_.clear();
  dedup_.drop_after(committed_);
  head_ = committed_;
  last_ = committed_last_;
  next_ = committed_next_;
  return out;
}

} // namespace weft
