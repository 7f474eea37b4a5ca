#include "simulation.hpp"

#include "simulation_consumers.hpp"
#include "support/catch.hpp"

namespace weft::test {

using namespace stream;

std::uint64_t dice::next() noexcept {
  auto z = (state_ += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

seen& seen::operator+=(const seen& more) {
  static_assert(sizeof(seen) % sizeof(std::uint64_t) == 0);
  auto* to = &lost;
  const auto* from = &more.lost;
  for (std::size_t i = 0; i < sizeof(seen) / sizeof(std::uint64_t); ++i)
    to[i] += from[i];
  return *this;
}

simulation::simulation(std::uint64_t seed) : seed_(seed), dice_(seed) {
  log_.add_many(dice_.below(30));
  restart();
  const std::vector<std::vector<std::string>> filters = {
      {}, {}, {"a/*"}, {"b/y"}, {"big/*", "a/x"}};
  for (std::size_t i = 0; i < 6; ++i) {
    const auto filter = attribute_filter::parse(filters[dice_.below(filters.size())]);
    const auto name = i % 2 == 0 ? "cursor " + std::to_string(i) : std::string();
    if (i < 4)
      consumers_.push_back(std::make_unique<remote_consumer>(*this, *filter, name));
    else
      consumers_.push_back(std::make_unique<local_consumer>(*this, *filter, ""));
  }
}

simulation::~simulation() = default;

void simulation::problem(const std::string& what) {
  if (problems_.size() < 20)
    problems_.push_back("seed " + std::to_string(seed_) + ", " + std::to_string(now_us_) +
                        " us: " + what);
}

void simulation::at(std::int64_t in_us, std::function<void()> what) {
  agenda_.emplace(now_us_ + in_us, std::move(what));
}

// -- what happens ---

void simulation::commit() {
  const auto from = log_.size() + 1;
  for (auto n = dice_.below(4) + 1; n > 0; --n) {
    const auto kind = dice_.below(100);
    if (kind < 3) { // around the largest frame
      const auto whole = limits::frame_bytes_max - 300 + dice_.below(400);
      log_.add({{"big/one", 1, whole}}, dice_.next());
    } else if (kind < 5) {
      log_.add({{"a/x"}, {"big/two", 3, 200'000}, {"b/y"}}, dice_.next());
    } else if (kind < 10) {
      log_.add({});
    } else if (kind < 14) {
      log_.add({{"a/new" + std::to_string(log_.size())}, {"b/y"}});
    } else {
      log_.add({{dice_.chance(500) ? "a/x" : "c/z", 1 + dice_.below(5)},
                {"b/other"},
                {dice_.chance(300) ? "b/y" : "c/z"}});
    }
  }
  tell(publisher::committed{log_.committed(from, log_.size())});
}

void simulation::restart() {
  ++life_;
  auto state = log_.state();
  for (const auto& [name, c] : durable_)
    state.cursors.push_back(c);
  state.now_us = now_us_;
  if (publisher_)
    seen_.skipped += publisher_->counts().skipped;
  publisher_ = std::make_unique<publisher>(
      state, publisher::options{.ring_bytes = 1'000 + dice_.below(60'000),
                                .read_bytes = 500 + dice_.below(100'000),
                                .idle_us = 20'000,
                                .heartbeat_us = 50'000,
                                .silence_us = 250'000});
  for (const auto& c : consumers_)
    c->restarted();
}

void simulation::transmit(std::int64_t& last_us, std::function<void()> arrive) {
  if (faults_ && dice_.chance(8)) {
    ++seen_.lost;
    return;
  }
  const auto delay = static_cast<std::int64_t>(50 + dice_.below(500));
  if (faults_ && dice_.chance(10)) {
    ++seen_.repeated;
    at(delay + static_cast<std::int64_t>(dice_.below(50'000)), arrive);
  }
  if (faults_ && dice_.chance(8)) {
    ++seen_.reordered;
    at(20'000, std::move(arrive));
    return;
  }
  last_us = std::max(last_us, now_us_ + delay);
  agenda_.emplace(last_us, std::move(arrive));
}

void simulation::to_publisher(peer_id from, const bytes& wire) {
  auto frame = decode_client(std::make_shared<const bytes>(wire));
  if (!frame || encode(*frame) != wire)
    problem("a frame does not read as it was written");
  else
    tell(publisher::received{from, std::move(*frame)});
}

// -- what the publisher wants ---

void simulation::perform(publisher::effects& out) {
  for (const auto& s : out.sends)
    for (const auto& c : consumers_)
      c->arrive(s.to, encode(s.what));
  for (const auto& t : out.tells)
    for (const auto& c : consumers_)
      c->told(t.who, t.what);
  for (const auto& r : out.reads)
    answer(r);
  for (const auto& s : out.stores)
    store(s.what);
  for (const auto& e : out.ended)
    if (e.reason.code == errc::not_subscribed)
      ++seen_.silent;
}

void simulation::answer(const publisher::read_log& read) {
  ++seen_.reads;
  at(static_cast<std::int64_t>(dice_.below(10'000)), [this, read, life = life_] {
    if (life != life_)
      return;
    if (faults_ && dice_.chance(150)) {
      ++seen_.reads_failed;
      tell(publisher::log_failed{read.after, {errc::disk_full, "for a moment"}});
    } else if (faults_ && dice_.chance(50)) {
      tell(publisher::log_read{log_.point(read.after.get()).place, {}});
    } else if (read.after.get() < pruned_) {
      tell(publisher::log_failed{
          read.after, {errc::log_pruned, "gone", {{"earliest", std::to_string(pruned_ + 1)}}}});
    } else {
      tell(log_.read(read.after, read.bytes));
    }
  });
}

void simulation::store(const named_cursor& c) {
  at(static_cast<std::int64_t>(dice_.below(5'000)), [this, c, life = life_] {
    const bool fails = faults_ && dice_.chance(200);
    if (!fails && durable_[c.name].t < c.t)
      durable_[c.name] = c;
    ++(fails ? seen_.stores_failed : seen_.stored);
    if (life == life_)
      tell(publisher::cursor_stored{c, !fails});
  });
}

// -- time ---

void simulation::run() {
  constexpr std::int64_t faults_us = 3'000'000;
  constexpr std::int64_t end_us = 30'000'000;
  std::function<void()> tick = [&] {
    tell(publisher::tick{now_us_});
    for (const auto& c : consumers_)
      c->tick();
    at(10'000, tick);
  };
  std::function<void()> work = [&] {
    if (log_.size() < 400)
      commit();
    if (dice_.chance(30))
      consumers_[dice_.below(consumers_.size())]->misfortune();
    if (dice_.chance(3)) {
      ++seen_.restarts;
      restart();
    }
    if (dice_.chance(3))
      pruned_ = std::max(pruned_, dice_.below(log_.size() + 1));
    if (faults_)
      at(static_cast<std::int64_t>(dice_.below(30'000)), work);
  };
  tick();
  work();
  bool done = false;
  while (!done && now_us_ < end_us && problems_.empty()) {
    auto next = agenda_.extract(agenda_.begin());
    now_us_ = next.key();
    if (faults_ && now_us_ > faults_us) {
      faults_ = false;
      for (const auto& c : consumers_)
        c->calm_down();
    }
    next.mapped()();
    done = !faults_ && std::all_of(consumers_.begin(), consumers_.end(),
                                   [](const auto& c) { return c->is_done(); });
  }
  if (!done)
    for (const auto& c : consumers_)
      problem(c->where() + (c->is_done() ? " has everything" : " lacks the rest"));
  for (const auto& c : consumers_)
    c->finish();
  seen_.skipped += publisher_->counts().skipped;
}

} // namespace weft::test
