#include "weft/actors/node_facts.hpp"

#include "weft/core/base/version.hpp"

#include <utility>

namespace weft::actors {

namespace {

struct attribute_row {
  std::string_view name;
  std::string_view type;
  bool is_figure;
  std::string_view doc;
};

// The figures come last, in the order of node_facts::values.
// clang-format off
constexpr std::array rows = {
    attribute_row{"weft.node/id", "db.type/string", false, "Id of a node, as in its configuration"},
    attribute_row{"weft.node/version", "db.type/string", false, "Version of Weft that the node runs"},
    attribute_row{"weft.node/started-at", "db.type/instant", false, "When the process of the node began"},
    attribute_row{"weft.node/transactions", "db.type/long", true, "Transactions that the node committed since it began, these facts aside"},
    attribute_row{"weft.node/rejections", "db.type/long", true, "Requests that the node refused since it began"},
    attribute_row{"weft.node/restarts", "db.type/long", true, "Restarts of parts of the node since it began"},
    attribute_row{"weft.node/subscribers", "db.type/long", true, "Subscribers of the log"},
    attribute_row{"weft.node/term", "db.type/long", true, "Raft term of the node's replica"},
};
// clang-format on
constexpr std::size_t first_figure = 3;

operand keyword(std::string_view name) {
  return ident(name);
}

void declare(tx_request& into, const attribute_row& row) {
  std::vector<map_entry> facts = {{"db/ident", keyword(row.name)},
                                  {"db/valueType", keyword(row.type)},
                                  {"db/cardinality", keyword("db.cardinality/one")},
                                  {"db/doc", operand(row.doc)}};
  if (row.name == rows.front().name)
    facts.push_back({"db/unique", keyword("db.unique/identity")});
  if (row.is_figure)
    facts.push_back({"db/noHistory", operand(true)});
  into.put(std::move(facts));
}

std::uint64_t restarts_of(const tree& of) {
  std::uint64_t out = of.restarts;
  for (const auto& below : of.children)
    out += restarts_of(below);
  return out;
}

std::uint64_t all_rejections(const node_figures& counts) {
  std::uint64_t out = 0;
  for (const auto& row : all_errc())
    out += counts.rejections(row.code);
  return out;
}

} // namespace

node_facts::values node_facts::values_of(const node_sample& now, const node_figures& counts) const {
  const auto number = [](std::uint64_t x) { return static_cast<std::int64_t>(x); };
  const auto refused = all_rejections(counts) + now.credit_refusals;
  return {number(counts.committed.read() - own_), number(refused), number(restarts_of(now.parts)),
          number(now.published ? now.published->sessions : 0),
          number(now.raft ? now.raft->term.get() : 0)};
}

std::optional<tx_request> node_facts::next(const node_sample& now, const node_figures& counts,
                                           const schema& known) {
  static_assert(rows.size() == first_figure + figures);
  const auto fresh = values_of(now, counts);
  if (stated_ == fresh)
    return std::nullopt;
  tx_request out;
  for (const auto& row : rows)
    if (known.find(row.name) == nullptr)
      declare(out, row);
  std::vector<map_entry> facts = {{"weft.node/id", operand(node_)}};
  if (!stated_) {
    facts.push_back({"weft.node/version", operand(version())});
    facts.push_back({"weft.node/started-at", operand(started_)});
  }
  for (std::size_t i = 0; i < figures; ++i)
    if (!stated_ || (*stated_)[i] != fresh[i])
      facts.push_back({std::string(rows[first_figure + i].name), operand(fresh[i])});
  out.put(std::move(facts));
  offered_ = fresh;
  return out;
}

void node_facts::hear_stated() {
  ++own_;
  stated_ = std::exchange(offered_, std::nullopt);
}

void node_facts::hear_refused() {
  offered_.reset();
}

} // namespace weft::actors
