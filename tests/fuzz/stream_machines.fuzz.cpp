// Arbitrary frames, in any order, for a publisher and for a subscriber: neither breaks, and what
// the subscriber hands on continues without gap and is what the chain says. An input is a list of
// steps: a byte that says which, then what it needs.
#include "weft/core/base/assert.hpp"
#include "weft/core/stream/publisher.hpp"
#include "weft/core/stream/subscriber.hpp"

#include <cstddef>

using namespace weft;
using namespace weft::stream;

namespace {

const stream_origin origin{database_id{{1, 2}}, first_lineage, shard_id(0)};
constexpr std::uint64_t session = 7;

/// Small records with a true chain.
const std::vector<record_ptr>& log_records() {
  static const auto records = [] {
    std::vector<record_ptr> out;
    hash128 before;
    for (std::uint64_t t = 1; t <= 40; ++t) {
      weft::record r;
      r.t = tx_number(t);
      r.when = instant(static_cast<std::int64_t>(t));
      if (t % 3 != 0)
        r.datoms.push_back({entity_id(5), builtin::doc, value::string("x"), r.t, true});
      const auto payload = std::make_shared<const bytes>(*encode_record(r));
      const auto after = chain(before, hash_of(*payload));
      out.push_back(std::make_shared<const stream_record>(record_stamp{r.t, r.when}, before, after,
                                                          shared_bytes(payload)));
      before = after;
    }
    return out;
  }();
  return records;
}

stream_point point(std::uint64_t t) {
  if (t == 0)
    return {};
  const auto& r = *log_records()[t - 1];
  return {r.place(), r.when()};
}

class world {
 public:
  explicit world(byte_reader in) : in_(in) {
    publisher_ = std::make_unique<publisher>(
        publisher::state{.origin = origin, .head = point(10), .schema = schema::bootstrap()},
        publisher::options{.ring_bytes = 600, .sessions_max = 5});
    make_subscriber();
  }

  void run() {
    while (in_.ok() && !in_.at_end())
      step();
    WEFT_ASSERT(publisher_->sessions() <= 5);
  }

 private:
  void make_subscriber() {
    const unsigned kind = in_.at_end() ? 0U : in_.u8();
    subscriber::options how{.session = session, .origin = origin, .start = {}};
    how.start = (kind & 1U) != 0 ? start_at::newest() : start_at::after_t(tx_number(kind % 11));
    if ((kind & 2U) != 0)
      how.filter = *attribute_filter::parse(std::vector<std::string>{"db/doc"});
    if ((kind & 4U) != 0)
      how.name = "mirror";
    filtered_ = (kind & 2U) != 0;
    machine_ = std::make_unique<subscriber>(how);
  }

  template <class Event>
  void tell(const Event& event) {
    out_.clear();
    publisher_->step(event, out_);
    for (const auto& r : out_.reads)
      reads_.push_back(r);
    for (const auto& s : out_.sends) {
      WEFT_ASSERT(encode(s.what).size() <= limits::frame_bytes_max);
      frames_.push_back(s.what);
    }
  }

  template <class Event>
  void hand(const Event& event) {
    subscriber::effects out;
    machine_->step(event, {now_us_, static_cast<std::uint64_t>(now_us_) * 7919U}, out);
    for (const auto& e : out) {
      if (const auto* o = std::get_if<subscriber::opened>(&e))
        check_opened(o->at);
      else if (const auto* d = std::get_if<subscriber::delivery>(&e))
        check(d->batch);
      else if (const auto* s = std::get_if<subscriber::send>(&e))
        said_.push_back(s->what);
    }
  }
  void check_opened(const stream_point& at) {
    WEFT_ASSERT(!place_ || at.place.t >= place_->t);
    place_ = at.place;
  }
  void check(const wal_batch& batch) {
    const auto& r = *batch.record();
    WEFT_ASSERT(r.is_whole() && place_ && r.t() > place_->t);
    WEFT_ASSERT(filtered_ || (r.t() == place_->t.next() && r.before() == place_->chain));
    place_ = r.place();
    static_cast<void>(batch.datoms());
  }

