#include "weft/core/ingest/item_batch.hpp"

#include "weft/core/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace weft::ingest {

namespace {

constexpr std::string_view id_entry = "db/id";

bool is_reverse(std::string_view attribute) {
  const auto slash = attribute.find('/');
  return slash != std::string_view::npos && attribute.substr(slash + 1).starts_with('_');
}

/// Walks everything that may name an entity of the transaction.
class names {
 public:
  explicit names(const tx_request& of) {
    for (const operation& op : of.operations())
      take(op);
  }

  std::unordered_set<std::string_view> entities; ///< certainly names
  std::unordered_set<std::string_view> texts;    ///< these, and what may be one
  std::deque<std::string> numbers;               ///< the texts of negative numbers, which may
  bool is_alone = false;

 private:
  void take(const operation& op) {
    is_alone |= op.what != operation::kind::add && op.what != operation::kind::put;
    take(op.entity, true);
    take(op.value, false);
    for (const operand& x : op.arguments)
      take(x, false);
  }

  void take(const operand& x, bool is_entity) {
    switch (x.what()) {
    case operand::kind::scalar:
      return take(x.scalar().view(), is_entity);
    case operand::kind::tempid:
      return add(x.text(), true);
    case operand::kind::this_transaction:
      is_alone = true;
      return;
    case operand::kind::list:
      for (const operand& item : x.items())
        take(item, false);
      return;
    case operand::kind::map:
      for (const map_entry& entry : x.entries())
        take(entry.value, entry.attribute == id_entry || is_reverse(entry.attribute));
      return;
    case operand::kind::nil:
    case operand::kind::named:
      return;
    }
  }

  void take(value_view x, bool is_entity) {
    if (x.type() == value_type::string || x.type() == value_type::keyword)
      is_alone |= names_this_transaction(x.as_bytes());
    if (x.type() == value_type::string)
      add(x.as_bytes(), is_entity);
    if (x.type() == value_type::long_ && x.as_long() < 0)
      add(numbers.emplace_back(std::to_string(x.as_long())), is_entity);
  }

  void add(std::string_view name, bool is_entity) {
    texts.insert(name);
    if (is_entity)
      entities.insert(name);
  }
};

bool meet(const std::unordered_set<std::string_view>& some,
          const std::unordered_set<std::string_view>& others) {
  return std::any_of(some.begin(), some.end(),
                     [&](std::string_view name) { return others.contains(name); });
}

/// Facts of one attribute's value: as many as a list has, and what a nested map says.
std::size_t count_facts(const operand& of) {
  std::size_t sum = 0;
  if (of.what() == operand::kind::list)
    for (const operand& item : of.items())
      sum += count_facts(item);
  if (of.what() == operand::kind::map)
    for (const map_entry& entry : of.entries())
      sum += count_facts(entry.value);
  return std::max<std::size_t>(1, sum);
}

} // namespace

std::size_t count_facts(const tx_request& request) {
  std::size_t sum = 0;
  for (const operation& op : request.operations())
    sum += count_facts(op.value);
  return sum;
}

std::vector<resolved_tempid> own_tempids(const tx_request& request,
                                         const std::vector<resolved_tempid>& all) {
  std::vector<resolved_tempid> own;
  if (all.empty())
    return own;
  const names mine(request);
  std::copy_if(all.begin(), all.end(), std::back_inserter(own),
               [&](const resolved_tempid& x) { return mine.texts.contains(x.name); });
  return own;
}

bool item_batch::accepts(const tx_request& item) const {
  if (items_.empty())
    return true;
  if (is_alone_)
    return false;
  const names its(item);
  return !its.is_alone && !meet(its.entities, texts_) && !meet(entities_, its.texts);
}

void item_batch::add(std::shared_ptr<const tx_request> item) {
  WEFT_ASSERT(accepts(*item));
  names its(*item);
  is_alone_ = its.is_alone;
  entities_.merge(its.entities);
  texts_.merge(its.texts);
  numbers_.push_back(std::move(its.numbers));
  facts_ += count_facts(*item);
  items_.push_back(std::move(item));
}

std::shared_ptr<const tx_request> item_batch::request() const {
  if (items_.size() == 1)
    return items_.front();
  auto all = std::make_shared<tx_request>();
  for (const auto& item : items_)
    for (const operation& op : item->operations())
      all->append(op);
  return all;
}

} // namespace weft::ingest
