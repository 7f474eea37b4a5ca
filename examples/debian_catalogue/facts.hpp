// The catalogue as facts: which attributes there are, and what is said about each entity. The
// writers (EDN, JSON) and the ingest benchmark turn these into transactions.
//
// Three kinds of entities, in this order, so that whatever is referred to was stated before:
//   name        :package.name/text, of every package and of every dependency
//   maintainer  :maintainer/id
//   package     :package/id, one version of a package; refers to its name, its maintainer and the
//               names it depends on
#pragma once

#include "catalogue.hpp"

#include <functional>
#include <span>

namespace debian {

/// What an attribute's values are, in the words of :db.type/.
struct attribute {
  std::string_view ident; ///< "package/id", without the colon
  std::string_view type;
  bool many = false;
  bool identity = false; ///< :db.unique/identity
  std::string_view doc;
};
[[nodiscard]] std::span<const attribute> attributes() noexcept;

/// One value: a string or keyword (`text`), a long (`number`), or a reference to the entity whose
/// identity attribute `target` has the string `text`.
struct fact {
  enum class kind : std::uint8_t { string, keyword, number, reference };
  std::string_view attribute;
  kind is = kind::string;
  std::string_view text = {};
  std::int64_t number = 0;
  std::string_view target = {};
  bool many = false; ///< one of several values of the attribute
};

/// Everything that is said about one entity; values of one attribute are neighbours, the identity
/// comes first.
using statement = std::span<const fact>;

/// Calls `use` for the facts of each attribute of a statement, in turn.
template <class Use>
void for_each_attribute(statement s, const Use& use) {
  for (std::size_t begin = 0, end = 0; begin < s.size(); begin = end) {
    while (end < s.size() && s[end].attribute == s[begin].attribute)
      ++end;
    use(s.subspan(begin, end - begin));
  }
}

/// Calls `use` for every entity, in the order above and then by identity. `growth` is added to
/// every size, to make a catalogue with other facts about the same packages. The texts are valid
/// while the catalogue is, the statement during the call only.
void state(const catalogue& of, std::int64_t growth, const std::function<void(statement)>& use);

} // namespace debian
