#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include "weft/console/cli/transfer/ack_file.hpp"
#include "weft/console/cli/transfer/file_prefix.hpp"
#include "weft/console/cli/transfer/form_readers.hpp"
#include "weft/console/cli/transfer/line_reader.hpp"
#include "weft/console/cli/transfer/system_error.hpp"
#include "weft/core/base/limits.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>

using namespace weft;
using namespace weft::console;

namespace {

std::string written(const test::temp_folder& in, const std::string& text) {
  auto path = in / "text";
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

} // namespace

TEST_CASE("a line that is too long is passed over") {
  const test::temp_folder folder;
  const std::string too_long(limits::transaction_text_bytes_max + 2 * text_input::piece_bytes, 'x');
  for (const std::string end : {"\nlast\n", ""}) {
    auto in = text_input::open(written(folder, "first\n" + too_long + end));
    REQUIRE(in);
    line_reader lines(*in, 0);
    CHECK(**lines.next() == "first");
    CHECK(lines.next().error().code == errc::input_too_large);
    CHECK_FALSE(lines.failed());
    CHECK(lines.offset() == 6 + too_long.size() + (end.empty() ? 0 : 1));
    const auto last = lines.next();
    REQUIRE(last);
    CHECK(last->has_value() == !end.empty());
  }
}

TEST_CASE("a prefix is known by its bytes") {
  const test::temp_folder folder;
  auto in = text_input::open(written(folder, "one\ntwo\nthree\n"));
  REQUIRE(in);
  file_prefix prefix;
  REQUIRE(prefix.advance(*in, 4));
  const auto one = to_bytes(hash_of("one\n"));
  CHECK(prefix.text() == to_hex({one.data(), one.size()}));
  REQUIRE(prefix.advance(*in, 8));
  const auto two = to_bytes(hash_of("one\ntwo\n"));
  CHECK(prefix.text() == to_hex({two.data(), two.size()}));
  CHECK(prefix.offset() == 8);
  CHECK(prefix.advance(*in, 15).error().code == errc::io_error); // the file has 14 bytes
}

TEST_CASE("what is no text is told apart") {
  CHECK(looks_binary({"\x1f\x8b\x08\x00", 4}));
  CHECK(looks_binary("\x7f"
                     "ELF"));
  CHECK(looks_binary({"{\0:\0a\0", 6}));
  CHECK_FALSE(looks_binary(""));
  CHECK_FALSE(looks_binary("\t{:a/b \"\xc3\xa4\"}\r\n"));
  CHECK_FALSE(looks_binary(std::string(100, 'x') + '\x01')); // is told with its line
}

TEST_CASE("acknowledgements are appended, each on a line") {
  const test::temp_folder folder;
  const auto path = folder / "acks";
  for (std::uint64_t t = 7; t < 9; ++t) {
    auto acks = ack_file::open(path);
    REQUIRE(acks);
    REQUIRE(acks->add(tx_number(t), 100));
  }
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  CHECK(text.str() == "{\"t\":7,\"line\":100}\n{\"t\":8,\"line\":100}\n");
  CHECK(ack_file::open(folder / "no/acks").error().code == errc::not_found);
}

TEST_CASE("what the system says becomes an error of the table") {
  CHECK(system_error("read", "f", ENOENT).code == errc::not_found);
  CHECK(system_error("read", "f", EROFS).code == errc::access_denied);
  CHECK(system_error("write", "f", ENOSPC).code == errc::disk_full);
  CHECK(system_error("read", "f", EIO).code == errc::io_error);
  CHECK(system_error("read", "f", EACCES).detail == "cannot read f: Permission denied");
}
