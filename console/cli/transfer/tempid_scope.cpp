#include "weft/console/cli/transfer/tempid_scope.hpp"

#include <algorithm>
#include <iterator>

namespace weft::console {

namespace {

/// How names of the file are called in transactions: a transaction that the file writes out has
/// tempids of its own, and both are found in the log again.
constexpr std::string_view prefix = "file:";

/// The names of the transaction itself are no tempids.
bool is_transaction_name(std::string_view text) {
  return text == "db/current-tx" || text == "datomic.tx";
}

/// The name, when an operand in the place of an entity is a tempid.
std::optional<std::string> tempid_of(const operand& x) {
  if (x.what() == operand::kind::tempid)
    return x.text();
  if (const auto text = x.scalar_of(value_type::string); text && !text->as_bytes().empty()) {
    if (is_transaction_name(text->as_bytes()))
      return std::nullopt;
    return std::string(text->as_bytes());
  }
  if (const auto n = x.scalar_of(value_type::long_); n && n->as_long() < 0)
    return std::to_string(n->as_long());
  return std::nullopt;
}

/// "user/_friend" as "user/friend"; nothing for other attributes.
std::optional<std::string> forward_of(std::string_view attribute) {
  const auto slash = attribute.find('/');
  const std::size_t name = slash == std::string_view::npos ? 0 : slash + 1;
  if (name >= attribute.size() || attribute[name] != '_')
    return std::nullopt;
  return std::string(attribute.substr(0, name)) + std::string(attribute.substr(name + 1));
}

/// [:user/email "x"]: a lookup ref, as opposed to several values.
bool is_lookup(const operand& x) {
  return x.items().size() == 2 && x.items()[0].scalar_of(value_type::keyword);
}

/// The value of :db/id in a nested map, or nil.
operand id_of(const operand& map) {
  for (const auto& entry : map.entries())
    if (entry.attribute == "db/id")
      return entry.value;
  return {};
}

bool holds_references(const schema& s, const std::string& attribute) {
  if (const auto* a = s.find(attribute))
    return a->type == value_type::ref;
  return forward_of(attribute).has_value();
}

} // namespace

/// Rewrites one form. Recursion follows nested maps: limits::nesting_depth_max levels.
class tempid_scope::rewriter {
 public:
  rewriter(tempid_scope& in, const schema& s, batch_number into, text_position at)
      : in_(in), schema_(s), into_(into), at_(at) {}

  /// The batch to wait for before an operation can be rewritten. Changes nothing.
  [[nodiscard]] std::optional<batch_number> look(const operation& op) {
    look_at_entity(op.entity);
    if (op.what == operation::kind::put)
      look_at_map(op.value);
    else
      look_at_value(op.attribute, op.value);
    return wait_for_;
  }
  /// Whether any operation that was looked at has a tempid: most have none, and stay as they are.
  [[nodiscard]] bool has_names() const noexcept { return has_names_; }

  /// The operations that `op` becomes.
  [[nodiscard]] std::vector<operation> rewrite(operation op) {
    bool says_something = true;
    if (op.what == operation::kind::put) {
      op.value = map_of(kept_entries(op.value, op.entity));
      says_something = !op.value.entries().empty();
    } else if (op.what == operation::kind::add) {
      auto kept = kept_value(op.attribute, op.value, op.entity);
      says_something = kept.has_value();
      if (kept)
        op.value = std::move(*kept);
    }
    if (says_something) {
      acquire(op.entity);
      out_.push_back(std::move(op));
    }
    state_what_waited();
    return std::move(out_);
  }

  /// Says that a name means something from here on.
  void define(const std::string& name) {
    if (!in_.names_.try_emplace(name, meaning{entity_id(0), into_}).second)
      return;
    in_.journal_.push_back({into_, change::kind::defined, name});
    fresh_.push_back(name);
  }
  /// States every fact that waited for a name that was defined, and those that this allows.
  void state_what_waited() {
    while (!fresh_.empty()) {
      const auto name = std::move(fresh_.back());
      fresh_.pop_back();
      const auto found = in_.waiting_.find(name);
      if (found == in_.waiting_.end())
        continue;
      for (const auto& d : found->second)
        state(d, name);
      in_.journal_.push_back({into_, change::kind::taken, name, std::move(found->second)});
      in_.waiting_.erase(found);
    }
  }
  [[nodiscard]] std::vector<operation> stated() { return std::move(out_); }

 private:
  // -- looking ---

