// Tells a person that a node is away, and that it is there again: a line each, once.
#pragma once

#include "weft/core/base/result.hpp"

namespace weft::console {

class session;

class connection_talk {
 public:
  /// `in` outlives it.
  explicit connection_talk(session& in) : in_(&in) {}

  /// `why` there is no connection at the moment, or null. Says what is new about that.
  void tell(const error* why);

 private:
  session* in_;
  bool told_away_ = false;
};

} // namespace weft::console
