// Text as transactions, in EDN and in JSON, against a small database with a rich schema: whatever
// is refused leaves no trace, and whatever is accepted holds what docs/formats/transaction.md says
// of all transactions. An input is one transaction, or several behind each other, divided by lines
// of two semicolons.
#include "fuzz/said_by_program.hpp"
#include "fuzz/transaction_world.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/datom/json.hpp"
#include "weft/core/datom/record.hpp"
#include "weft/core/db/memory_index.hpp"
#include "weft/core/db/overlay.hpp"
#include "weft/core/tx/plan.hpp"
#include "weft/core/tx/schema/fold.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>

using namespace weft;
using namespace weft::test;

namespace {

constexpr std::size_t transactions_max = 6;

void check_equal(const view& a, const view& b, index_order order) {
  auto of_a = *a.datoms(order);
  auto of_b = *b.datoms(order);
  auto x = of_a.begin();
  auto y = of_b.begin();
  for (; !of_a.empty() && !of_b.empty(); ++x, ++y)
    WEFT_ASSERT(*x == *y);
  WEFT_ASSERT(of_a.empty() && of_b.empty());
}

void check_equal(const view& a, const view& b) {
  WEFT_ASSERT(a.basis() == b.basis());
  for (const auto order : all_index_orders) {
    check_equal(a, b, order);
    check_equal(a.history().value(), b.history().value(), order);
  }
}

/// Types, cardinality and uniqueness hold for everything that is live.
void check_schema_holds(const view& db) {
  datom_view last{}; // of no attribute
  for (auto facts = *db.datoms(index_order::aevt); const auto& d : facts) {
    const auto* a = db.schema().find(d.attribute);
    WEFT_ASSERT(a != nullptr && d.value.type() == a->type && check(d.value).has_value());
    const bool same_place = last.attribute == d.attribute && last.entity == d.entity;
    WEFT_ASSERT(!same_place || a->cardinality == cardinality::many);
    last = d;
  }
  last = {};
  for (auto facts = *db.datoms(index_order::avet); const auto& d : facts) {
    const bool same_value = last.attribute == d.attribute && last.value == d.value;
    WEFT_ASSERT(!same_value || db.schema().find(d.attribute)->unique == uniqueness::none);
    last = d;
  }
}

bool in_stream_order(const datom& a, const datom& b) {
  return std::tie(a.entity, a.attribute, a.added) < std::tie(b.entity, b.attribute, b.added) ||
         (std::tie(a.entity, a.attribute, a.added) == std::tie(b.entity, b.attribute, b.added) &&
          a.value < b.value);
}

/// Two requests that differ in the order of operations only are one.
void check_canonical(const tx_request& request) {
  auto operations = request.operations();
  std::ranges::reverse(operations);
  tx_request reversed;
  for (auto& op : operations)
    reversed.append(std::move(op));
  WEFT_ASSERT(canonical_bytes(reversed) == canonical_bytes(request));
}

/// The database after the first transaction: made once, read by all inputs.
const view& base() {
  static const auto index = [] {
    auto made = std::make_unique<memory_index>();
    const auto& first = first_transaction();
    made->apply(tx_number(1), instant(1), views_of(first.datoms), first.schema);
    return made;
  }();
  static const view opened = index->open();
  return opened;
}

/// A leader, and what it tells its followers.
class world {
 public:
  void transact(const tx_request& request, schema_mode mode) {
    check_canonical(request);
    const auto before = proposed_.over(base());
    const tx_context context{.before = before,
                             .t = before.basis().next(),
                             .next = next_,
                             .mode = mode,
                             .functions = &functions()};
    const auto done = plan(request, context);
    const auto again = plan(request, context);
    WEFT_ASSERT(done.has_value() == again.has_value());
    check_program(request, context, done);
    if (!done) {
      WEFT_ASSERT(done.error().to_string() == again.error().to_string());
      return;
    }
    WEFT_ASSERT(done->datoms == again->datoms && done->tempids == again->tempids &&
                done->next == again->next);
    WEFT_ASSERT(std::ranges::is_sorted(done->datoms, in_stream_order));
    if (!propose(*done, context))
      return;
    check_schema_holds(proposed_.over(base()));
    check_said(*done);
  }

