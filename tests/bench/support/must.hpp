// A benchmark that cannot go on stops with one line: its figures would be wrong.
#pragma once

#include "weft/core/base/result.hpp"

#include <cstdio>
#include <cstdlib>

namespace weft::bench {

[[noreturn]] inline void stop(const std::string& what) {
  std::fprintf(stderr, "benchmark stopped: %s\n", what.c_str());
  std::exit(1);
}

inline void must(bool ok, const std::string& what) {
  if (!ok)
    stop(what + " failed");
}

template <class T>
T must(result<T> r) {
  if (!r)
    stop(r.error().to_string());
  if constexpr (!std::is_void_v<T>)
    return std::move(*r);
}

} // namespace weft::bench
