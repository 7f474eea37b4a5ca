#include "weft/persistence/disk/disk.hpp"

#include <algorithm>

namespace weft::persistence {

result<bytes> read_file(disk& on, const std::string& path, std::size_t bytes_max) {
  WEFT_TRY(auto in, on.open(path, open_mode::read));
  WEFT_TRY(const auto size, in->size());
  bytes out(static_cast<std::size_t>(std::min<std::uint64_t>(size, bytes_max)), '\0');
  WEFT_TRY(const auto got, in->read(0, out));
  out.resize(got);
  return out;
}

} // namespace weft::persistence
