// Writes what the fuzzers of streams begin with: the documented frames, refusals of each, cursors,
// and some conversations.
//
//     weft_make_stream_corpus tests/fuzz/corpus
#include "unit/stream/examples.hpp"

#include "weft/core/stream/frame_bundle.hpp"

#include <filesystem>
#include <fstream>

using namespace weft;
using namespace weft::test;
using namespace weft::stream;

namespace {

void write(const std::filesystem::path& file, bytes_view content) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

std::string file_name(std::string text) {
  std::string out;
  for (const char c : text)
    if (c == ' ')
      out += '_';
    else if (c != ',')
      out += c;
  return out;
}

std::map<std::string, bytes> frames() {
  std::map<std::string, bytes> out;
  for (const auto& [name, f] : documented_client_frames())
    out[file_name(name)] = encode(f);
  for (const auto& [name, f] : documented_server_frames())
    out[file_name(name)] = encode(f);
  const epoch of{7, 1};
  out["unknown_error"] = encode(closed_frame{of, 1, {60'000, false, "new", {}}});
  attribute composite;
  composite.id = attribute_id(2000);
  composite.ident = "a/b+c";
  composite.type = value_type::tuple;
  composite.tuple_of = {attribute_id(1024), attribute_id(1025)};
  out["schema_composite"] = encode(schema_frame{
      of, 1, std::make_shared<const std::vector<attribute>>(std::vector<attribute>{composite})});
  return out;
}

bytes changed(bytes wire, std::size_t at, char to) {
  wire[at] = to;
  return wire;
}

void write_frames(const std::filesystem::path& folder) {
  auto all = frames();
  const auto slice = std::get<records_frame>(documented_server_frames().at("records"));
  const std::vector<server_frame> two_of_it{slice, records_frame{{7, 300}, 1, slice.what}};
  all["records_for_two_sessions"] = encode_front(two_of_it).wire;
  for (const auto& [name, wire] : all) {
    write(folder / name, wire);
    write(folder / ("refused_cut_" + name), wire.substr(0, wire.size() - 1));
    write(folder / ("refused_more_" + name), wire + '\0');
  }
  const auto& open = all.at("open_filtered_at_a_named_cursor");
  write(folder / "refused_version", changed(open, 0, 2));
  write(folder / "refused_kind", changed(open, 1, 9));
  write(folder / "refused_attempt", changed(open, 10, 0));
  write(folder / "refused_shard", open.substr(0, 28) + "\x80\x10" + open.substr(29));
  write(folder / "refused_filter", changed(open, open.size() - 5, '*'));
  write(folder / "refused_size", bytes(limits::frame_bytes_max + 1, '\1'));
  const auto& records = all.at("records");
  write(folder / "refused_payload", changed(records, 64, 2));
  write(folder / "refused_item", changed(records, 30, 1));
  write(folder / "refused_no_items", changed(records, 29, 0));
  const auto& shared = all.at("records_for_two_sessions");
  write(folder / "refused_one_session", changed(shared, 2, 1));
  write(folder / "refused_shared_attempt", changed(shared, 11, 0));
  const auto& some = all.at("records_filtered");
  write(folder / "refused_gap", changed(some, 12, 1));
  write(folder / "refused_run", changed(some, 65, 0));
  write(folder / "refused_runs", changed(some, 63, 0));
  const cursor one{{{1, 2}}, 1, {{shard_id(0), tx_number(300), 7}}};
  write(folder / "cursor", one.to_bytes());
  write(folder / "cursor_token", one.to_token());
  auto two = one;
  two.shards.push_back({shard_id(5), tx_number(0), 0});
  write(folder / "cursor_of_two", two.to_bytes());
  write(folder / "cursor_token_of_two", two.to_token());
  auto loose = one.to_token();
  loose.back() = 'p';
  write(folder / "refused_token_loose", loose);
  write(folder / "position", "300");
  write(folder / "refused_position", "99999999999999999999");
  write(folder / "refused_token", one.to_token() + "!");
  write(folder / "refused_cursor", one.to_bytes().substr(1));
  const auto seal = [](bytes content) {
    byte_writer(content).fixed(checksum64(content, 0));
    return content;
  };
  write(folder / "refused_cursor_empty", seal(one.to_bytes().substr(0, 18) + '\0'));
  write(folder / "refused_cursor_cut", seal(one.to_bytes().substr(0, 10)));
  write(folder / "refused_cursor_shard", seal(one.to_bytes().substr(0, 18) + "\1\x80\x10"));
  write(folder / "refused_cursor_no_version", seal(bytes(1, '\0')));
  write(folder / "refused_cursor_size", bytes(limits::cursor_token_bytes_max + 1, 'A'));
  const bytes newer("\2 something");
  write(folder / "refused_cursor_version", seal(newer));
}

bytes counted(const bytes& wire) {
  bytes out;
  byte_writer(out).counted(wire);
  return out;
}

/// Steps of the fuzzer: connected, its request to open goes over, and the answers come back.
void write_conversations(const std::filesystem::path& folder) {
  const bytes open("\7\2\0", 3);                    // connected; its first frame is taken
  const bytes answers("\5\7\3\0\3\1\3\2", 8);       // a read, then three frames
  const bytes live("\4\3\3\3\3\4\4\2\3\5\3\6", 12); // commits and frames
  const bytes late("\6\xFF\xFF\3\1\2\0\3\3", 9);    // time, old frames
  const bytes consumer("\x0A\0\xFF\xFF\3\x0A\3\5........", 16);
  for (const char kind : {'\0', '\1', '\2', '\3', '\4', '\6', '\7', '\x8'}) {
    const bytes first(1, kind);
    const auto name = "conversation_" + std::to_string(static_cast<int>(kind));
    write(folder / name, first + open + answers + live + late + consumer);
    write(folder / (name + "_live"), first + open + live + answers + live);
  }
  const bytes local("\x09\4\3\x80\x01\5\7\x09\5\xFF\x7F\4\3\x09\6\5\x09\7\0\x09\6\6\x09\7\1", 24);
  write(folder / "local", bytes(1, '\1') + local + open + answers + local);
  write(folder / "failing_reads", bytes(1, '\2') + open + bytes("\5\0\6\1\1\5\1\2\0\5\0", 10));
  for (const auto& [name, wire] : frames()) {
    write(folder / ("publisher_" + name), bytes("\1\0", 2) + counted(wire) + '\0');
    write(folder / ("subscriber_" + name), bytes("\1\7\1", 3) + counted(wire));
  }
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2)
    return 2;
  const std::filesystem::path corpus = argv[1];
  write_frames(corpus / "stream_frame");
  write_conversations(corpus / "stream_machines");
  return 0;
}
