// Random transactions: bytes decide, so that what rapidcheck makes smaller is a smaller
// transaction. Mostly sensible in the database at hand, at times wrong in one place.
#pragma once

#include "model.hpp"

namespace weft::test {

/// A source of decisions; when it is used up, all decisions are 0, the simplest.
class choices {
 public:
  explicit choices(const std::vector<std::uint8_t>& bytes) : bytes_(bytes) {}
  /// 0 .. n - 1
  std::size_t below(std::size_t n) { return n == 0 ? 0 : take() % n; }
  /// In about one of n cases, never when used up.
  bool once_in(std::size_t n) { return take() % n == n - 1; }
  template <class T>
  const T& of(const std::vector<T>& some) {
    return some[below(some.size())];
  }
  [[nodiscard]] bool done() const { return at_ >= bytes_.size(); }

 private:
  std::size_t take() { return done() ? 0 : bytes_[at_++]; }
  const std::vector<std::uint8_t>& bytes_;
  std::size_t at_ = 0;
};

/// The schema that random databases begin with.
tx_request first_request();

/// A transaction on the database that `m` is a model of.
tx_request random_request(const model& m, choices& c);

/// The request as text, for people who look for what went wrong.
std::string describe(const tx_request& request);

} // namespace weft::test
