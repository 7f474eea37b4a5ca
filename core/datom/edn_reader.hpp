// EDN text that comes in pieces: many forms, one at a time, in memory bounded by one form.
//
//   edn_reader reader;
//   for (;;) {
//     WEFT_TRY(const auto form, reader.next());
//     if (form)
//       use(*form);
//     else if (reader.at_end())
//       break;
//     else if (const auto chunk = read_some(file); chunk.empty())
//       reader.finish();
//     else
//       reader.feed(chunk);
//   }
//
// A form is handed out as soon as its last byte was fed (numbers, symbols and keywords: the byte
// behind). Pieces may be cut anywhere, inside a code point too. Confined to one thread.
#pragma once

#include "weft/core/datom/edn.hpp"

#include <optional>

namespace weft {

class edn_parser;

class edn_reader {
 public:
  /// Positions count from `start`: where a text that is not read from its beginning goes on.
  explicit edn_reader(text_position start = {1, 1});
  edn_reader(const edn_reader&) = delete;
  edn_reader& operator=(const edn_reader&) = delete;
  ~edn_reader();

  /// Copies `chunk`. Cost: amortised O(its size).
  void feed(std::string_view chunk);
  /// Nothing will follow.
  void finish() noexcept { finished_ = true; }

  /// The next form, or nothing: then feed more, or at_end() is true. Cost: linear in the text, and
  /// in what read_edn says of maps.
  /// @errors as read_edn, the limits hold for each form; after an error the reader is over and
  /// repeats it.
  [[nodiscard]] result<std::optional<edn>> next();

  /// Whether finish() was called and all forms were handed out.
  [[nodiscard]] bool at_end() const noexcept { return at_end_; }
  /// Behind the last form, or where an open one stopped.
  [[nodiscard]] text_position position() const noexcept;
  /// Bytes of all that was fed up to there.
  [[nodiscard]] std::uint64_t offset() const noexcept { return dropped_ + done_; }

 private:
  std::unique_ptr<edn_parser> parser_;
  std::string buffer_;
  std::size_t done_ = 0;      // bytes of buffer_ that were parsed
  std::uint64_t dropped_ = 0; // bytes that are not in buffer_ any more
  bool finished_ = false;
  bool at_end_ = false;
};

} // namespace weft
