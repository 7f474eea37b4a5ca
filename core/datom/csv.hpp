// CSV after RFC 4180, row by row, from pieces of text of any size.
//
//   csv_reader reader;
//   for (;;) {
//     WEFT_TRY(const auto row, reader.next());
//     if (row)
//       use(row->line, row->fields);
//     else if (reader.at_end())
//       break;
//     else if (const auto chunk = read_some(file); chunk.empty())
//       reader.finish();
//     else
//       reader.feed(chunk);
//   }
//
// Fields are separated by one ASCII character, rows by LF or CRLF; the last row needs neither. A
// field in quotes may hold separators, line ends and doubled quotes. All rows have as many fields
// as the first, or as was said. A row that is wrong is refused alone, as long as its end is known.
// Beyond the RFC: empty lines are skipped (a single empty field is written ""), a
// byte order mark is skipped, text is UTF-8. Confined to one thread.
#pragma once

#include "weft/core/datom/text.hpp"

#include <span>
#include <vector>

namespace weft {

struct csv_field {
  std::string_view text; ///< valid UTF-8, without quotes
  bool quoted = false;   ///< tells "" from nothing
  bool operator==(const csv_field&) const = default;
};

/// Valid until the reader is used again.
struct csv_row {
  std::uint32_t line; ///< where the row begins, from 1
  std::span<const csv_field> fields;
  std::span<const text_position> places; ///< where each field begins
};

class csv_reader {
 public:
  /// `width`: fields of each row; 0: as many as the first has.
  explicit csv_reader(char separator = ',', std::size_t width = 0)
      : separator_(separator), width_(width) {}

  /// Copies `chunk`. Cost: O(its size).
  void feed(std::string_view chunk);
  /// Nothing will follow. Cost: O(1).
  void finish() noexcept { finished_ = true; }

  /// Where the text that was not read yet begins. Cost: O(1).
  [[nodiscard]] text_position position() const noexcept { return here_; }
  /// Bytes of the text before it.
  [[nodiscard]] std::uint64_t offset() const noexcept { return dropped_ + done_; }

  /// The next row, or nothing: then feed more, or at_end() is true. Cost: linear in the text.
  /// @errors malformed_csv{line, column}; input_too_large{line, column} beyond
  /// limits::csv_fields_max or limits::csv_row_bytes_max. The next call goes on behind the row that
  /// is wrong, unless over(): then it repeats the error.
  [[nodiscard]] result<std::optional<csv_row>> next();

  /// Whether nobody knows where the next row begins: a quote without end, or a row beyond its
  /// limit.
  [[nodiscard]] bool over() const noexcept { return over_; }
  /// Whether finish() was called and all rows were handed out.
  [[nodiscard]] bool at_end() const noexcept { return at_end_; }

 private:
  enum class state : std::uint8_t { field, plain, quoted, quote, carriage_return };
  struct field_end {
    std::size_t end; // in text_
    bool quoted;
    text_position at;
  };

  [[nodiscard]] bool read_row();
  [[nodiscard]] bool skip_byte_order_mark();
  [[nodiscard]] bool step(char c);
  [[nodiscard]] bool outside_quotes(char c);
  void take_plain_bytes();
  void end_field();
  [[nodiscard]] bool end_of_text();
  void hand_out();
  void begin_row();
  void fail_at(text_position at, std::string detail, errc code = errc::malformed_csv);
  void fail_for_good(text_position at, std::string detail, errc code = errc::malformed_csv);

  char separator_;
  std::string buffer_;
  std::size_t done_ = 0;      // bytes of buffer_ that were read
  std::uint64_t dropped_ = 0; // bytes of the text before buffer_
  bool finished_ = false;
  bool at_end_ = false;
  bool at_start_ = true;
  bool handed_out_ = false;    // the row that is held
  std::optional<error> error_; // of the row
  bool over_ = false;

  state state_ = state::field;
  text_position here_ = {1, 1};
  text_position field_at_ = {1, 1};
  text_position row_at_ = {1, 1};
  std::size_t width_; // fields of each row, 0 before the first

  std::string text_; // of the row's fields, one behind the other
  std::vector<field_end> ends_;
  std::vector<csv_field> fields_;
  std::vector<text_position> places_;
};

} // namespace weft
