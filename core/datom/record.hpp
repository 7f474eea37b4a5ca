// The record: one transaction as bytes, encoded (and compressed) once. These bytes are the only
// form in which a transaction is stored in logs, sent between nodes and streamed; nobody
// re-encodes.
//
//   WEFT_TRY(const auto payload, encode_record({.t = t, .when = now, .datoms = facts}));
//   WEFT_TRY(const auto view, record_view::decode(payload));
//   for (const datom_view& d : view.datoms()) use(d);
//
// What one side writes the other reads: encoding refuses what decoding would, with the same checks.
// Functions of values: safe from any thread; const is thread-safe.
// @source docs/formats/record.md
#pragma once

#include "weft/core/base/checksum.hpp"
#include "weft/core/datom/datom.hpp"

#include <memory>

namespace weft {

/// Time-ordered 128-bit id of a request: 48 bits of milliseconds since 1970, then random bits
/// (the layout of UUID version 7). The same id twice means the same request.
struct request_id {
  uuid id;
  /// The time the id was made, by its maker's clock, in whole milliseconds. Cost: O(1).
  [[nodiscard]] instant made_at() const noexcept;
  friend constexpr auto operator<=>(const request_id&, const request_id&) noexcept = default;
};

/// A transaction's tempid and what it stands for.
struct resolved_tempid {
  std::string name;
  entity_id entity;
  bool operator==(const resolved_tempid&) const = default;
};

/// Where new ids come from; carried in every record, so ids are never reused.
struct allocators {
  std::uint64_t next_local = limits::first_user_local;         ///< next user entity of the shard
  std::uint64_t next_attribute = limits::first_user_attribute; ///< next attribute, shard 0 only
  bool operator==(const allocators&) const = default;
};

/// Everything a record says. `datoms` are in stream order: by entity and attribute, retractions
/// before assertions (the format keeps any order); all have t. :db/txInstant is not among them
/// (readers synthesise it).
struct record {
  tx_number t;
  instant when;
  shard_id shard;
  std::optional<request_id> request = {};
  hash128 request_hash = {}; ///< of the canonical request; zero without a request id
  allocators next = {};      ///< after this transaction
  std::vector<resolved_tempid> tempids = {};
  datom_list datoms = {};
  bool operator==(const record&) const = default;
};

/// The bytes of a record. Deterministic: equal records give equal bytes, with one version of zstd
/// (that nobody re-encodes makes it the leader's). Cost: O(size); bodies of
/// limits::compression_bytes_min and more are compressed.
/// @errors transaction_too_large when the record, compressed or not, exceeds
/// limits::record_bytes_max, or holds more than limits::transaction_datoms_max datoms;
/// value_too_large and invalid_value as `check`; invalid_argument when an id or t is out of range,
/// a datom has another t, a tempid's name is not UTF-8 of at most limits::tempid_bytes_max bytes,
/// or there is a request hash without a request id.
[[nodiscard]] result<bytes> encode_record(const record& r);

/// A decoded record whose datoms point into the payload (or into its own buffer, when the payload
/// was compressed). Keep the payload's bytes alive as long as this.
class record_view {
 public:
  /// Checks everything: structure, sizes, ids, value rules, nothing left over. Never trusts a
  /// length. Cost: about 20 ns per datom.
  /// @errors malformed_record{section}, unsupported_version{version | flags | codec | extension}
  [[nodiscard]] static result<record_view> decode(bytes_view payload);

  [[nodiscard]] tx_number t() const noexcept { return t_; }
  [[nodiscard]] instant when() const noexcept { return when_; }
  [[nodiscard]] shard_id shard() const noexcept { return shard_; }
  [[nodiscard]] const std::optional<request_id>& request() const noexcept { return request_; }
  [[nodiscard]] hash128 request_hash() const noexcept { return request_hash_; }
  [[nodiscard]] const allocators& next() const noexcept { return next_; }
  [[nodiscard]] const std::vector<resolved_tempid>& tempids() const noexcept { return tempids_; }
  [[nodiscard]] const std::vector<datom_view>& datoms() const noexcept { return datoms_; }
  /// A copy that owns everything. Cost: O(size).
  [[nodiscard]] record to_record() const;

 private:
  class decoder;

  tx_number t_;
  instant when_;
  shard_id shard_;
  std::optional<request_id> request_;
  hash128 request_hash_;
  allocators next_;
  std::vector<resolved_tempid> tempids_;
  std::vector<datom_view> datoms_;
  std::shared_ptr<const bytes> buffer_; // decompressed body, null when the payload was plain
};

/// What the head of a record says.
struct record_stamp {
  tx_number t;
  instant when;
  bool operator==(const record_stamp&) const = default;
};

/// t and instant of a payload, without decoding the rest. Cost: O(1).
/// @errors malformed_record{section}, unsupported_version{version | flags | codec}
[[nodiscard]] result<record_stamp> peek_stamp(bytes_view payload);

/// t of a payload, without decoding the rest. Cost: O(1).
/// @errors malformed_record{section}, unsupported_version{version | flags | codec}
[[nodiscard]] result<tx_number> peek_t(bytes_view payload);

} // namespace weft
