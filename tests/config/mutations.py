"""Good configurations, each changed at random places: a key dropped, renamed or moved, a value of
another type or another form. The decoder and the schema must still agree.

WEFT_SEED=n runs one seed again; a failure prints its text.
"""

import copy
import json
import os
import random

import cases
import decoders

ROUNDS = 400
# What no schema finds, besides amounts within texts: see tests/config/bad for one of each.
BEYOND = {"duplicate_value", "contradiction", "duplicate_key"}
VALUES = [None, True, False, 0, 1, -1, 1.5, 2.0, 1e3, 70000, 10**20, "", "x", "none", "forever",
          "150ms", "0us", "1d", "64MiB", "0B", "64MB", "127.0.0.1:7400", "0.0.0.0:1", "[::1]:2",
          "[::2]:2", "n1.example.org:3", "localhost:0", "127.0.0.1", "info", "voter", "learner",
          "strict", "text", "n2", "N2", "a" * 64, [], {}, ["n1"], {"address": "none"}]


def places(value, at=()):
    """Paths of everything below the root."""
    entries = (value.items() if isinstance(value, dict)
               else enumerate(value) if isinstance(value, list) else ())
    for name, below in entries:
        yield (*at, name)
        yield from places(below, (*at, name))


def holder(config, path):
    for step in path[:-1]:
        config = config[step]
    return config


def rename(chance, name):
    at = chance.randrange(len(name) + 1)
    return name[:at] + chance.choice("aeio_") + name[at + chance.randrange(2):]


def mutate(chance, config):
    """One change, in place."""
    path = chance.choice(list(places(config)))
    parent, name = holder(config, path), path[-1]
    what = chance.choice(("drop", "rename", "retype", "retype", "copy"))
    if what == "drop":
        del parent[name]
    elif what == "rename" and isinstance(name, str):
        parent[rename(chance, name)] = parent.pop(name)
    elif what == "copy":
        other = chance.choice(list(places(config)))
        parent[name] = copy.deepcopy(holder(config, other)[other[-1]])
    else:
        parent[name] = chance.choice(VALUES)


def value_at(config, pointer):
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        config = config[int(step)] if isinstance(config, list) else config[step]
    return config


def is_for_a_schema(config, code, pointer):
    """Whether a schema can find this mistake."""
    if code in BEYOND:
        return False
    if code == "out_of_range":  # of numbers and lengths, not of amounts within texts
        value = value_at(config, pointer)
        return not isinstance(value, str) or value == "a" * 64
    return True


class Mutations(cases.TestCase):
    def sources(self):
        files = [*decoders.EXAMPLES, *sorted((decoders.FOLDER / "good").glob("*.json"))]
        return [json.loads(path.read_text(encoding="utf-8-sig")) for path in files]

    def check(self, config):
        text = json.dumps(config).encode()
        told = decoders.decoder("-", text)
        mistakes = [(code, pointer) for severity, code, pointer in told if severity == "error"]
        accepted = decoders.schema_accepts(text)
        if not mistakes:
            self.assertTrue(accepted, text)
        elif any(is_for_a_schema(config, *mistake) for mistake in mistakes):
            self.assertFalse(accepted, (mistakes, text))
        elif not accepted:
            self.fail(("the schema refuses what the decoder does not", mistakes, text))
        return bool(mistakes)

    def test_decoder_and_schema_agree(self):
        sources = self.sources()
        seed = int(os.environ.get("WEFT_SEED", random.randrange(2**32)))
        chance = random.Random(seed)
        bad = 0
        for _ in range(ROUNDS):
            config = copy.deepcopy(chance.choice(sources))
            for _ in range(chance.choice((1, 1, 1, 2, 3))):
                if config:
                    mutate(chance, config)
            with self.subTest(seed=seed):
                bad += self.check(config)
        self.assertGreater(bad, ROUNDS // 4)
        self.assertLess(bad, ROUNDS)


if __name__ == "__main__":
    cases.main()
