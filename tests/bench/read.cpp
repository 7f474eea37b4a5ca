// Hot reads of the Debian catalogue, against SQLite in memory with the same facts: a table of
// datoms (e, a, v, t) clustered by (e, a, v, t), with a covering index by (a, v, e, t), and a table
// of the history clustered by (e, a, t, v); prepared statements; both sides read every column of
// every fact, and must find the same.
#include "support/catalogue.hpp"
#include "support/figures.hpp"
#include "support/machine.hpp"
#include "support/must.hpp"
#include "support/options.hpp"
#include "support/sqlite_datoms.hpp"
#include "support/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <random>

namespace weft::bench {
namespace {

/// What reading came to: equal on both sides when they read the same facts.
struct tally {
  std::uint64_t facts = 0;
  std::uint64_t sum = 0;

  void add(std::uint64_t e, std::uint64_t a, std::uint64_t t, std::uint64_t v) {
    ++facts;
    sum += e * 3 + a * 5 + t * 7 + v;
  }
  void add_text(std::uint64_t e, std::uint64_t a, std::uint64_t t, std::string_view text) {
    add(e, a, t, text.size() * 251 + static_cast<unsigned char>(text.empty() ? 0 : text.back()));
  }
  void add(const datom_view& d) {
    const auto e = d.entity.get();
    const auto a = d.attribute.get();
    if (d.value.is_long_form())
      add_text(e, a, d.t.get(), d.value.as_bytes());
    else if (d.value.type() == value_type::ref)
      add(e, a, d.t.get(), d.value.as_ref().get());
    else
      add(e, a, d.t.get(), static_cast<std::uint64_t>(d.value.as_long()));
  }
  bool operator==(const tally&) const = default;
};

/// What both sides are asked about.
struct questions {
  std::vector<entity_id> packages;
  std::vector<std::string> package_ids; ///< :package/id of packages
  std::vector<entity_id> names;         ///< things that are depended on
  attribute_id id;
  attribute_id depends;
  attribute_id installed;
  attribute_id summary;
};

class weft_side {
 public:
  explicit weft_side(const embedded::database& db) : db_(&db) {}
  void entity(tally& into, entity_id e) const {
    walk(into, must(db_->view()), index_order::eavt, {.entity = e});
  }
  void entity_map(tally& into, entity_id e) const {
    const auto facts = must(must(db_->view()).entity(e));
    for (const auto& [a, values] : facts)
      into.facts += values.size();
  }
  void attribute(tally& into, attribute_id a) const {
    walk(into, must(db_->view()), index_order::aevt, {.attribute = a});
  }
  void lookup(tally& into, attribute_id a, std::string_view text) const {
    walk(into, must(db_->view()), index_order::avet,
         {.attribute = a, .value = value_view::string(text)});
  }
  void referrers(tally& into, attribute_id a, entity_id of) const {
    walk(into, must(db_->view()), index_order::vaet, {.attribute = a, .value = value_view::of(of)});
  }
  void history(tally& into, entity_id e, attribute_id a) const {
    walk(into, must(must(db_->view()).history()), index_order::eavt, {.entity = e, .attribute = a});
  }

