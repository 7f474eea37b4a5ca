// debian_catalogue: prints the machine's Debian package catalogue as transactions for weft import.
//
//   debian_catalogue -o catalogue.edn && weft import catalogue.edn
//   apt-cache dumpavail | ssh there debian_catalogue --from - --format jsonl | weft import -
#include "edn.hpp"
#include "json.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <limits>

namespace {

/// Any Debian release has tens of thousands.
constexpr std::size_t few_packages = 10'000;

struct arguments {
  std::string from;
  std::string output = "-";
  std::string format = "edn";
  std::size_t limit = std::numeric_limits<std::size_t>::max();
  std::int64_t changed = 0;
  bool schema_only = false;
};

/// A text file that is written in large pieces; remembers its first failure.
class text_file {
 public:
  explicit text_file(const std::string& path)
      : path_(path), file_(path == "-" ? stdout : std::fopen(path.c_str(), "wb")) {
    failed_ = file_ == nullptr;
  }
  text_file(const text_file&) = delete;
  text_file& operator=(const text_file&) = delete;
  ~text_file() { (void)close(); }

  /// To append to; written out now and then.
  std::string& buffer() {
    if (buffer_.size() >= piece_bytes)
      flush();
    return buffer_;
  }
  [[nodiscard]] weft::result<void> close() {
    if (file_ != nullptr) {
      flush();
      failed_ |= std::fflush(file_) != 0;
      if (file_ != stdout)
        failed_ |= std::fclose(file_) != 0;
      file_ = nullptr;
    }
    if (failed_)
      return weft::fail(weft::errc::io_error, "cannot write " + path_);
    return {};
  }

 private:
  static constexpr std::size_t piece_bytes = 1U << 20U;
  void flush() {
    failed_ |=
        file_ != nullptr && std::fwrite(buffer_.data(), 1, buffer_.size(), file_) != buffer_.size();
    buffer_.clear();
  }

  std::string path_;
  std::FILE* file_;
  std::string buffer_;
  bool failed_ = false;
};

template <class Form>
void append(std::string& out, const Form& form, const std::string& format) {
  if (format == "edn")
    debian::append_edn(out, form);
  else
    debian::append_json(out, form);
}

void note_counts(const arguments& how, const debian::catalogue& all, std::size_t facts) {
  std::fprintf(stderr, "%zu packages, %zu names, %zu maintainers: %zu facts\n",
               all.packages().size(), all.names().size(), all.maintainers().size(), facts);
  if (how.from.empty() && all.packages().size() < std::min(few_packages, how.limit))
    std::fprintf(stderr, "that is few: `apt-get update` (as root) fetches the whole catalogue\n");
}

weft::result<void> write_schema(const arguments& how) {
  text_file out(how.output);
  for (const debian::attribute& a : debian::attributes())
    append(out.buffer(), a, how.format);
  return out.close();
}

weft::result<void> write_catalogue(const arguments& how) {
  WEFT_TRY(std::string text, how.from.empty() ? debian::read_apt() : debian::read_text(how.from));
  WEFT_TRY(const auto all, debian::catalogue::parse(std::move(text), how.limit));
  text_file out(how.output);
  for (const debian::attribute& a : debian::attributes())
    append(out.buffer(), a, how.format);
  std::size_t facts = 0;
  debian::state(all, how.changed, [&](debian::statement s) {
    append(out.buffer(), s, how.format);
    facts += s.size();
  });
  WEFT_CHECK(out.close());
  note_counts(how, all, facts);
  return {};
}

} // namespace

int main(int argc, char** argv) {
  arguments how;
  CLI::App app("The machine's Debian package catalogue as transactions for weft import.");
  app.add_option("-o,--output", how.output, "write to this file; - is the standard output");
  app.add_option("--from", how.from,
                 "read the output of `apt-cache dumpavail` from this file or -; else run it");
  app.add_option("--format", how.format, "edn: a map per line; jsonl: an object per line")
      ->check(CLI::IsMember({"edn", "jsonl"}));
  app.add_option("--limit", how.limit, "only the first packages, by name");
  app.add_option("--changed", how.changed, "add this to every size, to have other facts");
  app.add_flag("--schema-only", how.schema_only, "only declare the attributes");
  CLI11_PARSE(app, argc, argv);
  if (const auto done = how.schema_only ? write_schema(how) : write_catalogue(how); !done) {
    std::fprintf(stderr, "debian_catalogue: %s\n", done.error().to_string().c_str());
    return done.error().code == weft::errc::not_found ? 3 : 1;
  }
  return 0;
}
