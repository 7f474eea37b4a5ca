#include "fact_counter/counts.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace fact_counter {

namespace {

weft::error failed(const std::string& what, const std::string& path) {
  return {weft::errc::io_error, fmt::format("{} {}: {}", what, path, std::strerror(errno))};
}

} // namespace

weft::result<counts> counts::read(const std::string& path) {
  counts out;
  errno = 0;
  std::ifstream in(path);
  if (!in.is_open() && errno == ENOENT)
    return out;
  std::string token;
  if (!std::getline(in, token))
    return weft::fail(failed("cannot read", path));
  WEFT_TRY(out.place, weft::cursor::parse(token));
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name;
    count one;
    if (!(words >> name >> one.said >> one.taken_back))
      return weft::fail(weft::errc::io_error, fmt::format("{} is damaged: '{}'", path, line));
    out.of_[name] = one;
  }
  return out;
}

weft::result<void> counts::write(const std::string& path) const {
  const auto text = place->to_token() + "\n" + to_text();
  const auto fresh = path + ".new";
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0)
    return weft::fail(failed("cannot make", fresh));
  const bool whole = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool durable = whole && ::fsync(file) == 0;
  ::close(file);
  if (!durable || std::rename(fresh.c_str(), path.c_str()) != 0)
    return weft::fail(failed("cannot write", path));
  return {};
}

weft::result<void> counts::add(const weft::wal_batch& commit) {
  WEFT_TRY(const auto datoms, commit.datoms());
  for (const auto& d : datoms) {
    auto& one = of_[std::string(commit.name_of(d.attribute))];
    ++(d.added ? one.said : one.taken_back);
  }
  return {};
}

std::string counts::to_text() const {
  std::string out;
  for (const auto& [name, one] : of_)
    out += fmt::format("{} {} {}\n", name, one.said, one.taken_back);
  return out;
}

} // namespace fact_counter
