#include "weft/actors/few_processors.hpp"

#include <thread>

namespace weft::actors {

bool has_few_processors() noexcept {
  static const bool few = std::thread::hardware_concurrency() <= 2;
  return few;
}

} // namespace weft::actors
