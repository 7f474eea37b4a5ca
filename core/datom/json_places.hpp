// Where a JSON parser is: nlohmann's tells positions only of errors, and only in bytes. Internal to
// core/datom; one use is one parse.
//
//   place_tracker places{.text = text, .next = at, .last = at, .token = at};
//   const tracked_bytes begin(text.data(), &places), end(text.data() + text.size(), &places);
//   nlohmann::json::sax_parse(begin, end, &handler);   // sets places.between after each event
//
// Confined to one thread.
#pragma once

#include "weft/core/datom/text.hpp"

#include <cstddef>
#include <iterator>

namespace weft {

struct place_tracker {
  std::string_view text;
  text_position next = {1, 1};  // of the byte that follows
  text_position last = {1, 1};  // of the byte that was read last
  text_position token = {1, 1}; // of the last token's begin
  std::string_view rest = {};   // of the text, from there on
  bool between = true;          // no token since the last event

  void read(const char* p) noexcept {
    constexpr std::string_view blank = " \t\r\n,:";
    const char c = *p;
    if (between && blank.find(c) == std::string_view::npos) {
      between = false;
      token = next;
      rest = text.substr(static_cast<std::size_t>(p - text.data()));
    }
    last = next;
    next = advance(next, {p, 1});
  }

  /// The text of the number that is the last token.
  [[nodiscard]] std::string_view number() const noexcept {
    return rest.substr(0, rest.find_first_not_of("+-.eE0123456789"));
  }
};

/// Hands bytes to the parser and tells the tracker.
class tracked_bytes {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  tracked_bytes(const char* p, place_tracker* places) noexcept : p_(p), places_(places) {}
  /// The parser takes a zero byte for the end of the text; like any other control character it
  /// must be an error.
  char operator*() const noexcept { return *p_ == '\0' ? '\x1F' : *p_; }
  tracked_bytes& operator++() noexcept {
    places_->read(p_++);
    return *this;
  }
  bool operator==(const tracked_bytes& other) const noexcept { return p_ == other.p_; }
  bool operator!=(const tracked_bytes& other) const noexcept { return p_ != other.p_; }

 private:
  const char* p_;
  place_tracker* places_;
};

/// What the parser said of a text it refuses, and where.
struct json_complaint {
  text_position at;
  std::string detail;
};

/// `what` is the message of nlohmann's exception. Cost: O(its size).
[[nodiscard]] json_complaint explain_json_error(const place_tracker& places, std::string_view what);

} // namespace weft
