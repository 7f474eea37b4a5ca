// Runs a fuzzer's function over files, for compilers without libFuzzer: every file of the folders
// and every file named on the command line is one test case.
#include "support/case_report.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::vector<std::filesystem::path> files_of(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path))
    return {path};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.is_regular_file())
      files.push_back(entry.path());
  }
  return files;
}

std::vector<std::uint8_t> content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

} // namespace

int main(int argc, char** argv) {
  weft::test::case_report report;
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& file : files_of(argv[i])) {
      const auto name = file.filename().string();
      ++count;
      if (!weft::test::case_report::is_chosen(name))
        continue;
      std::cerr << "replaying " << file.string() << '\n';
      report.started(name);
      const auto bytes = content_of(file);
      LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
      report.ended(name, weft::test::case_report::passed);
    }
  }
  return count == 0 ? 2 : 0; // an empty corpus tests nothing
}
