// Configurations as tests write them, and what is said of them.
#pragma once

#include "weft/core/cluster/config.hpp"

#include <string>
#include <vector>

namespace weft {

/// One node, and more members behind it: R"("log": {"level": "debug"})".
inline std::string one_node(const std::string& more = "", const std::string& of_node = "") {
  return R"({"nodes": [{"id": "n1", "data_dir": "d")" + (of_node.empty() ? "" : ", " + of_node) +
         "}]" + (more.empty() ? "" : ",\n " + more) + "}";
}

/// n1, n2 ... on loopback addresses; `of_last` are members of the last.
inline std::string many_nodes(std::size_t count, const std::string& more = "",
                              const std::string& of_last = "") {
  std::string out = R"({"nodes": [)";
  for (std::size_t i = 1; i <= count; ++i) {
    const auto n = std::to_string(i);
    out += (i == 1 ? "" : ",\n ") + (R"({"id": "n)" + n) + R"(", "data_dir": "d)" + n +
           R"(", "client": {"socket": "s)" + n + R"("}, "peer": {"address": "127.0.0.1:)" +
           std::to_string(7000 + i) + R"("})" +
           (i == count && !of_last.empty() ? ", " + of_last : "") + "}";
  }
  return out + "]" + (more.empty() ? "" : ",\n " + more) + "}";
}

/// "bad_value /log/level", warnings with a star before them.
inline std::vector<std::string> told(const config_issues& issues) {
  std::vector<std::string> out;
  for (const auto& i : issues)
    out.push_back((i.is_warning ? "*" : "") + std::string(name_of(i.fault)) + " " + i.pointer);
  return out;
}
inline std::vector<std::string> told(const std::string& text, const config_inputs& inputs = {}) {
  return told(decode_config(text, inputs).issues);
}

using lines = std::vector<std::string>;

} // namespace weft
