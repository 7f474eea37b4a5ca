#include "simulation_consumers.hpp"

#include "support/catch.hpp"

namespace weft::test {

using namespace stream;

namespace {

constexpr std::uint64_t window_bytes = 128U << 10U;

} // namespace

// -- the model ---

std::uint64_t simulation::consumer::next_after(std::uint64_t t) const {
  for (++t; t <= world_.log_.size(); ++t)
    if (filter_.is_everything() || !world_.log_.passing(t, filter_).empty())
      return t;
  return 0;
}

void simulation::consumer::check(const wal_batch& batch) {
  if (!place_) {
    world_.problem(where() + " got records before it was opened");
    return;
  }
  const auto t = batch.t().get();
  if (t != next_after(*place_)) {
    world_.problem(where() + " got " + std::to_string(t));
    return;
  }
  place_ = t;
  const auto& record = world_.log_.record(t);
  const auto datoms = batch.to_list();
  const bool names =
      !datoms || datoms->empty() || filter_.passes(batch.name_of(datoms->front().attribute));
  if (batch.payload() != record->payload() || batch.chain() != record->chain() ||
      batch.when() != record->when() || !datoms || *datoms != world_.log_.passing(t, filter_) ||
      !names || batch.cursor().at(shard_id(0))->hash != short_hash(record->chain()))
    world_.problem(where() + ": something of it is not what was committed");
}

void simulation::consumer::check_opened(std::uint64_t t) {
  if (by_name_) {
    by_name_ = false;
    ++world_.seen_.resumed_by_name;
    if (t > acked_)
      world_.problem(where() + " resumed at " + std::to_string(t) + " but acknowledged " +
                     std::to_string(acked_));
    place_ = t;
  }
  if (!place_)
    place_ = t;
  if (t < *place_ || (next_after(*place_) != 0 && next_after(*place_) <= t))
    world_.problem(where() + " was opened at " + std::to_string(t));
}

void simulation::consumer::check_watermark(std::uint64_t t) {
  const auto next = place_ ? next_after(*place_) : 1;
  if (!place_ || t < *place_ || (next != 0 && next <= t))
    world_.problem(where() + " was told that it has everything up to " + std::to_string(t));
  place_ = t;
}

bool simulation::consumer::check_closed(const error& why) {
  const bool is_pruned = place_.value_or(acked_) < world_.pruned_ || by_name_;
  if (why.code != errc::cursor_too_old || !is_pruned ||
      why.field("earliest") != std::to_string(world_.pruned_ + 1)) {
    world_.problem(where() + " was closed: " + why.to_string());
    return false;
  }
  ++world_.seen_.too_old;
  place_ = world_.pruned_;
  by_name_ = false;
  name_.clear(); // it begins a new life, behind what is lost
  return true;
}

start_at simulation::consumer::start() {
  if (by_name_)
    return start_at::named(start_at::after_t(tx_number(0)));
  if (!place_)
    return start_at::newest();
  const auto at = world_.log_.point(*place_).place;
  return start_at::after_place(at.t, short_hash(at.chain));
}

// -- behind a network ---

simulation::remote_consumer::remote_consumer(simulation& world, attribute_filter filter,
                                             std::string name)
    : consumer(world, std::move(filter), std::move(name)) {
  if (world.dice_.chance(700))
    place_ = 0; // from the first transaction on
  begin();
}

void simulation::remote_consumer::begin() {
  ++life_;
  machine_ = std::make_unique<subscriber>(
      subscriber::options{.session = world_.dice_.next(),
                          .origin = world_.dice_.chance(500) ? stream_log::origin : stream_origin{},
                          .start = start(),
                          .filter = filter_,
                          .name = name_,
                          .window_bytes = window_bytes,
                          .heartbeat_us = 50'000,
                          .silence_us = 250'000,
                          .backoff_us_min = 2'000,
                          .backoff_us_max = 50'000});
  connect();
}

void simulation::remote_consumer::connect() {
  world_.at(static_cast<std::int64_t>(world_.dice_.below(5'000)), [this, life = life_] {
    if (life != life_)
      return;
    if (world_.faults_ && world_.dice_.chance(200)) {
      step(subscriber::disconnected{});
      return;
    }
    peer_ = peer_id(world_.next_peer_++);
    step(subscriber::connected{});
  });
}

void simulation::remote_consumer::perform(const subscriber::send& e) {
  auto wire = encode(e.what);
  world_.transmit(last_out_us_, [this, from = peer_, wire = std::move(wire)] {
    world_.to_publisher(from, wire);
  });
}

void simulation::remote_consumer::arrive(peer_id at, const bytes& wire) {
  world_.transmit(last_in_us_, [this, at, wire] {
    if (at != peer_)
      return;
    auto frame = decode_server(std::make_shared<const bytes>(wire));
    if (!frame || encode(*frame) != wire)
      world_.problem("a frame does not read as it was written");
    else
      step(subscriber::received{std::move(*frame)});
  });
}

void simulation::remote_consumer::perform(const subscriber::delivery& e) {
  check(e.batch);
  ++world_.seen_.delivered;
  acknowledge();
  if (!e.ends_window)
    return;
  const std::uint64_t slow = world_.dice_.chance(200) ? 100'000 : 2'000;
  world_.at(static_cast<std::int64_t>(world_.dice_.below(slow)), [this, t = e.token, life = life_] {
    if (life == life_)
      step(subscriber::consumed{t});
  });
}

void simulation::remote_consumer::acknowledge() {
  if (name_.empty() || !world_.dice_.chance(200))
    return;
  acked_ = *place_;
  const auto at = world_.log_.point(acked_).place;
  world_.at(0, [this, at, life = life_] {
    if (life == life_)
      step(subscriber::ack{at.t, short_hash(at.chain)});
  });
}

void simulation::remote_consumer::perform(const subscriber::closed& e) {
  if (!e.reason)
    return;
  if (check_closed(*e.reason))
    world_.at(0, [this, life = life_] {
      if (life == life_)
        crash();
    });
}

void simulation::remote_consumer::count() {
  const auto& c = machine_->counts();
  world_.seen_.gaps += c.gaps;
  world_.seen_.doubled += c.doubled;
  world_.seen_.stale += c.stale;
  world_.seen_.silences += c.silences;
  world_.seen_.fragmented += c.reassembled;
  if (c.broken > 0)
    for (const auto& why : gaps_)
      world_.problem(where() + ": " + why);
}

void simulation::remote_consumer::crash() {
  count();
  lose_connection(true);
  if (!name_.empty() && place_ && acked_ > 0)
    by_name_ = true;
  begin();
}

void simulation::remote_consumer::lose_connection(bool told) {
  const auto old = std::exchange(peer_, peer_id(0));
  if (told)
    step(subscriber::disconnected{});
  else
    ++world_.seen_.half_open;
  if (world_.dice_.chance(700))
    world_.at(1'000, [this, old] { world_.tell(publisher::gone{old}); });
}

void simulation::remote_consumer::misfortune() {
  switch (world_.dice_.below(4)) {
  case 0:
    ++world_.seen_.broken;
    lose_connection(world_.dice_.chance(600));
    return;
  case 1:
    ++world_.seen_.crashes;
    crash();
    return;
  default:
    ++world_.seen_.pauses;
    step(subscriber::pause{});
    world_.at(static_cast<std::int64_t>(world_.dice_.below(100'000)), [this, life = life_] {
      if (life == life_)
        step(subscriber::resume{});
    });
  }
}

// -- in the same process ---

simulation::local_consumer::local_consumer(simulation& world, attribute_filter filter,
                                           std::string name)
    : consumer(world, std::move(filter), std::move(name)) {
  if (world.dice_.chance(500))
    place_ = 0;
  begin();
}

void simulation::local_consumer::begin() {
  key_ = {peer_id(world_.next_peer_++), 7};
  granted_ = 1 + world_.dice_.below(window_bytes);
  world_.at(0, [this] {
    world_.tell(publisher::subscribe{key_, {start(), filter_, name_, granted_}});
  });
}

void simulation::local_consumer::consume(std::uint64_t bytes) {
  const std::uint64_t slow = world_.dice_.chance(200) ? 100'000 : 500;
  world_.at(static_cast<std::int64_t>(world_.dice_.below(slow)), [this, bytes, key = key_] {
    if (!(key == key_))
      return;
    granted_ += bytes;
    world_.tell(publisher::credit{key_, granted_});
  });
}

void simulation::local_consumer::told(const session_key& who, const session_output& what) {
  if (!(who == key_))
    return;
  if (const auto* o = std::get_if<session_opened>(&what)) {
    check_opened(o->at.place.t.get());
  } else if (const auto* r = std::get_if<session_records>(&what)) {
    std::uint64_t bytes = 0;
    for (const auto& batch : *r->batches) {
      check(batch);
      ++world_.seen_.delivered_locally;
      bytes += batch.record()->credit_bytes();
    }
    consume(bytes);
  } else if (const auto* w = std::get_if<session_watermark>(&what)) {
    check_watermark(w->at.place.t.get());
  } else if (const auto* c = std::get_if<session_closed>(&what)) {
    if (check_closed(c->reason))
      begin();
  }
}

void simulation::local_consumer::restarted() {
  begin();
}

void simulation::local_consumer::misfortune() {
  ++world_.seen_.crashes;
  world_.tell(publisher::gone{key_.peer});
  begin();
}

} // namespace weft::test
