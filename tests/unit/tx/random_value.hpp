// Random values of few kinds, so that equal ones are frequent; at times one at an edge: empty, with
// zero bytes, extreme, or longer than what keys order by, with the same beginning as another one.
#pragma once

#include "random_request.hpp"

namespace weft::test {

/// NaN is among the doubles: who states it must be refused. Tuples hold a long and a string, in
/// either order; refs are not made here.
value random_value(value_type type, choices& c);

/// The types of which there are values.
const std::vector<value_type>& random_types();

} // namespace weft::test
