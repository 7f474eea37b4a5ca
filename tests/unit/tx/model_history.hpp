// What the model remembers: when each fact began and ended, and whether it is forgotten since.
//
// A fact of a :db/noHistory attribute that ends is in no past of those who look afterwards; who
// looks from before its end goes on seeing it. So every question says from where it is asked.
#pragma once

#include "weft/core/datom/datom.hpp"
#include "weft/core/datom/key.hpp"

#include <functional>
#include <map>
#include <set>
#include <vector>

namespace weft::test {

/// (entity, attribute, value)
using model_fact = std::tuple<entity_id, attribute_id, value>;
using model_facts = std::set<model_fact>;

/// Who asks (a view of basis `basis`) about what: as of `as_of`, after `since`.
struct model_window {
  std::size_t basis = 0;
  std::size_t as_of = 0;
  std::optional<std::size_t> since = {};
};

class model_history {
 public:
  /// The next transaction, the first of which has t 0; `forgets` by the schema after it.
  void record(const model_facts& after, const std::function<bool(attribute_id)>& forgets);
  [[nodiscard]] std::size_t last() const noexcept { return transactions_ - 1; }

  // What follows points into this history, and is valid until the next record().

  /// In the order of eavt.
  [[nodiscard]] std::vector<const model_fact*> live(const model_window& seen) const;
  /// Assertions and retractions in the order of an index; in avet, of what `indexed` says.
  [[nodiscard]] std::vector<datom_view>
  events(index_order order, const model_window& seen,
         const std::function<bool(attribute_id)>& indexed) const;
  /// What transaction t changed, in stream order, forgotten or not.
  [[nodiscard]] std::vector<datom_view> changes(std::size_t t) const;
  /// How often a fact was forgotten by now.
  [[nodiscard]] std::size_t forgotten() const;

 private:
  static constexpr std::size_t never = ~std::size_t{0};
  /// A time in which a fact was live.
  struct life {
    std::size_t began;
    std::size_t ended = never;
    bool forgotten = false;
    /// Whether who looks from `basis` knows nothing of it.
    [[nodiscard]] bool lost(std::size_t basis) const { return forgotten && ended <= basis; }
  };
  static datom_view datom_of(const model_fact& f, std::size_t t, bool added);

  std::map<model_fact, std::vector<life>> lives_; // the newest first
  std::size_t transactions_ = 0;
};

} // namespace weft::test
