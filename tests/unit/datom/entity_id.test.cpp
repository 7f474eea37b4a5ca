#include "weft/core/datom/entity_id.hpp"

#include "support/property.hpp"

using namespace weft;

static_assert(limits::shards_max == 1ULL << limits::shard_bits);
static_assert(entity::local_mask == (1ULL << limits::local_bits) - 1);

TEST_CASE("an entity id carries its shard and its local id") {
  rc::prop("any", [] {
    const shard_id shard(*rc::gen::inRange<std::uint16_t>(0, limits::shards_max));
    const auto local = *rc::gen::inRange<std::uint64_t>(0, entity::local_mask + 1);
    const auto e = entity::make(shard, local);
    RC_ASSERT(entity::shard_of(e) == shard);
    RC_ASSERT(entity::local_of(e) == local);
    RC_ASSERT(entity::is_id(e) == (e.get() != 0));
  });
  const auto last = entity::make(shard_id(limits::shards_max - 1), entity::local_mask);
  CHECK(last.get() == (1ULL << 63U) - 1);
  CHECK(entity::is_id(last));
  CHECK_FALSE(entity::is_id(last.next()));
  CHECK_FALSE(entity::is_id(entity_id(0)));
}

TEST_CASE("transactions are entities") {
  for (const std::uint64_t t : {std::uint64_t{1}, std::uint64_t{300}, limits::transactions_max}) {
    const auto e = entity::of_transaction(shard_id(5), tx_number(t));
    CHECK(entity::is_transaction(e));
    CHECK(entity::transaction_of(e) == tx_number(t));
    CHECK(entity::shard_of(e) == shard_id(5));
  }
  CHECK_FALSE(entity::is_transaction(entity::make(shard_id(5), limits::first_user_local)));
  CHECK_FALSE(entity::is_transaction(entity::make(shard_id(5), limits::transactions_max)));
}

TEST_CASE("attributes are the entities of shard 0 below limits::first_user_local") {
  const attribute_id first(limits::first_user_attribute);
  const attribute_id last(limits::first_user_local - 1);
  CHECK(entity::to_attribute(entity::of_attribute(first)) == first);
  CHECK(entity::to_attribute(entity::of_attribute(last)) == last);
  CHECK_FALSE(entity::to_attribute(entity_id(0)).has_value());
  CHECK_FALSE(entity::to_attribute(entity_id(limits::first_user_local)).has_value());
  CHECK_FALSE(entity::to_attribute(entity::make(shard_id(1), 7)).has_value());
}