  /// What was refused left no trace: a follower that applies the records of the accepted ones, from
  /// the first on, has the same.
  void finish() const {
    if (log_.empty())
      return;
    memory_index follower;
    auto known = first_transaction().schema;
    follower.apply(tx_number(1), instant(1), views_of(first_transaction().datoms), known);
    for (const auto& payload : log_) {
      const auto read = *record_view::decode(payload);
      const auto folded = fold_schema(known, read.datoms());
      WEFT_ASSERT(folded.has_value());
      known = *folded;
      follower.apply(read.t(), read.when(), read.datoms(), known);
    }
    check_equal(proposed_.over(base()), follower.open());
  }

 private:
  /// A program that says the same gets the same.
  static void check_program(const tx_request& request, const tx_context& context,
                            const result<tx_plan>& done) {
    const auto said = said_by_program(request);
    WEFT_ASSERT(check_depth(said).has_value());
    WEFT_ASSERT(canonical_hash(said) == hash_of(canonical_bytes(said)));
    const auto same = plan(said, context);
    WEFT_ASSERT(same.has_value() == done.has_value());
    if (!done)
      WEFT_ASSERT(same.error().code == done.error().code);
    else
      WEFT_ASSERT(same->datoms == done->datoms && same->next == done->next);
  }

  /// False when it is too large for a record.
  bool propose(const tx_plan& done, const tx_context& context) {
    const record rec{.t = context.t,
                     .when = instant(static_cast<std::int64_t>(context.t.get())),
                     .shard = shard_id(0),
                     .next = done.next,
                     .tempids = done.tempids,
                     .datoms = done.datoms};
    auto payload = encode_record(rec);
    if (!payload) {
      WEFT_ASSERT(payload.error().code == errc::transaction_too_large);
      return false;
    }
    const auto read = record_view::decode(*payload);
    WEFT_ASSERT(read.has_value() && read->to_record() == rec);
    log_.push_back(*std::move(payload));
    proposed_.append(rec.t, rec.when, views_of(done.datoms), done.schema);
    next_ = done.next;
    return true;
  }

  /// Saying it all once more changes nothing.
  void check_said(const tx_plan& done) const {
    const auto now = proposed_.over(base());
    tx_request again;
    for (const auto& d : done.datoms) {
      const auto* a = now.schema().find(d.attribute);
      if (d.added)
        again.add(d.entity, a->ident, d.value);
      else if (a->tuple_of.empty()) // composites cannot be taken back
        again.retract(d.entity, a->ident, d.value);
    }
    const auto nothing = plan(again, {.before = now, .t = now.basis().next(), .next = next_});
    WEFT_ASSERT(nothing.has_value() && nothing->datoms.empty() && nothing->next == next_);
  }

  overlay proposed_;
  allocators next_ = first_transaction().next;
  std::vector<bytes> log_;
};

/// Both forms of one tree are one request, as far as JSON has room for it.
void check_json(const edn& tree, const tx_request& request) {
  const auto json = read_json(to_json(*tree));
  if (!json)
    return;
  const auto transaction = transaction_from_json(*json);
  WEFT_ASSERT(transaction.has_value());
  const auto same = parse_transaction(*transaction);
  WEFT_ASSERT(same.has_value() && canonical_bytes(*same) == canonical_bytes(request));
}

void transact(world& of, const edn& tree, std::string_view text,
              const result<tx_request>& from_text) {
  const auto request = parse_transaction(tree);
  WEFT_ASSERT(request == from_text);
  if (!request) {
    WEFT_ASSERT(!request.error().to_string().empty());
    return;
  }
  check_json(tree, *request);
  of.transact(*request, text.size() % 2 == 0 ? schema_mode::flexible : schema_mode::strict);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  world of;
  for (std::size_t i = 0; i < transactions_max && !rest.empty(); ++i) {
    const auto end = rest.find("\n;;\n");
    const auto text = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 4);
    if (const auto tree = read_edn(text))
      transact(of, *tree, text, parse_edn_transaction(text));
    if (const auto tree = read_json(text))
      if (const auto transaction = transaction_from_json(*tree))
        transact(of, *transaction, text, parse_json_transaction(text));
  }
  of.finish();
  return 0;
}
