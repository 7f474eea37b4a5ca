#include "weft/persistence/data_folder.hpp"

#include "weft/persistence/mutant.hpp"
#include "weft/persistence/wal/hard_state.hpp"
#include "weft/persistence/wal/verify.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace weft::persistence {

namespace {

constexpr std::size_t version_bytes_max = 4096;

bytes checksum_text(bytes_view body) {
  bytes raw;
  byte_writer(raw).fixed(checksum64(body, 0));
  return to_hex(raw);
}

/// The rest of the next line of `text`, when it starts with `word` and a space.
std::optional<bytes_view> line_after(bytes_view& text, bytes_view word) {
  const auto end = text.find('\n');
  if (end == bytes_view::npos || !text.starts_with(word) || end <= word.size() ||
      text[word.size()] != ' ')
    return std::nullopt;
  const auto out = text.substr(word.size() + 1, end - word.size() - 1);
  text.remove_prefix(end + 1);
  return out;
}

/// True when `text` ends with a checksum that is not its own: damage, whatever it says.
bool contradicts_itself(bytes_view text) {
  constexpr bytes_view last_line = "\nchecksum ";
  const auto at = text.rfind(last_line);
  if (at == bytes_view::npos)
    return false;
  auto rest = text.substr(at + 1);
  const auto sum = line_after(rest, "checksum");
  return !sum || !rest.empty() || *sum != checksum_text(text.substr(0, at + 1));
}

template <class Int>
std::optional<Int> number(std::optional<bytes_view> text, int base) {
  Int out = 0;
  if (!text)
    return std::nullopt;
  const auto* end = text->data() + text->size();
  const auto [stop, code] = std::from_chars(text->data(), end, out, base);
  if (code != std::errc{} || stop != end)
    return std::nullopt;
  return out;
}

/// Nothing but what an unfinished creation leaves, and the folder of a fresh file system's fsck.
result<void> check_empty(disk& on, const std::string& data) {
  static constexpr std::array<std::string_view, 7> expected = {
      "LOCK", "VERSION", "VERSION.new", "hardstate", "hardstate.new", "lost+found", "wal"};
  WEFT_TRY(const auto names, on.list(data));
  for (const auto& name : names)
    if (std::find(expected.begin(), expected.end(), name) == expected.end())
      return fail(errc::not_a_database,
                  data + " holds other files (" + name + "), and no Weft database",
                  {{"path", data}});
  return {};
}

/// True when a hard state says that its database was opened once, or cannot be read.
result<bool> was_opened(disk& on, const std::string& path) {
  auto both = read_file(on, path, 2 * hard_state_block_bytes);
  if (!both && both.error().code == errc::not_found)
    return false;
  if (!both)
    return fail(std::move(both).error());
  for (const std::size_t at : {std::size_t{0}, hard_state_block_bytes}) {
    const auto state = decode_hard_state(
        bytes_view{*both}.substr(std::min(at, both->size()), hard_state_block_bytes));
    if (!state || state->term > term(0) || state->committed > log_index(0))
      return true;
  }
  return false;
}

/// True when a log holds entries, or anything that an unfinished creation does not leave.
result<bool> was_written(disk& on, const std::string& wal) {
  const auto report = verify_log(on, wal, {});
  if (!report && report.error().code == errc::not_a_database)
    return false;
  if (!report)
    return fail(report.error());
  return report->entries > 0 || report->proven > log_index(0) || !report->findings.empty();
}

/// Removes what a crash in create() left; refuses when it may be more than that.
result<void> clear_unfinished(disk& on, const std::string& data) {
  const auto state = join(data, "hardstate");
  const auto wal = join(data, "wal");
  WEFT_TRY(const bool opened, was_opened(on, state));
  WEFT_TRY(const bool written, was_written(on, wal));
  if (opened || written)
    return fail(errc::not_a_database,
                data + " holds no VERSION, and " + (written ? wal : state) +
                    " is that of a database that was used; put its VERSION back",
                {{"path", data}});
  for (const auto& path : {state, state + ".new"}) {
    WEFT_TRY(const bool there, on.exists(path));
    if (there)
      WEFT_CHECK(on.remove(path));
  }
  const auto names = on.list(wal);
  if (!names)
    return names.error().code == errc::not_found ? result<void>{} : fail(names.error());
  for (const auto& name : *names)
    if (name == "committed" || sequence_of_name(name) || number_of_free_name(name))
      WEFT_CHECK(on.remove(join(wal, name)));
  return {};
}

} // namespace

