#include "weft/console/cli/output/terminal.hpp"

#include "support/catch.hpp"

using namespace weft::console;

TEST_CASE("colour needs a terminal that wants it") {
  surroundings facts{.out_is_tty = true, .err_is_tty = true, .term = "xterm", .columns = 120};
  CHECK(decide(facts).out_colour);
  CHECK(decide(facts).err_colour);
  CHECK(decide(facts).motion);
  CHECK(decide(facts).columns == 120);

  SECTION("a pipe has none, whatever stderr is") {
    facts.out_is_tty = false;
    CHECK_FALSE(decide(facts).out_colour);
    CHECK(decide(facts).err_colour);
  }
  SECTION("NO_COLOR turns it off and leaves motion alone") {
    facts.no_color = "1";
    CHECK_FALSE(decide(facts).out_colour);
    CHECK_FALSE(decide(facts).err_colour);
    CHECK(decide(facts).motion);
  }
  SECTION("--no-color does the same") {
    facts.no_color_option = true;
    CHECK_FALSE(decide(facts).err_colour);
  }
  SECTION("a dumb terminal has neither colour nor motion") {
    facts.term = "dumb";
    CHECK_FALSE(decide(facts).out_colour);
    CHECK_FALSE(decide(facts).motion);
  }
  SECTION("a window without a size has 80 columns") {
    facts.columns = 0;
    CHECK(decide(facts).columns == 80);
  }
}

TEST_CASE("styles wrap text in escapes, or leave it alone") {
  CHECK(styled("x", style::red, true) == "\x1b[31mx\x1b[0m");
  CHECK(styled("x", style::red, false) == "x");
  CHECK(styled("x", style::plain, true) == "x");
}

TEST_CASE("width counts columns, not bytes") {
  CHECK(width_of("abc") == 3);
  CHECK(width_of("\xC3\xA9t\xC3\xA9") == 3);        // e acute, t, e acute
  CHECK(width_of("e\xCC\x81") == 1);                // e and a combining acute
  CHECK(width_of("\xE6\x97\xA5\xE6\x9C\xAC") == 4); // two wide characters
  CHECK(width_of("\xF0\x9F\x8E\x89") == 2);         // an emoji
  CHECK(width_of("\xFF") == 1);                     // broken UTF-8 is not lost
}

TEST_CASE("fit never cuts a character") {
  CHECK(fit("abcdef", 3) == "abc");
  CHECK(fit("abc", 10) == "abc");
  CHECK(fit("\xE6\x97\xA5\xE6\x9C\xAC", 3) == "\xE6\x97\xA5");
  CHECK(fit("\xC3\xA9\xC3\xA9", 1) == "\xC3\xA9");
  CHECK(fit("abc", 0).empty());
}

TEST_CASE("nothing stored can drive the terminal") {
  CHECK(printable("a\nb\tc\r") == "a\\nb\\tc\\r");
  CHECK(printable("\x1b[31m") == "\\x1b[31m");
  CHECK(printable("\xC2\x9B"
                  "31m") == "\\xc2\\x9b31m"); // C1: a one-character escape
  CHECK(printable("caf\xC3\xA9") == "caf\xC3\xA9");
  CHECK(printable(std::string_view("\0", 1)) == "\\x00");
  CHECK(printable("a\xE2\x80\xAE"
                  "b") == "a\\u202eb"); // would show what follows backwards
  CHECK(printable("\xE2\x81\xA6x\xE2\x81\xA9\xE2\x80\x8F") == "\\u2066x\\u2069\\u200f");
  CHECK(printable("\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80") ==
        "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80"); // a joined emoji is one picture
}