 private:
  static void walk(tally& into, const view& of, index_order order, const components& match) {
    for (const datom_view& d : must(of.datoms(order, match)))
      into.add(d);
  }
  const embedded::database* db_;
};

class sqlite_side {
 public:
  explicit sqlite_side(const view& facts) : db_(":memory:") {
    create_datoms(db_);
    db_.run("CREATE TABLE history(e INTEGER, a INTEGER, t INTEGER, v, added INTEGER, "
            "PRIMARY KEY(e, a, t, v, added)) WITHOUT ROWID");
    db_.run("BEGIN");
    fill(facts, "INSERT INTO datoms(e, a, v, t) VALUES(?1, ?2, ?3, ?4)", false);
    fill(must(facts.history()), "INSERT INTO history(e, a, v, t, added) VALUES(?1, ?2, ?3, ?4, ?5)",
         true);
    db_.run("COMMIT");
    create_index(db_);
    db_.run("ANALYZE");
    entity_.emplace(db_.prepare("SELECT e, a, v, t FROM datoms WHERE e = ?1"));
    attribute_.emplace(db_.prepare("SELECT e, a, v, t FROM datoms WHERE a = ?1"));
    value_.emplace(db_.prepare("SELECT e, a, v, t FROM datoms WHERE a = ?1 AND v = ?2"));
    history_.emplace(
        db_.prepare("SELECT e, a, v, t FROM history WHERE e = ?1 AND a = ?2 ORDER BY t DESC"));
  }
  void entity(tally& into, entity_id e) { drain(into, entity_->bind(1, integer(e))); }
  void attribute(tally& into, attribute_id a) { drain(into, attribute_->bind(1, integer(a))); }
  void lookup(tally& into, attribute_id a, std::string_view text) {
    drain(into, value_->bind(1, integer(a)).bind(2, text));
  }
  void referrers(tally& into, attribute_id a, entity_id of) {
    drain(into, value_->bind(1, integer(a)).bind(2, integer(of)));
  }
  void history(tally& into, entity_id e, attribute_id a) {
    drain(into, history_->bind(1, integer(e)).bind(2, integer(a)));
  }

 private:
  template <class Id>
  static std::int64_t integer(Id id) {
    return static_cast<std::int64_t>(id.get());
  }
  void fill(const view& facts, const std::string& sql, bool with_added) {
    auto insert = db_.prepare(sql);
    for (const datom_view& d : must(facts.datoms(index_order::eavt))) {
      if (d.attribute.get() < limits::first_user_attribute)
        continue;
      bind_datom(insert, d);
      if (with_added)
        insert.bind(5, std::int64_t{d.added});
      insert.run();
    }
  }
  static void drain(tally& into, sqlite_statement& query) {
    while (query.step()) {
      const auto at = [&](int column) { return static_cast<std::uint64_t>(query.integer(column)); };
      if (query.type(2) == SQLITE_TEXT)
        into.add_text(at(0), at(1), at(3), query.text(2));
      else
        into.add(at(0), at(1), at(3), at(2));
    }
  }