  void look_at_name(const std::string& name) {
    has_names_ = true;
    if (const auto older = in_.under_way(name, into_))
      wait_for_ = std::max(wait_for_.value_or(0), *older);
  }
  void look_at_entity(const operand& x) {
    const auto name = tempid_of(x);
    if (!name)
      return;
    look_at_name(*name);
    const auto found = in_.waiting_.find(*name);
    if (found == in_.waiting_.end())
      return;
    for (const auto& d : found->second)
      if (const auto owner = tempid_of(d.owner)) {
        look_at_name(*owner);
        // An owner without facts yet may set off others: wait for all that is under way.
        if (!in_.names_.contains(*owner) && !in_.journal_.empty() &&
            in_.journal_.front().batch < into_)
          wait_for_ = into_ - 1;
      }
  }
  void look_at_map(const operand& map) {
    for (const auto& entry : map.entries())
      if (entry.attribute == "db/id")
        look_at_entity(entry.value);
      else
        look_at_value(entry.attribute, entry.value);
  }
  void look_at_value(const std::string& attribute, const operand& x) {
    if (x.what() == operand::kind::map)
      return look_at_map(x);
    if (x.what() == operand::kind::list) {
      for (const auto& item : x.items())
        look_at_value(attribute, item);
    } else if (holds_references(schema_, attribute)) {
      if (const auto name = tempid_of(x))
        look_at_name(*name);
    }
  }

  // -- rewriting ---

  /// An entity about which something is stated: its name is defined, or replaced by its id.
  void acquire(operand& entity) {
    const auto name = tempid_of(entity);
    if (!name)
      return;
    define(*name);
    entity = meant_by(*name);
  }
  [[nodiscard]] operand meant_by(const std::string& name) const {
    const auto& found = in_.names_.at(name);
    return found.entity.get() != 0 ? operand(found.entity) : tempid(std::string(prefix) + name);
  }

  std::vector<map_entry> kept_entries(const operand& map, operand& owner) {
    std::vector<map_entry> out;
    out.reserve(map.entries().size());
    for (const auto& entry : map.entries())
      if (entry.attribute != "db/id")
        if (auto kept = kept_value(entry.attribute, entry.value, owner))
          out.push_back({entry.attribute, std::move(*kept), entry.at});
    return out;
  }
  /// The value with its names replaced, or nothing when all of it must wait.
  std::optional<operand> kept_value(const std::string& attribute, const operand& x,
                                    operand& owner) {
    if (x.what() == operand::kind::map)
      return kept_map(attribute, x, owner);
    if (x.what() == operand::kind::list)
      return kept_list(attribute, x, owner);
    const auto name = holds_references(schema_, attribute) ? tempid_of(x) : std::nullopt;
    if (!name)
      return x;
    if (in_.names_.contains(*name))
      return meant_by(*name);
    put_aside(*name, attribute, owner);
    return std::nullopt;
  }
  std::optional<operand> kept_list(const std::string& attribute, const operand& x, operand& owner) {
    if (is_lookup(x))
      return x;
    std::vector<operand> items;
    for (const auto& item : x.items())
      if (auto kept = kept_value(attribute, item, owner))
        items.push_back(std::move(*kept));
    if (items.empty() && !x.items().empty())
      return std::nullopt;
    return list_of(std::move(items));
  }
  std::optional<operand> kept_map(const std::string& attribute, const operand& x, operand& owner) {
    operand nested = id_of(x);
    auto entries = kept_entries(x, nested);
    if (entries.empty() && !x.entries().empty()) {
      // All facts about it wait, so it is no entity yet.
      if (const auto name = tempid_of(nested); name && !in_.names_.contains(*name)) {
        put_aside(*name, attribute, owner);
        return std::nullopt;
      }
    }
    acquire(nested);
    if (!nested.is_nil())
      entries.push_back({"db/id", nested});
    return map_of(std::move(entries));
  }

  void put_aside(const std::string& name, const std::string& attribute, operand& owner) {
    if (owner.is_nil()) // called by where it stands, so that it can be found again
      owner = tempid(std::to_string(at_.line) + ":" + std::to_string(at_.column) + ":" +
                     std::to_string(anonymous_++));
    const auto forward = schema_.find(attribute) != nullptr ? std::nullopt : forward_of(attribute);
    in_.waiting_[name].push_back({owner, forward.value_or(attribute), forward.has_value(), at_});
    in_.journal_.push_back({into_, change::kind::put_aside, name});
  }
  void state(const deferred& d, const std::string& name) {
    operand owner = d.owner;
    acquire(owner);
    operation op{.what = operation::kind::add, .attribute = d.attribute, .at = d.at};
    op.entity = d.owner_is_value ? meant_by(name) : owner;
    op.value = d.owner_is_value ? owner : meant_by(name);
    out_.push_back(std::move(op));
  }

