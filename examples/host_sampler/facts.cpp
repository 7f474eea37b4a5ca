#include "facts.hpp"

namespace host {

using weft::ident;
using weft::map_of;
using weft::tx_request;

namespace {

/// A reference to the machine, which is made when it is not there.
weft::operand machine(const std::string& name) {
  return map_of({{"host/name", name}});
}

} // namespace

tx_request schema() {
  struct row {
    const char* name;
    const char* type;
    bool is_identity;
    const char* doc;
  };
  constexpr row rows[] = {
      {"host/name", "db.type/string", true, "the name that a machine gives itself"},
      {"host.cpu/busy-percent", "db.type/double", false, "of all processors, since the last time"},
      {"host.memory/total-bytes", "db.type/long", false, "memory"},
      {"host.memory/available-bytes", "db.type/long", false, "memory that programs could get"},
      {"disk/id", "db.type/string", true, "machine/disk"},
      {"disk/host", "db.type/ref", false, "the machine that it is in"},
      {"disk/read-bytes", "db.type/long", false, "since the machine began"},
      {"disk/written-bytes", "db.type/long", false, "since the machine began"},
      {"interface/id", "db.type/string", true, "machine/network interface"},
      {"interface/host", "db.type/ref", false, "the machine that it is in"},
      {"interface/received-bytes", "db.type/long", false, "since the machine began"},
      {"interface/sent-bytes", "db.type/long", false, "since the machine began"},
  };
  tx_request all;
  for (const row& r : rows) {
    std::vector<weft::map_entry> said = {{"db/ident", ident(r.name)},
                                         {"db/valueType", ident(r.type)},
                                         {"db/cardinality", ident("db.cardinality/one")},
                                         {"db/doc", r.doc}};
    if (r.is_identity)
      said.push_back({"db/unique", ident("db.unique/identity")});
    all.put(std::move(said));
  }
  return all;
}

std::vector<tx_request> facts(const std::string& name, const figures& before, const figures& now) {
  std::vector<tx_request> items;
  items.push_back(tx_request{}.put({{"host/name", name},
                                    {"host.cpu/busy-percent", busy_percent(before.cpu, now.cpu)},
                                    {"host.memory/total-bytes", now.memory.total_bytes},
                                    {"host.memory/available-bytes", now.memory.available_bytes}}));
  for (const disk& d : now.disks)
    items.push_back(tx_request{}.put({{"disk/id", name + "/" + d.name},
                                      {"disk/host", machine(name)},
                                      {"disk/read-bytes", d.read_bytes},
                                      {"disk/written-bytes", d.written_bytes}}));
  for (const interface& i : now.interfaces)
    items.push_back(tx_request{}.put({{"interface/id", name + "/" + i.name},
                                      {"interface/host", machine(name)},
                                      {"interface/received-bytes", i.received_bytes},
                                      {"interface/sent-bytes", i.sent_bytes}}));
  return items;
}

} // namespace host
