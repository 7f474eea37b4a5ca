#include "weft/persistence/disk/disk.hpp"

#include <algorithm>

namespace weft::persistence {

namespace {

constexpr std::string_view cause = "cause";

} // namespace

error no_room_at_sync(error of) {
  of.code = errc::io_error;
  of.fields.push_back({std::string{cause}, "disk_full"});
  return of;
}

bool is_no_room_at_sync(const error& e) noexcept {
  return e.code == errc::io_error && e.field(cause) == "disk_full";
}

result<bytes> read_file(disk& on, const std::string& path, std::size_t bytes_max) {
  WEFT_TRY(auto in, on.open(path, open_mode::read));
  WEFT_TRY(const auto size, in->size());
  bytes out(static_cast<std::size_t>(std::min<std::uint64_t>(size, bytes_max)), '\0');
  WEFT_TRY(const auto got, in->read(0, out));
  out.resize(got);
  return out;
}

} // namespace weft::persistence
