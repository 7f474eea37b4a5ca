// Where the text comes from.
#include "catalogue.hpp"

#include <cstdio>

namespace debian {
namespace {

result<std::string> drain(std::FILE* from, const std::string& name) {
  std::string text;
  char buffer[1U << 16U];
  while (const auto n = std::fread(buffer, 1, sizeof buffer, from))
    text.append(buffer, n);
  if (std::ferror(from) != 0)
    return weft::fail(weft::errc::io_error, "cannot read " + name);
  return text;
}

} // namespace

result<std::string> read_apt() {
  std::FILE* const apt = ::popen("apt-cache dumpavail 2>/dev/null", "r");
  if (apt == nullptr)
    return weft::fail(weft::errc::io_error, "cannot start apt-cache");
  auto text = drain(apt, "the output of apt-cache");
  ::pclose(apt);
  if (text && text->empty())
    return weft::fail(weft::errc::not_found,
                      "apt knows no package; run `apt-get update` as root, or pass --from FILE "
                      "with the output of `apt-cache dumpavail` of another machine");
  return text;
}

result<std::string> read_text(const std::string& path) {
  if (path == "-")
    return drain(stdin, "the standard input");
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr)
    return weft::fail(weft::errc::io_error, "cannot open " + path);
  auto text = drain(file, path);
  std::fclose(file);
  return text;
}

} // namespace debian