  sqlite db_;
  std::optional<sqlite_statement> entity_;
  std::optional<sqlite_statement> attribute_;
  std::optional<sqlite_statement> value_;
  std::optional<sqlite_statement> history_;
};

using read = std::function<void(tally&, std::size_t)>; ///< the n-th read of a sequence

/// Time and facts of one read, from a loop of `seconds`.
struct pace {
  double us = 0;
  double facts = 0;
};

pace run_loop(const read& one, double seconds) {
  tally into;
  std::size_t reads = 0;
  const auto begin = clock::now();
  double passed = 0;
  do {
    one(into, reads++);
    passed = seconds_since(begin);
  } while (passed < seconds);
  return {passed * 1e6 / static_cast<double>(reads),
          static_cast<double>(into.facts) / static_cast<double>(reads)};
}

/// Both sides find the same in the first reads of the sequence.
void check_equal(const std::string& name, const read& ours, const read& theirs) {
  tally a;
  tally b;
  for (std::size_t n = 0; n < 100; ++n) {
    ours(a, n);
    theirs(b, n);
  }
  must(a == b && a.facts != 0, name + ": comparing what both sides found");
}

struct comparison {
  std::string name;
  read ours;
  read theirs;
  std::vector<target> aims;
  bool same_facts = true;
};

void compare(report& out, const options& how, const comparison& c) {
  if (c.same_facts)
    check_equal(c.name, c.ours, c.theirs);
  std::vector<double> ours;
  std::vector<double> theirs;
  double facts = 0;
  for (int round = 0; round < how.rounds; ++round) {
    const pace our_pace = run_loop(c.ours, how.seconds);
    ours.push_back(our_pace.us);
    facts = our_pace.facts;
    theirs.push_back(run_loop(c.theirs, how.seconds).us);
  }
  out.add({.name = "read." + c.name,
           .parameters = {{"facts", fmt::format("{:.0f}", facts)}},
           .value = median(ours),
           .unit = "us",
           .against = baseline{"SQLite", median(theirs)},
           .aims = c.aims});
}

questions choose(const view& facts) {
  questions q;
  const auto id_of = [&](std::string_view ident) { return facts.schema().find(ident)->id; };
  q.id = id_of("package/id");
  q.depends = id_of("package/depends");
  q.installed = id_of("package/installed-kib");
  q.summary = id_of("package/summary");
  std::vector<std::pair<entity_id, std::string>> packages;
  for (const datom_view& d : must(facts.datoms(index_order::aevt, {.attribute = q.id})))
    packages.emplace_back(d.entity, std::string(d.value.as_bytes()));
  // NOLINTNEXTLINE(cert-msc51-cpp): the same questions in every run
  std::shuffle(packages.begin(), packages.end(), std::mt19937_64(1));
  for (auto& [entity, text] : packages) {
    q.packages.push_back(entity);
    q.package_ids.push_back(std::move(text));
    for (const datom_view& d :
         must(facts.datoms(index_order::eavt, {.entity = entity, .attribute = q.depends})))
      q.names.push_back(d.value.as_ref());
  }
  return q;
}

void compare_all(report& out, const options& how, const questions& q, const weft_side& w,
                 sqlite_side& s) {
  const auto package = [&](std::size_t n) { return q.packages[n % q.packages.size()]; };
  const auto text = [&](std::size_t n) -> std::string_view {
    return q.package_ids[n % q.package_ids.size()];
  };
  const auto name = [&](std::size_t n) { return q.names[n * 97 % q.names.size()]; };
  const auto ratio = ratio_at_most(1);
  const read their_entity = [&](tally& t, std::size_t n) { s.entity(t, package(n)); };
  compare(out, how,
          {"entity",
           [&](tally& t, std::size_t n) { w.entity(t, package(n)); },
           their_entity,
           {at_most(5), ratio}});
  compare(out, how,
          {"entity_map",
           [&](tally& t, std::size_t n) { w.entity_map(t, package(n)); },
           their_entity,
           {ratio},
           false});
  compare(out, how,
          {"lookup",
           [&](tally& t, std::size_t n) { w.lookup(t, q.id, text(n)); },
           [&](tally& t, std::size_t n) { s.lookup(t, q.id, text(n)); },
           {ratio}});
  compare(out, how,
          {"referrers",
           [&](tally& t, std::size_t n) { w.referrers(t, q.depends, name(n)); },
           [&](tally& t, std::size_t n) { s.referrers(t, q.depends, name(n)); },
           {ratio}});
  compare(out, how,
          {"history",
           [&](tally& t, std::size_t n) { w.history(t, package(n), q.installed); },
           [&](tally& t, std::size_t n) { s.history(t, package(n), q.installed); },
           {ratio}});
  compare(out, how,
          {"scan_longs",
           [&](tally& t, std::size_t) { w.attribute(t, q.installed); },
           [&](tally& t, std::size_t) { s.attribute(t, q.installed); },
           {ratio}});
  compare(out, how,
          {"scan_strings",
           [&](tally& t, std::size_t) { w.attribute(t, q.summary); },
           [&](tally& t, std::size_t) { s.attribute(t, q.summary); },
           {ratio}});
}

void run(const options& how) {
  report out(how.json);
  out.note(describe_machine(how.folder));
  const scratch_folder scratch(how.folder);
  auto db = must(embedded::database::open(scratch / "weft"));
  const auto packages = parse_catalogue(catalogue_text(), how.limit);
  for (const std::int64_t growth : {0, 1, 2})
    load(db, packages, growth);
  const questions q = choose(must(db.view()));
  sqlite_side theirs(must(db.view()));
  out.note(fmt::format("{} live facts, {} in the history", db.status().facts_live,
                       db.status().facts_history));
  compare_all(out, how, q, weft_side(db), theirs);
  out.finish();
}

} // namespace
} // namespace weft::bench

int main(int argc, char** argv) {
  weft::bench::run(weft::bench::parse_options(
      argc, argv, "Hot reads of the Debian catalogue, against SQLite in memory.",
      {.seconds = 0.2}));
}
