// A log in memory for tests of streams: real records with a real chain, and a schema that grows.
//
//     stream_log log;
//     log.add({{"a/x", 3}, {"b/y", 1}});           // t = 1: three facts of :a/x, one of :b/y
//     publisher p(log.state(), {});
//     p.step(publisher::committed{log.committed(1, 1)}, out);
#pragma once

#include "weft/core/stream/publisher.hpp"

#include <string>
#include <vector>

namespace weft::test {

/// Facts of one attribute, each with a value of so many bytes.
struct some_facts {
  std::string ident;
  std::size_t count = 1;
  std::size_t bytes = 8;
};

class stream_log {
 public:
  stream_log();

  /// Commits a transaction; attributes that are new are declared with it. `noise` makes the values.
  void add(const std::vector<some_facts>& facts, std::uint64_t noise = 1);
  /// So many small transactions of :a/x.
  void add_many(std::size_t count);

  [[nodiscard]] std::size_t size() const noexcept { return records_.size(); }
  [[nodiscard]] tx_number head() const noexcept { return tx_number(records_.size()); }
  [[nodiscard]] stream::stream_point point(std::uint64_t t) const;
  [[nodiscard]] const record_ptr& record(std::uint64_t t) const { return records_.at(t - 1); }
  /// Of all that was committed so far.
  [[nodiscard]] const std::shared_ptr<const schema>& names() const noexcept { return names_; }
  [[nodiscard]] stream_context_ptr context() const {
    return std::make_shared<const stream_context>(stream_context{origin, names_});
  }
  /// The facts of a transaction that pass, as a naive reader finds them.
  [[nodiscard]] datom_list passing(std::uint64_t t, const attribute_filter& filter) const;

  /// What recovery knows after t.
  [[nodiscard]] stream::publisher::state state(std::uint64_t t) const;
  [[nodiscard]] stream::publisher::state state() const { return state(size()); }
  /// Transactions `from` .. `to` as events.
  [[nodiscard]] std::vector<stream::publisher::committed_record> committed(std::uint64_t from,
                                                                           std::uint64_t to) const;
  /// What a reader of the log answers.
  [[nodiscard]] stream::publisher::log_read read(tx_number after, std::size_t bytes) const;

  /// Whose log it is.
  static const stream_origin origin;

 private:
  std::vector<record_ptr> records_;
  std::vector<std::shared_ptr<const schema>> schema_after_; ///< by t; null where it is unchanged
  std::shared_ptr<const schema> names_;
};

} // namespace weft::test
