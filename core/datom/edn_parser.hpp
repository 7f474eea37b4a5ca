// The grammar of EDN over pieces of text: what edn_reader and read_edn share. Internal to
// core/datom. Not recursive: open brackets, tags and discards are frames, so that a text can stop
// anywhere and go on with the next piece. Linear: no byte is looked at twice but a few at the
// edges of pieces.
#pragma once

#include "weft/core/datom/edn_assembly.hpp"

namespace weft {

class edn_parser {
 public:
  enum class outcome : std::uint8_t {
    form,   ///< a form is complete: take_form()
    more,   ///< the text ends inside a form, or before one
    end,    ///< the text is over, no form is open (only when `last`)
    failed, ///< for good: failure()
  };

  /// `start`: where the text begins, for positions.
  explicit edn_parser(text_position start = {1, 1})
      : position_(start), line_begin_(1 - std::ptrdiff_t{start.column}), line_(start.line) {}

  /// Goes on with `input`: what parse() did not consume the last time, and whatever follows it.
  /// `last`: nothing else will follow.
  [[nodiscard]] outcome parse(std::string_view input, bool last);
  /// Bytes of the last input that are done with.
  [[nodiscard]] std::size_t consumed() const noexcept { return consumed_; }

  /// The form that was completed.
  [[nodiscard]] edn take_form();
  [[nodiscard]] const error& failure() const noexcept { return *error_; }
  /// Where parsing goes on.
  [[nodiscard]] text_position position() const noexcept { return position_; }
  /// Where the last form began.
  [[nodiscard]] text_position form_position() const noexcept { return form_at_; }

 private:
  enum class step : std::uint8_t { done, value, more, failed };
  enum class frame_kind : std::uint8_t { collection, tag, discard };
  struct frame {
    frame_kind kind;
    char close;        // of a collection
    text_position at;  // of what opened it
    std::size_t count; // values so far
    std::size_t ns;    // of a namespaced map: index in namespaces_, else 0
  };
  struct scanned_token {
    std::string_view text;
    std::uint8_t has; // what classes of bytes
  };

  [[nodiscard]] outcome run();
  [[nodiscard]] bool skip_blank();
  [[nodiscard]] step one();
  [[nodiscard]] bool complete_value();
  [[nodiscard]] bool skip_byte_order_mark();
  [[nodiscard]] outcome at_end_of_input();
  [[nodiscard]] step open(edn_kind kind, char close, std::size_t length, std::size_t ns = 0);
  [[nodiscard]] step close();
  [[nodiscard]] step read_string();
  [[nodiscard]] bool scan_string();
  [[nodiscard]] bool unescape(std::string_view raw);
  [[nodiscard]] std::optional<scanned_token> scan_token();
  [[nodiscard]] step read_keyword();
  [[nodiscard]] step read_symbol();
  [[nodiscard]] step put_number(std::string_view text, text_position at);
  [[nodiscard]] step pass(const scanned_token& t);
  [[nodiscard]] step read_hash();
  [[nodiscard]] step open_namespaced(std::string_view text, text_position at);
  [[nodiscard]] step put_symbol(const scanned_token& t, text_position at);
  [[nodiscard]] step put_symbolic(std::string_view text, text_position at);
  [[nodiscard]] step push(frame_kind kind, text_position at);
  [[nodiscard]] std::string_view qualified(std::string_view name);
  [[nodiscard]] bool too_large(const char* upto);

  [[nodiscard]] text_position here() const noexcept { return place_of(p_); }
  [[nodiscard]] text_position place_of(const char* p) const noexcept {
    const auto column = p - begin_ - line_begin_ - continuation_bytes_ + 1;
    return {line_, static_cast<std::uint32_t>(column)};
  }
  step fail_at(text_position at, std::string detail, errc code = errc::malformed_edn);

  edn_assembly tree_{errc::malformed_edn};
  std::vector<frame> frames_;
  std::vector<std::string> namespaces_;
  std::string scratch_;
  std::optional<error> error_;

  const char* begin_ = nullptr;
  const char* p_ = nullptr; // next byte
  const char* end_ = nullptr;
  bool last_ = false;
  std::size_t consumed_ = 0;
  text_position position_;

  // Offsets from begin_; negative when an earlier piece began them.
  std::ptrdiff_t line_begin_;
  std::ptrdiff_t form_begin_ = 0;
  std::uint32_t line_;
  std::ptrdiff_t continuation_bytes_ = 0; // of UTF-8 in this line so far
  text_position form_at_;

  bool at_start_ = true;
  bool in_form_ = false;
  bool in_comment_ = false;
  // Of a token or string that ends in a later piece.
  std::size_t scanned_ = 0;
  std::uint8_t has_ = 0;
  text_position string_at_;
};

} // namespace weft
