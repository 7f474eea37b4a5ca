#include "crash/embedded/small_database.hpp"

#include "support/catch.hpp"

#include "weft/core/datom/edn_value.hpp"

#include <array>

namespace weft::test {

using embedded::database;
using persistence::memory_disk;

namespace {

constexpr std::array<std::string_view, 14> transactions = {
    R"([{:user/name "Ada"}])",
    R"([{:user/name "Bob" :user/age 20}])",
    R"([{:user/age 21}])",
    R"([{:db/ident :user/email :db/valueType :db.type/string
         :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}])",
    R"([{:user/email "ada@example.org" :user/age 36}])",
    R"([{:user/email "ada@example.org" :user/age 37}])",
    R"([[:db/retract [:user/email "ada@example.org"] :user/age 37]])",
    R"([{:user/email "bob@example.org" :user/name "Bob"}])",
    R"([[:db/retractEntity [:user/email "bob@example.org"]]])",
    R"([{:user/email "ada@example.org" :user/name "Ada Lovelace"}])",
    R"([{:user/email "eve@example.org" :user/age 1}])",
    R"([{:user/email "eve@example.org" :user/doc "long enough, to be in another segment: 0123456789
         0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789
         0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789"}])",
    R"([{:user/email "eve@example.org" :user/age 3}])",
    R"([{:user/email "eve@example.org" :user/age 4}])",
};

} // namespace

embedded::options small_options(persistence::disk& on) {
  return {.clock = [] { return instant(1'700'000'000'000'000); },
          .segment_bytes = small_segment_bytes,
          .disk = &on};
}

told told_by(const database& db) {
  const auto now = db.view().value();
  told out{now.basis().get(), 0};
  auto all = now.history().value().datoms(index_order::eavt);
  if (!all)
    return {};
  bytes one;
  for (const auto& d : *all) {
    one.clear();
    byte_writer to(one);
    to.fixed(d.entity.get());
    to.fixed(d.attribute.get());
    to.fixed(d.t.get());
    to.u8(d.added ? 1 : 0);
    one += to_edn(d.value);
    out.facts = checksum64(one, out.facts);
  }
  return out;
}

small_script::small_script(std::size_t count) {
  REQUIRE(count <= transactions.size());
  memory_disk disk;
  auto db = database::open(small_folder, small_options(disk));
  REQUIRE(db);
  told_.push_back(told_by(*db));
  for (std::size_t t = 0; t < count; ++t) {
    const auto done = step(*db, t);
    INFO((done ? "" : done.error().to_string()));
    REQUIRE(done);
    told_.push_back(told_by(*db));
  }
}

result<tx_report> small_script::step(database& db, std::size_t t) {
  return db.transact(transactions.at(t));
}

std::string small_script::judge(const told& by, std::size_t least, std::size_t most) const {
  const auto t = static_cast<std::size_t>(by.basis);
  if (t < least || t > most)
    return "it ends with " + std::to_string(t) + ", not with " + std::to_string(least) + " to " +
           std::to_string(most);
  return by == told_[t] ? "" : "other facts at " + std::to_string(t);
}

} // namespace weft::test