  tempid_scope& in_;
  const schema& schema_;
  batch_number into_;
  text_position at_;
  std::size_t anonymous_ = 0;
  std::optional<batch_number> wait_for_;
  bool has_names_ = false;
  std::vector<std::string> fresh_; // defined, and not yet looked for among what waits
  std::vector<operation> out_;
};

std::optional<batch_number> tempid_scope::under_way(const std::string& name,
                                                    batch_number into) const {
  const auto found = names_.find(name);
  if (found == names_.end() || found->second.entity.get() != 0 || found->second.batch == into)
    return std::nullopt;
  return found->second.batch;
}

std::optional<batch_number> tempid_scope::admit(form& f, const schema& s, batch_number into) {
  rewriter walk(*this, s, into, f.at);
  std::optional<batch_number> wait_for;
  for (const auto& op : f.operations)
    wait_for = walk.look(op);
  if (wait_for || !walk.has_names())
    return wait_for;
  std::vector<operation> out;
  for (auto& op : f.operations)
    std::ranges::move(walk.rewrite(std::move(op)), std::back_inserter(out));
  f.operations = std::move(out);
  return std::nullopt;
}

void tempid_scope::replay(form f, const schema& s) {
  constexpr batch_number earlier = 0;
  static_cast<void>(admit(f, s, earlier));
  // A name the earlier life did not resolve: the form was left out then, and is now.
  const bool left_out = std::ranges::any_of(
      journal_, [](const change& c) { return c.what == change::kind::defined; });
  while (!journal_.empty()) {
    auto last = std::move(journal_.back());
    journal_.pop_back();
    if (left_out)
      undo(std::move(last));
  }
}

std::vector<operation> tempid_scope::finish(batch_number into) {
  // Names with facts that all wait: what waits for such a name can be stated with them.
  std::vector<std::string> owners;
  for (const auto& [name, facts] : waiting_)
    for (const auto& d : facts)
      if (const auto owner = tempid_of(d.owner); owner && waiting_.contains(*owner))
        owners.push_back(*owner);
  const auto bare = schema::bootstrap();
  rewriter walk(*this, *bare, into, {});
  for (const auto& name : owners)
    walk.define(name);
  walk.state_what_waited();
  return walk.stated();
}

void tempid_scope::acknowledge(batch_number done, const std::vector<resolved_tempid>& tempids) {
  for (const auto& t : tempids)
    if (t.name.starts_with(prefix))
      if (const auto found = names_.find(t.name.substr(prefix.size())); found != names_.end())
        found->second.entity = t.entity;
  const auto later =
      std::ranges::find_if(journal_, [done](const change& c) { return c.batch > done; });
  // A name the transaction did not resolve would be waited for without end.
  for (auto c = journal_.begin(); c != later; ++c)
    if (c->what == change::kind::defined)
      if (const auto found = names_.find(c->name);
          found != names_.end() && found->second.entity.get() == 0)
        names_.erase(found);
  journal_.erase(journal_.begin(), later);
}

void tempid_scope::remember(const resolved_tempid& t) {
  if (t.name.starts_with(prefix))
    names_[t.name.substr(prefix.size())] = {t.entity, 0};
}

void tempid_scope::roll_back(batch_number from) {
  while (!journal_.empty() && journal_.back().batch >= from) {
    auto last = std::move(journal_.back());
    journal_.pop_back();
    undo(std::move(last));
  }
}

void tempid_scope::undo(change&& last) {
  if (last.what == change::kind::defined) {
    names_.erase(last.name);
  } else if (last.what == change::kind::taken) {
    waiting_[last.name] = std::move(last.taken);
  } else {
    auto& facts = waiting_.at(last.name);
    facts.pop_back();
    if (facts.empty())
      waiting_.erase(last.name);
  }
}

std::vector<tempid_scope::open_end> tempid_scope::open_ends() const {
  std::vector<open_end> out;
  for (const auto& [name, facts] : waiting_)
    for (const auto& d : facts)
      out.push_back({name, d.at});
  std::ranges::sort(out, {},
                    [](const open_end& e) { return std::tuple(e.at.line, e.at.column, e.name); });
  return out;
}

} // namespace weft::console
