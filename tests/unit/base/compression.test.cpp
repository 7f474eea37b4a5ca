#include "weft/core/base/compression.hpp"

#include "support/property.hpp"

#include <zstd.h>

#include <thread>

using namespace weft;

namespace {

bytes compressed(bytes_view in) {
  bytes out;
  compress(out, in);
  return out;
}

/// A frame made with one parameter set, or by a stream, which does not know its size.
bytes frame_with(ZSTD_cParameter parameter, int setting, bytes_view in) {
  auto* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, parameter, setting);
  bytes out(ZSTD_compressBound(in.size()), '\0');
  out.resize(ZSTD_compress2(context, out.data(), out.size(), in.data(), in.size()));
  ZSTD_freeCCtx(context);
  return out;
}

} // namespace

TEST_CASE("what is compressed can be decompressed") {
  rc::prop("any bytes, behind others", [](const std::string& part, const std::string& before) {
    std::string in;
    for (int i = *rc::gen::inRange(0, 50); i > 0; --i)
      in += part;
    auto out = before;
    compress(out, in);
    RC_ASSERT(out.starts_with(before));
    const auto frame = bytes_view(out).substr(before.size());
    RC_ASSERT(compressed(in) == frame);
    RC_ASSERT(decompress(frame, in.size()) == in);
  });
}

TEST_CASE("compression makes repetition small") {
  CHECK(compressed(bytes(100'000, 'a')).size() < 100);
}

TEST_CASE("a frame that would exceed the bound is refused") {
  const auto frame = compressed(bytes(1000, 'a'));
  CHECK(decompress(frame, 1000).has_value());
  CHECK_FALSE(decompress(frame, 999).has_value());
  CHECK_FALSE(decompress(compressed(bytes(100U << 20U, '\0')), 1U << 20U).has_value());
}

TEST_CASE("a frame that does not say its size is refused") {
  const auto frame = frame_with(ZSTD_c_contentSizeFlag, 0, "some text, some text");
  REQUIRE(ZSTD_getFrameContentSize(frame.data(), frame.size()) == ZSTD_CONTENTSIZE_UNKNOWN);
  CHECK_FALSE(decompress(frame, 1000).has_value());
}

TEST_CASE("exactly one frame is accepted") {
  const auto frame = compressed("some text");
  const bytes skippable("\x50\x2A\x4D\x18\x01\0\0\0x", 9);
  CHECK(decompress(frame, 1000) == "some text");
  CHECK_FALSE(decompress(frame + frame, 1000).has_value());
  CHECK_FALSE(decompress(frame + '\0', 1000).has_value());
  CHECK_FALSE(decompress(skippable, 1000).has_value());
  CHECK_FALSE(decompress(skippable + frame, 1000).has_value());
  CHECK_FALSE(decompress(frame + skippable, 1000).has_value());
  CHECK_FALSE(decompress("", 1000).has_value());
}

TEST_CASE("a damaged frame is refused") {
  const auto frame = frame_with(ZSTD_c_checksumFlag, 1, "some text, some text");
  REQUIRE(decompress(frame, 1000).has_value());
  for (std::size_t i = 0; i < frame.size(); ++i) {
    CHECK_FALSE(decompress(frame.substr(0, i), 1000).has_value());
    auto damaged = frame;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    static_cast<void>(decompress(damaged, 1000));
  }
  auto damaged = frame;
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  CHECK_FALSE(decompress(damaged, 1000).has_value());
}

TEST_CASE("the level is the measured one, in every thread") {
  const bytes in = "a text that repeats itself, a text that repeats itself, a text";
  const auto expected = frame_with(ZSTD_c_compressionLevel, -1, in);
  CHECK(compressed(in) == expected);
  bytes elsewhere;
  std::thread([&] { elsewhere = compressed(in); }).join();
  CHECK(elsewhere == expected);
}
