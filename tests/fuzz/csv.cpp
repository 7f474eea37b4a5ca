// Bytes as CSV: pieces of the text give the same rows as the whole; what is read, written with
// every field in quotes, reads back equal.
#include "weft/core/datom/csv.hpp"

#include "weft/core/base/assert.hpp"

#include <algorithm>
#include <cstdint>

using namespace weft;

namespace {

using table = std::vector<std::vector<std::string>>;

struct outcome {
  table rows;
  std::string failure;
  bool operator==(const outcome&) const = default;
};

outcome rows_in_pieces(std::string_view text, std::size_t piece) {
  outcome out;
  csv_reader reader;
  for (;;) {
    const auto row = reader.next();
    if (!row) {
      out.failure = row.error().to_string();
      return out;
    }
    if (*row) {
      auto& fields = out.rows.emplace_back();
      for (const auto& field : (*row)->fields)
        fields.emplace_back(field.text);
    } else if (reader.at_end()) {
      return out;
    } else if (text.empty()) {
      reader.finish();
    } else {
      reader.feed(text.substr(0, piece));
      text.remove_prefix(std::min(piece, text.size()));
    }
  }
}

std::string in_quotes(const table& rows) {
  std::string text;
  for (const auto& fields : rows) {
    std::string_view before = "\"";
    for (const auto& field : fields) {
      text += before;
      for (const char c : field)
        text.append(c == '"' ? 2 : 1, c);
      before = "\",\"";
    }
    text += "\"\r\n";
  }
  return text;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto whole = rows_in_pieces(text, size + 1);
  WEFT_ASSERT(rows_in_pieces(text, size % 7 + 1) == whole);
  const auto again = rows_in_pieces(in_quotes(whole.rows), size + 1);
  WEFT_ASSERT(again.rows == whole.rows && again.failure.empty());
  return 0;
}
