// A publisher with a log, stepped by hand, and what it did last.
#pragma once

#include "stream_log.hpp"
#include "support/catch.hpp"

namespace weft::test {

using namespace stream;

struct publisher_fixture {
  stream_log log;
  std::unique_ptr<publisher> machine;
  publisher::effects out;
  publisher::options how;

  /// A publisher of what the log holds now.
  void start() { machine = std::make_unique<publisher>(log.state(), how); }

  template <class Event>
  void step(const Event& event) {
    out.clear();
    machine->step(event, out);
  }
  /// Commits what the log got since.
  void commit() {
    const auto records = log.committed(machine->head().place.t.get() + 1, log.size());
    step(publisher::committed{records});
  }
  void subscribe(std::uint64_t who, start_at at, std::uint64_t granted = 1U << 20U,
                 attribute_filter filter = {}, std::string name = {}) {
    step(publisher::subscribe{key(who), {at, std::move(filter), std::move(name), granted}});
  }
  void open(std::uint64_t peer, start_at at, std::uint64_t granted = 1U << 20U,
            std::uint32_t attempt = 1, attribute_filter filter = {}) {
    step(publisher::received{
        peer_id(peer), open_frame{{7, attempt}, stream_log::origin, at, "", filter, granted}});
  }
  /// Answers the reads that were asked for last.
  void read() {
    const auto reads = out.reads;
    out.clear();
    for (const auto& r : reads)
      machine->step(log.read(r.after, r.bytes), out);
  }

  static session_key key(std::uint64_t who) { return {peer_id(who), 0}; }
  static attribute_filter filter_of(const std::string& pattern) {
    return *attribute_filter::parse(std::vector<std::string>{pattern});
  }
  /// What a local session was told last, of one kind.
  template <class Output>
  [[nodiscard]] std::vector<Output> told(std::uint64_t who) const {
    std::vector<Output> found;
    for (const auto& t : out.tells)
      if (t.who == key(who) && std::holds_alternative<Output>(t.what))
        found.push_back(std::get<Output>(t.what));
    return found;
  }
  /// The frames that were sent last, of one kind.
  template <class Frame>
  [[nodiscard]] std::vector<Frame> sent(std::uint64_t peer) const {
    std::vector<Frame> found;
    for (const auto& s : out.sends)
      if (s.to == peer_id(peer) && std::holds_alternative<Frame>(s.what))
        found.push_back(std::get<Frame>(s.what));
    return found;
  }
  /// t of the records that a local session was told last.
  [[nodiscard]] std::vector<std::uint64_t> records(std::uint64_t who) const {
    std::vector<std::uint64_t> found;
    for (const auto& slice : told<session_records>(who))
      for (const auto& batch : *slice.batches)
        found.push_back(batch.t().get());
    return found;
  }
  /// Why a local session was closed, or refused.
  [[nodiscard]] error closed(std::uint64_t who) const {
    const auto all = told<session_closed>(who);
    return all.empty() ? error{errc::usage, "it was not"} : all.front().reason;
  }
};

using times = std::vector<std::uint64_t>;

} // namespace weft::test
