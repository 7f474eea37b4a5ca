// A committed record on its way to subscribers: its bytes, shared and immutable, with the chain
// hash before and after it, so that whoever holds it can tell that it is whole and where it
// belongs. It is decoded when somebody looks inside, once for all who share it.
//
//   const auto rec = std::make_shared<const stream_record>(stamp, before, chain, payload);
//   if (rec->is_whole()) use(rec->decoded());
//
// Thread rule: const is thread-safe; decoded() may be called by several threads at once.
#pragma once

#include "weft/core/base/made_once.hpp"
#include "weft/core/datom/record.hpp"

#include <memory>

namespace weft {

/// Bytes and who keeps them alive: a record of its own, or a frame that holds many.
struct shared_bytes {
  std::shared_ptr<const void> owner;
  bytes_view view;

  shared_bytes() = default;
  shared_bytes(std::shared_ptr<const void> keeper, bytes_view what) noexcept
      : owner(std::move(keeper)), view(what) {}
  /// All of `whole`, which may not be null.
  explicit shared_bytes(const std::shared_ptr<const bytes>& whole) noexcept
      : owner(whole), view(*whole) {}
};

/// A place in one log: after the transaction t, where the chain hash is `chain`.
struct stream_place {
  tx_number t;
  hash128 chain;
  friend bool operator==(const stream_place&, const stream_place&) noexcept = default;
};

class stream_record {
 public:
  /// `stamp` is what the payload says (peek_stamp), `chain` is h_t and `before` h_(t-1).
  stream_record(record_stamp stamp, hash128 before, hash128 chain, shared_bytes payload) noexcept
      : stamp_(stamp), before_(before), chain_(chain), payload_(std::move(payload)) {}

  [[nodiscard]] tx_number t() const noexcept { return stamp_.t; }
  [[nodiscard]] instant when() const noexcept { return stamp_.when; }
  [[nodiscard]] hash128 before() const noexcept { return before_; }
  [[nodiscard]] hash128 chain() const noexcept { return chain_; }
  [[nodiscard]] bytes_view payload() const noexcept { return payload_.view; }
  [[nodiscard]] const shared_bytes& shared_payload() const noexcept { return payload_; }
  [[nodiscard]] stream_place place() const noexcept { return {stamp_.t, chain_}; }
  /// What it costs of a subscriber's credit. Cost: O(1).
  [[nodiscard]] std::uint64_t credit_bytes() const noexcept {
    return payload_.view.size() + limits::stream_record_cost_bytes;
  }
  /// Whether the bytes are those that the chain names. Cost: O(payload), 20 GB/s.
  [[nodiscard]] bool is_whole() const noexcept;
  /// The record inside. @errors as record_view::decode. Cost: that of decoding, once; then O(1).
  [[nodiscard]] const result<record_view>& decoded() const;

 private:
  record_stamp stamp_;
  hash128 before_;
  hash128 chain_;
  shared_bytes payload_;
  mutable made_once<result<record_view>> decoded_;
};

using record_ptr = std::shared_ptr<const stream_record>;

} // namespace weft
