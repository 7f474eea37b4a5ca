// Short spellings for tests of indexes and views: a small schema, datoms, and a database that is
// written and read in a line.
//
//     const auto db = people_schema();
//     datom_list d = {add(ada, person_name, value::string("Ada"), 1)};
#pragma once

#include "weft/core/db/view.hpp"

#include <initializer_list>

namespace weft::test {

// Attributes of people_schema(), one of each kind that an index treats apart.
inline constexpr attribute_id person_name{1024};   ///< string, unique identity
inline constexpr attribute_id person_age{1025};    ///< long
inline constexpr attribute_id person_friend{1026}; ///< ref, many
inline constexpr attribute_id person_nick{1027};   ///< string, many
inline constexpr attribute_id person_mood{1028};   ///< keyword, not indexed
inline constexpr attribute_id person_visits{1029}; ///< long, without history
inline constexpr attribute_id person_height{1030}; ///< double
inline constexpr attribute_id person_secret{1031}; ///< string, unique value, index false

inline attribute make_attribute(attribute_id id, std::string ident, value_type type) {
  attribute a;
  a.id = id;
  a.ident = std::move(ident);
  a.type = type;
  return a;
}

inline std::shared_ptr<const schema> make_people_schema() {
  auto name = make_attribute(person_name, "person/name", value_type::string);
  name.unique = uniqueness::identity;
  auto friends = make_attribute(person_friend, "person/friend", value_type::ref);
  friends.cardinality = cardinality::many;
  auto nick = make_attribute(person_nick, "person/nick", value_type::string);
  nick.cardinality = cardinality::many;
  auto mood = make_attribute(person_mood, "person/mood", value_type::keyword);
  mood.indexed = false;
  auto visits = make_attribute(person_visits, "person/visits", value_type::long_);
  visits.no_history = true;
  auto secret = make_attribute(person_secret, "person/secret", value_type::string);
  secret.unique = uniqueness::value;
  secret.indexed = false;
  return schema::bootstrap()
      ->with(name)
      ->with(make_attribute(person_age, "person/age", value_type::long_))
      ->with(friends)
      ->with(nick)
      ->with(mood)
      ->with(visits)
      ->with(make_attribute(person_height, "person/height", value_type::double_))
      ->with(secret);
}

/// Always the same object.
inline std::shared_ptr<const schema> people_schema() {
  static const std::shared_ptr<const schema> shared = make_people_schema();
  return shared;
}

inline entity_id user(std::uint64_t n) {
  return entity_id(limits::first_user_local + n);
}
inline datom add(entity_id e, attribute_id a, value v, std::uint64_t t) {
  return {e, a, std::move(v), tx_number(t), true};
}
inline datom retract(entity_id e, attribute_id a, value v, std::uint64_t t) {
  return {e, a, std::move(v), tx_number(t), false};
}

/// Everything a walk yields, copied.
inline datom_list collect(datom_cursor& at) {
  datom_list out;
  for (; at.valid(); at.next())
    out.push_back(at.get().to_datom());
  return out;
}
inline datom_list collect(datom_range range) {
  datom_list out;
  for (const auto& d : range)
    out.push_back(d.to_datom());
  return out;
}

} // namespace weft::test
