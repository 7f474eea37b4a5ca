#include "fuzz/transaction_world.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/datom/edn.hpp"
#include "weft/core/db/memory_index.hpp"

#include <stdexcept>

namespace weft::test {

namespace {

constexpr std::string_view users_and_orders = R"(
  {:db/ident :user/email :db/valueType :db.type/string :db/unique :db.unique/identity}
  {:db/ident :user/badge :db/valueType :db.type/long :db/unique :db.unique/value}
  {:db/ident :user/name :db/valueType :db.type/string :db/doc "as others call them"}
  {:db/ident :user/nick :db/valueType :db.type/string :db/cardinality :db.cardinality/many}
  {:db/ident :user/friend :db/valueType :db.type/ref}
  {:db/ident :user/likes :db/valueType :db.type/ref :db/cardinality :db.cardinality/many}
  {:db/ident :user/score :db/valueType :db.type/long :db/noHistory true}
  {:db/ident :user/secret :db/valueType :db.type/string :db/index false}
  {:db/ident :order/no :db/valueType :db.type/long :db/unique :db.unique/identity}
  {:db/ident :order/of :db/valueType :db.type/ref :db/unique :db.unique/identity}
  {:db/ident :order/lines :db/valueType :db.type/ref :db/isComponent true
   :db/cardinality :db.cardinality/many}
  {:db/ident :order/note :db/valueType :db.type/ref :db/isComponent true}
  {:db/ident :line/sku :db/valueType :db.type/string}
  {:db/ident :line/count :db/valueType :db.type/long}
  {:db/ident :line/key :db/valueType :db.type/tuple :db/tupleAttrs [:line/sku :line/count]
   :db/unique :db.unique/identity}
  {:db/id "ada" :user/email "ada@x" :user/badge 1 :user/name "Ada" :user/nick ["a" "aa"]
   :user/friend "bob" :user/likes ["ada" "bob" "red"] :user/score 7 :user/secret "s"}
  {:db/id "bob" :user/email "bob@x" :user/badge 2 :user/name "Bob" :weft/name "bob"}
  {:order/no 1 :order/of "ada" :order/lines [{:line/sku "A" :line/count 1} {:line/sku "B"}]
   :order/note {:user/name "note"}}
  {:db/id "red" :db/ident :color/red}
  {:db/ident :color/blue}
  [:db/add :db/current-tx :audit/by "fuzzer"])";

constexpr std::string_view values_and_checks = R"(
  {:db/ident :v/boolean :db/valueType :db.type/boolean}
  {:db/ident :v/long :db/valueType :db.type/long}
  {:db/ident :v/double :db/valueType :db.type/double}
  {:db/ident :v/instant :db/valueType :db.type/instant}
  {:db/ident :v/ref :db/valueType :db.type/ref}
  {:db/ident :v/keyword :db/valueType :db.type/keyword}
  {:db/ident :v/string :db/valueType :db.type/string}
  {:db/ident :v/uuid :db/valueType :db.type/uuid}
  {:db/ident :v/bytes :db/valueType :db.type/bytes}
  {:db/ident :v/pair :db/valueType :db.type/tuple :db/tupleTypes [:db.type/long :db.type/string]}
  {:db/ident :v/same :db/valueType :db.type/tuple :db/tupleType :db.type/ref}
  {:db/ident :v/vector :db/valueType :db.type/vector}
  {:db/ident :check/range :db/valueType :db.type/double :weft/check [:range 0 3]}
  {:db/ident :check/enum :db/valueType :db.type/keyword :weft/check [:enum :a :b]}
  {:db/ident :check/regex :db/valueType :db.type/string :weft/check [:regex "a+b?"]}
  {:db/ident :check/length :db/valueType :db.type/string :weft/check [:length 1 3]})";

result<tx_request> increase(const function_call& call) {
  if (call.arguments.size() != 2)
    return fail(errc::invalid_argument, "an entity and an attribute");
  const auto e = call.arguments[0].scalar_of(value_type::ref);
  const auto name = call.arguments[1].scalar_of(value_type::keyword);
  if (!e || !name)
    return fail(errc::invalid_argument, "an entity and an attribute");
  const auto* a = call.before.schema().find(name->as_bytes());
  const auto now = a != nullptr ? call.before.get(e->as_ref(), a->id).value() : std::nullopt;
  const bool counts = now && now->type() == value_type::long_;
  const auto n = counts ? static_cast<std::uint64_t>(now->view().as_long()) : 0;
  return tx_request{}.cas(*e, name->as_bytes(), counts ? operand(*now) : operand(),
                          static_cast<std::int64_t>(n + 1));
}

result<tx_request> state(const function_call& call) {
  if (call.arguments.size() != 3 || !call.arguments[1].scalar_of(value_type::keyword))
    return fail(errc::invalid_argument, "an entity, an attribute and a value");
  const auto name = call.arguments[1].scalar_of(value_type::keyword)->as_bytes();
  return tx_request{}.add(call.arguments[0], name, call.arguments[2]);
}

tx_functions make_functions() {
  tx_functions out;
  const auto add = [&out](std::string_view name, tx_function f) {
    WEFT_ASSERT(out.add(name, std::move(f)).has_value());
  };
  add("fn/inc", increase);
  add("fn/add", state);
  add("fn/fail", [](const function_call&) -> result<tx_request> {
    return fail(errc::check_failed, "as it should");
  });
  add("fn/throw",
      [](const function_call&) -> result<tx_request> { throw std::runtime_error("thrown"); });
  add("fn/loop",
      [](const function_call&) -> result<tx_request> { return tx_request{}.call("fn/loop", {}); });
  return out;
}

tx_plan make_first() {
  const auto tree =
      read_edn("[" + std::string(users_and_orders) + std::string(values_and_checks) + "]");
  WEFT_ASSERT(tree.has_value());
  const auto request = parse_transaction(*tree);
  WEFT_ASSERT(request.has_value());
  const memory_index empty;
  auto done = plan(*request, {.before = empty.open(), .t = tx_number(1)});
  WEFT_ASSERT(done.has_value());
  return *std::move(done);
}

} // namespace

const tx_plan& first_transaction() {
  static const tx_plan made = make_first();
  return made;
}

const tx_functions& functions() {
  static const tx_functions made = make_functions();
  return made;
}

} // namespace weft::test
