// Who consumes in a simulation: one behind a network, or one in the publisher's process. Both hold
// what they get against the log.
#pragma once

#include "simulation.hpp"

namespace weft::test {

class simulation::consumer {
 public:
  consumer(simulation& world, attribute_filter filter, std::string name)
      : world_(world), filter_(std::move(filter)), name_(std::move(name)) {}
  virtual ~consumer() = default;
  consumer(const consumer&) = delete;
  consumer& operator=(const consumer&) = delete;

  /// Something of its own happens: a pause, a crash, a broken connection.
  virtual void misfortune() = 0;
  virtual void tick() = 0;
  virtual void calm_down() = 0;
  virtual void restarted() = 0;
  virtual void finish() {}
  virtual void arrive(stream::peer_id, const bytes&) {}
  virtual void told(const stream::session_key&, const stream::session_output&) {}
  /// Has everything there is.
  [[nodiscard]] bool is_done() const { return place_ && next_after(*place_) == 0; }
  [[nodiscard]] std::string where() const {
    return "consumer of \"" + (filter_.is_everything() ? "*" : filter_.patterns().front()) +
           "\" after " + (place_ ? std::to_string(*place_) : "nothing");
  }

 protected:
  /// The next transaction that it should get after t; 0: none.
  [[nodiscard]] std::uint64_t next_after(std::uint64_t t) const;
  void check(const wal_batch& batch);
  void check_opened(std::uint64_t t);
  void check_watermark(std::uint64_t t);
  /// True when the stream ended because the log was pruned, rightly.
  [[nodiscard]] bool check_closed(const error& why);
  /// Where to begin when it begins again.
  [[nodiscard]] stream::start_at start();

  simulation& world_;
  attribute_filter filter_;
  std::string name_;
  std::optional<std::uint64_t> place_; ///< everything up to here was delivered, or does not pass
  std::uint64_t acked_ = 0;
  bool by_name_ = false; ///< it began again where its cursor stands
};

class simulation::remote_consumer : public consumer {
 public:
  remote_consumer(simulation& world, attribute_filter filter, std::string name);
  void misfortune() override;
  void tick() override { step(stream::subscriber::tick{}); }
  void calm_down() override { step(stream::subscriber::resume{}); }
  void restarted() override { lose_connection(true); }
  void finish() override { count(); }
  void arrive(stream::peer_id at, const bytes& wire) override;

 private:
  void begin();
  void lose_connection(bool told);
  void crash();
  void count();
  void acknowledge();
  template <class Event>
  void step(const Event& event) {
    stream::subscriber::effects out;
    machine_->step(event, {world_.now_us_, world_.dice_.next()}, out);
    for (auto& effect : out)
      std::visit([this](auto& e) { this->perform(e); }, effect);
  }
  void perform(const stream::subscriber::send& e);
  void perform(const stream::subscriber::delivery& e);
  void perform(const stream::subscriber::reconnect&) { connect(); }
  void perform(const stream::subscriber::opened& e) { check_opened(e.at.place.t.get()); }
  void perform(const stream::subscriber::lagged&) { ++world_.seen_.lagged; }
  void perform(const stream::subscriber::gap& e) { gaps_.push_back(e.why.detail); }
  void perform(const stream::subscriber::watermark& e) { check_watermark(e.at.place.t.get()); }
  void perform(const stream::subscriber::schema_changed&) {}
  void perform(const stream::subscriber::closed& e);
  void connect();

  std::unique_ptr<stream::subscriber> machine_;
  std::uint64_t life_ = 0;        ///< of the machine
  std::vector<std::string> gaps_; ///< why, the last few
  stream::peer_id peer_;
  std::int64_t last_in_us_ = 0;
  std::int64_t last_out_us_ = 0;
};

class simulation::local_consumer : public consumer {
 public:
  local_consumer(simulation& world, attribute_filter filter, std::string name);
  void misfortune() override;
  void tick() override {}
  void calm_down() override {}
  void restarted() override;
  void told(const stream::session_key& who, const stream::session_output& what) override;

 private:
  void begin();
  void consume(std::uint64_t bytes);

  stream::session_key key_;
  std::uint64_t granted_ = 0;
};

} // namespace weft::test
