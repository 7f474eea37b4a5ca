// A database for tests of transactions: EDN in, lines of text out.
//
//   tx_database db;
//   db.must(R"([{:db/id "ada" :user/name "Ada"}])");
//   CHECK(db.said(R"([[:db/add $ada :user/name "Eve"]])") ==
//         lines{"- ada :user/name \"Ada\"", "+ ada :user/name \"Eve\""});
//   CHECK(db.refused("[[:db/add 77 :user/age 36]]").code == errc::unknown_entity);
//
// $ada in a text is the entity that a tempid "ada" of an earlier transaction stood for. Lines call
// entities by these names, attributes by their idents. What is declared is left out of `said`.
#pragma once

#include "support/catch.hpp"
#include "support/naive_source.hpp"

#include "weft/core/datom/edn.hpp"
#include "weft/core/datom/edn_value.hpp"
#include "weft/core/tx/plan.hpp"
#include "weft/core/tx/schema/fold.hpp"

#include <map>

namespace weft::test {

using lines = std::vector<std::string>;

class tx_database {
 public:
  schema_mode mode = schema_mode::flexible;
  tx_functions functions;
  std::int64_t clock_us = 0;
  allocators next = {};

  [[nodiscard]] view now() const { return db_.open(); }
  [[nodiscard]] tx_number t() const { return db_.head().next(); }

  /// Plans without effect.
  [[nodiscard]] result<tx_plan> plan(const tx_request& request) {
    const auto before = now();
    const monotonic_us clock = [this] { return clock_us; };
    return weft::plan(request, {.before = before,
                                .t = t(),
                                .next = next,
                                .mode = mode,
                                .functions = &functions,
                                .clock = &clock});
  }
  [[nodiscard]] result<tx_plan> plan(std::string_view text) {
    WEFT_TRY(const auto tree, read_edn(with_ids(text)));
    WEFT_TRY(const auto request, parse_transaction(tree));
    return plan(request);
  }

  /// Transacts; a plan must also fold to the schema it says.
  template <class Request>
  [[nodiscard]] result<tx_plan> transact(const Request& request) {
    WEFT_TRY(auto done, plan(request));
    check_fold(done);
    db_.apply(t(), instant(static_cast<std::int64_t>(t().get()) * 1000), done.datoms, done.schema);
    next = done.next;
    for (const auto& [name, e] : done.tempids) {
      ids_[name] = e;
      names_.try_emplace(e, name);
    }
    return done;
  }

  /// Transacts what must succeed.
  template <class Request>
  tx_plan must(const Request& request) {
    auto done = transact(request);
    INFO((done ? std::string() : done.error().to_string()));
    REQUIRE(done);
    return *std::move(done);
  }

  /// Transacts; what it said about entities that are no attributes.
  template <class Request>
  lines said(const Request& request) {
    return shown(must(request).datoms, false);
  }
  /// Transacts; what it said about attributes.
  template <class Request>
  lines declared(const Request& request) {
    return shown(must(request).datoms, true);
  }

  /// The error of what must not succeed.
  template <class Request>
  error refused(const Request& request) {
    auto done = plan(request);
    REQUIRE(!done);
    return done.error();
  }

  /// What is live about an entity.
  [[nodiscard]] lines about(std::string_view name) {
    auto facts = now().datoms(index_order::eavt, {.entity = id(name)});
    REQUIRE(facts);
    lines out;
    for (const auto& d : *facts)
      out.push_back(line(d));
    return out;
  }

  /// The entity of a tempid of an earlier transaction.
  [[nodiscard]] entity_id id(std::string_view name) const {
    const auto it = ids_.find(name);
    REQUIRE(it != ids_.end());
    return it->second;
  }

 private:
  [[nodiscard]] std::string with_ids(std::string_view text) const {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
      if (text[i] != '$') {
        out += text[i++];
        continue;
      }
      auto end = i + 1;
      while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0))
        ++end;
      out += "#weft/ref " + std::to_string(id(text.substr(i + 1, end - i - 1)).get());
      i = end;
    }
    return out;
  }

  void check_fold(const tx_plan& done) const {
    std::vector<datom_view> views;
    for (const auto& d : done.datoms)
      views.push_back(view_of(d));
    const auto folded = fold_schema(now().shared_schema(), views);
    REQUIRE(folded);
    const auto a = (*folded)->attributes();
    const auto b = done.schema->attributes();
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      INFO(a[i]->ident);
      CHECK(same(*a[i], *b[i]));
      CHECK((*folded)->find(a[i]->ident) == a[i]);
    }
  }

  static bool same(const attribute& a, const attribute& b) {
    return a.id == b.id && a.ident == b.ident && a.type == b.type &&
           a.cardinality == b.cardinality && a.unique == b.unique && a.indexed == b.indexed &&
           a.component == b.component && a.no_history == b.no_history && a.tuple_of == b.tuple_of &&
           a.tuple_types == b.tuple_types && a.check_text == b.check_text &&
           (a.check == nullptr) == (b.check == nullptr);
  }

  [[nodiscard]] std::string name_of(entity_id e) const {
    if (const auto it = names_.find(e); it != names_.end())
      return it->second;
    if (entity::is_transaction(e))
      return "tx" + std::to_string(entity::transaction_of(e).get());
    const auto a = entity::to_attribute(e);
    const auto* found = a ? schema_.find(*a) : nullptr;
    return found != nullptr ? ":" + found->ident : std::to_string(e.get());
  }

  [[nodiscard]] std::string line(const datom_view& d) {
    schema_ = now().schema();
    const auto value =
        d.value.type() == value_type::ref ? name_of(d.value.as_ref()) : to_edn(d.value);
    return name_of(d.entity) + " :" + schema_.find(d.attribute)->ident + " " + value;
  }

  [[nodiscard]] lines shown(const datom_list& datoms, bool of_attributes) {
    lines out;
    for (const auto& d : datoms)
      if (entity::to_attribute(d.entity).has_value() == of_attributes)
        out.push_back((d.added ? "+ " : "- ") + line(view_of(d)));
    return out;
  }

  naive_database db_;
  schema schema_ = *schema::bootstrap();
  std::map<std::string, entity_id, std::less<>> ids_;
  std::map<entity_id, std::string> names_;
};

} // namespace weft::test