bytes encode(const version_file& v) {
  bytes out = "weft " + std::to_string(v.format) + "\ndatabase " + v.database.to_string() +
              "\ncreated " + std::to_string(v.created.get()) + '\n';
  out += "checksum " + checksum_text(out) + '\n';
  return out;
}

result<version_file> decode_version_file(bytes_view text) {
  const auto whole = text;
  version_file out;
  const auto format = number<std::uint32_t>(line_after(text, "weft"), 10);
  if (!format)
    return fail(errc::not_a_database, "VERSION cannot be read");
  if (contradicts_itself(whole))
    return fail(errc::not_a_database, "VERSION is damaged",
                {{"try", "restore VERSION from a copy; `weft wal verify` tells what else is"}});
  if (*format > data_format_version)
    return fail(errc::unsupported_version, "the data folder has format " + std::to_string(*format));
  const auto database = line_after(text, "database");
  const auto created = number<std::int64_t>(line_after(text, "created"), 10);
  const auto sum = line_after(text, "checksum");
  const bool whole_id = database && database->size() == 32;
  const auto high =
      number<std::uint64_t>(whole_id ? std::optional(database->substr(0, 16)) : std::nullopt, 16);
  const auto low =
      number<std::uint64_t>(whole_id ? std::optional(database->substr(16)) : std::nullopt, 16);
  if (!high || !low || !created || !sum || !text.empty())
    return fail(errc::not_a_database, "VERSION is damaged");
  out.format = *format;
  out.database = {{*high, *low}};
  out.created = instant(*created);
  return out;
}

result<version_file> read_version_file(disk& on, const std::string& data) {
  auto text = read_file(on, join(data, "VERSION"), version_bytes_max);
  if (!text && text.error().code == errc::not_found)
    return fail(errc::not_a_database, "there is no Weft database in " + data, {{"path", data}});
  if (!text)
    return fail(std::move(text).error());
  auto out = decode_version_file(*text);
  if (!out)
    out.error().fields.push_back({"path", join(data, "VERSION")});
  return out;
}

result<data_folder> data_folder::open(disk& on, const std::string& data,
                                      const std::string& holder) {
  data_folder out;
  out.path_ = data;
  WEFT_TRY(out.version_, read_version_file(on, data));
  WEFT_TRY(out.lock_, on.lock(join(data, "LOCK"), holder + '\n'));
  return out;
}

result<data_folder> data_folder::create(disk& on, const std::string& data,
                                        const std::string& holder, const version_file& version,
                                        const std::function<result<void>()>& fill) {
  data_folder out;
  out.path_ = data;
  out.version_ = version;
  WEFT_CHECK(on.make_folder(data));
  if (!mutated(sync_site::data_folder))
    WEFT_CHECK(on.sync_folder(parent_of(data)));
  WEFT_CHECK(check_empty(on, data));
  WEFT_TRY(out.lock_, on.lock(join(data, "LOCK"), holder + '\n'));
  const auto path = join(data, "VERSION");
  const auto fresh = path + ".new";
  WEFT_TRY(const auto there, on.exists(path));
  if (there)
    return fail(errc::invalid_argument, data + " holds a database already", {{"path", data}});
  WEFT_CHECK(clear_unfinished(on, data));
  WEFT_CHECK(fill());
  WEFT_TRY(const auto left_over, on.exists(fresh));
  if (left_over)
    WEFT_CHECK(on.remove(fresh));
  WEFT_TRY(auto to, on.open(fresh, open_mode::create));
  WEFT_CHECK(to->write(0, encode(version)));
  if (!mutated(sync_site::version_file))
    WEFT_CHECK(to->sync_data());
  WEFT_CHECK(on.rename(fresh, path));
  if (!mutated(sync_site::version_folder))
    WEFT_CHECK(on.sync_folder(data));
  return out;
}

} // namespace weft::persistence
