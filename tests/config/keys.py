"""The decoder's table, the schema and the manual page name the same keys, with the same types,
defaults and variables. What the decoder knows, `weft config print` prints."""

import json
import re

import cases
import decoders

PAGE = decoders.ROOT / "docs/man/weft.json.5"
SINGLE = {"nodes": [{"id": "n1", "data_dir": "d"}]}
UNIT_US = {"us": 1, "ms": 10**3, "s": 10**6, "min": 6 * 10**7, "h": 36 * 10**8, "d": 864 * 10**8}
UNIT_BYTES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def printed(config):
    """{key: value} of one node; "node." for "nodes.n1."."""
    done = decoders.weft("config", "print", "-", "--node", "n1", "-o", "json",
                         text=json.dumps(config).encode())
    rows = json.loads(done.stdout)
    return {re.sub(r"^nodes\.n1\.", "node.", row["key"]): row["value"] for row in rows}


def leaves(schema, prefix=""):
    """(key, its schema with references followed), without $schema and the array of nodes."""
    for name, below in schema["properties"].items():
        if name == "nodes":
            yield from leaves(decoders.SCHEMA["$defs"]["node"], "node.")
        elif "properties" in below:
            yield from leaves(below, prefix + name + ".")
        elif name != "$schema":
            reference = below.get("$ref", "").removeprefix("#/$defs/")
            yield prefix + name, {**decoders.SCHEMA["$defs"].get(reference, {}), **below,
                                  "kind": reference}


def manual():
    """{key: (type, text below it)}."""
    keys = PAGE.read_text().split(".Sh KEYS")[1].split(".Sh ENVIRONMENT")[0]
    items = re.split(r"^\.It Cm ", keys, flags=re.M)[1:]
    return {head[1]: (head[2], item[head.end():])
            for item in items for head in [re.match(r"(\S+) Pq (.*)\n", item)]}


def kind_of(schema):
    """The type as the page writes it, without its range."""
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if "anyOf" in schema:
        word = next(c["const"] for c in schema["anyOf"] if "const" in c)
        kind = next(c["$ref"] for c in schema["anyOf"] if "$ref" in c)
        return f"{kind.removeprefix('#/$defs/')} | {word}"
    if schema["type"] == "integer":
        return f"{schema['minimum']} to {schema['maximum']}"
    return "true | false" if schema["type"] == "boolean" else schema["kind"]


class Keys(cases.TestCase):
    maxDiff = None

    def setUp(self):
        self.known = printed(SINGLE)
        self.schema = dict(leaves(decoders.SCHEMA))
        self.page = manual()

    def test_all_three_know_the_same_keys(self):
        self.assertGreater(len(self.known), 30)
        self.assertEqual(set(self.known), set(self.schema))
        self.assertEqual(list(self.known), list(self.page), "in this order")

    def test_types(self):
        for key, (kind, _) in self.page.items():
            with self.subTest(key=key):
                self.assertEqual(re.sub(r", \w+ to \w+", "", kind), kind_of(self.schema[key]))

    def test_defaults(self):
        three = json.loads((decoders.ROOT / "configs/three-nodes.json").read_text())
        of_cluster = printed({"nodes": [{**n, "http": {}} for n in three["nodes"]]})
        for key, (_, text) in self.page.items():
            said = re.search(r"^(?:Default: (.*)|No default)\.$", text, re.M)
            with self.subTest(key=key):
                value, other = self.known[key], of_cluster[key]
                if key in ("node.id", "node.data_dir"):
                    self.assertEqual(said[0], "No default.")
                elif key == "shards.replicas":
                    self.assertEqual((said[1], value, other), ("all voters", 1, 3))
                elif key in ("node.client.address", "node.http.address", "shards.count"):
                    other = 16 if key == "shards.count" else "none"
                    self.assertEqual(said[1], f"{value} of a single node, {other} in a cluster")
                elif key == "node.peer.address":
                    self.assertEqual((said[1], value), ("none", "none"))
                else:
                    shown = json.dumps(value) if isinstance(value, bool) else value
                    self.assertEqual(said[1], None if value is None else str(shown))
                    self.assertEqual(self.schema[key].get("default"), value)
                    self.assertEqual(other, value)

    def test_variables(self):
        for key, (_, text) in self.page.items():
            named = re.findall(r"^\.Ev (\S+)$", text, re.M)
            variable = "WEFT_" + key.replace(".", "_").upper()
            self.assertEqual(named, [] if key == "node.id" else [variable])

    def ranges(self):
        for key, (kind, _) in self.page.items():
            found = re.search(r", (\w+) to (\w+)", kind)
            if found:
                yield key, kind.split(",")[0], found[1], found[2]

    def faults(self, key, text):
        done = decoders.weft("config", "check", "-", "--set", f"{key}={text}", "-o", "jsonl",
                             text=json.dumps(SINGLE).encode())
        rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
        return [row["code"] for row in rows if row["pointer"] == "/" + key.replace(".", "/")]

    def test_ranges_of_durations_and_sizes(self):
        seen = 0
        for key, kind, least, most in self.ranges():
            units, smallest = (UNIT_BYTES, "B") if kind == "size" else (UNIT_US, "us")
            amounts = [int(n) * units[unit]
                       for n, unit in re.findall(r"(\d+)([a-zA-Z]+)", least + " " + most)]
            for amount, out in ((amounts[0], False), (amounts[0] - 1, True),
                                (amounts[1], False), (amounts[1] + 1, True)):
                with self.subTest(key=key, amount=amount):
                    self.assertEqual("out_of_range" in self.faults(key, f"{amount}{smallest}"),
                                     out)
            seen += 1
        self.assertEqual(seen, 11)


if __name__ == "__main__":
    cases.main()
