#include "weft/console/cli/transfer/system_error.hpp"

#include <cerrno>
#include <system_error>

namespace weft::console {

namespace {

errc meaning_of(int code) noexcept {
  switch (code) {
  case ENOENT:
  case ENOTDIR:
    return errc::not_found;
  case EACCES:
  case EPERM:
  case EROFS:
    return errc::access_denied;
  case ENOSPC:
  case EDQUOT:
    return errc::disk_full;
  default:
    return errc::io_error;
  }
}

} // namespace

error system_error(std::string_view tried, std::string_view path, int code) {
  error out{meaning_of(code), "cannot "};
  out.detail += tried;
  out.detail += ' ';
  out.detail += path;
  out.detail += ": " + std::generic_category().message(code);
  if (out.code == errc::not_found || code == EISDIR)
    out.fields.push_back({"try", "check the name of the file"});
  return out;
}

} // namespace weft::console