  void step() {
    switch (in_.u8() % 16) {
    case 0: // bytes for the publisher
      if (auto f = decode_client(std::make_shared<const bytes>(in_.counted())))
        tell(publisher::received{peer_id(in_.u8() % 3U), std::move(*f)});
      return;
    case 1: // bytes for the subscriber
      if (auto f = decode_server(std::make_shared<const bytes>(in_.counted())))
        hand(subscriber::received{std::move(*f)});
      return;
    case 2: // one of its own frames
      if (!said_.empty())
        tell(publisher::received{peer_id(0), said_[in_.u8() % said_.size()]});
      return;
    case 3:
      if (!frames_.empty())
        hand(subscriber::received{frames_[in_.u8() % frames_.size()]});
      return;
    case 4:
      commit(1 + in_.u8() % 4U);
      return;
    case 5:
      answer();
      return;
    case 6:
      now_us_ += 1000LL * in_.fixed<std::uint16_t>();
      tell(publisher::tick{now_us_});
      hand(subscriber::tick{});
      return;
    case 7:
      hand(subscriber::connected{});
      return;
    case 8:
      hand(subscriber::disconnected{});
      tell(publisher::gone{peer_id(in_.u8() % 3U)});
      return;
    default:
      more();
    }
  }

  void more() {
    const session_key local{peer_id(9), 1};
    switch (in_.u8() % 8) {
    case 0:
      hand(subscriber::consumed{in_.varint()});
      return;
    case 1:
      hand(subscriber::pause{});
      return;
    case 2:
      hand(subscriber::resume{});
      return;
    case 3:
      hand(subscriber::ack{tx_number(in_.u8()), in_.fixed<std::uint64_t>()});
      return;
    case 4:
      tell(publisher::subscribe{
          local, {start_at::after_t(tx_number(in_.u8() % 45U)), {}, "mirror", in_.varint()}});
      return;
    case 5:
      tell(publisher::credit{local, in_.varint()});
      return;
    case 6: {
      const auto t = in_.u8() % 45U;
      tell(publisher::ack{local, tx_number(t), t <= 40 ? short_hash(point(t).place.chain) : 1});
      return;
    }
    default:
      if (!out_.stores.empty())
        tell(publisher::cursor_stored{publisher::store_cursor(out_.stores[0]).what,
                                      in_.u8() % 2 == 0});
    }
  }

  void commit(std::uint64_t count) {
    std::vector<publisher::committed_record> records;
    auto t = publisher_->head().place.t.get();
    for (; count > 0 && t < log_records().size(); --count) {
      const auto& r = *log_records()[t++];
      records.push_back(
          {r.t(), r.when(), r.chain(), std::make_shared<const bytes>(r.payload()), nullptr});
    }
    tell(publisher::committed{records});
  }

  void answer() {
    if (reads_.empty())
      return;
    const auto read = reads_.back();
    reads_.pop_back();
    const auto how = in_.u8() % 8U;
    if (how == 0) {
      tell(publisher::log_failed{read.after, {errc::overloaded, "later"}});
    } else if (how == 1) {
      tell(publisher::log_failed{read.after, {errc::log_pruned, "gone", {{"earliest", "5"}}}});
    } else {
      publisher::log_read got{point(read.after.get()).place, {}};
      for (auto t = read.after.get(); t < log_records().size() && got.records.size() < how; ++t)
        got.records.push_back(log_records()[t]);
      tell(got);
    }
  }

  byte_reader in_;
  std::unique_ptr<publisher> publisher_;
  std::unique_ptr<subscriber> machine_;
  publisher::effects out_;
  std::vector<publisher::read_log> reads_;
  std::vector<server_frame> frames_;
  std::vector<client_frame> said_;
  std::optional<stream_place> place_;
  bool filtered_ = false;
  std::int64_t now_us_ = 1'000'000;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes input(data, data + size);
  world(byte_reader(input)).run();
  return 0;
}
