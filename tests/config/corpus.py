"""Every file of good/ and bad/: the decoder tells exactly what the file beside it expects, and the
schema agrees, as far as a schema can say.

A file of good/ without expectation is told nothing. Lines of NAME.expected are

    # beyond the schema: why           (the schema accepts it, though it is bad)
    error bad_value "/log/level"       (severity, code, JSON pointer, in the order they are told)
"""

import json

import cases
import decoders


def expected(path):
    """(rows, whether no schema can find it)."""
    sidecar = path.with_suffix(".expected")
    lines = sidecar.read_text().splitlines() if sidecar.exists() else []
    rows = [line.split(" ", 2) for line in lines if not line.startswith("#")]
    beyond = any(line.startswith("# beyond the schema: ") for line in lines)
    return [(severity, code, json.loads(pointer)) for severity, code, pointer in rows], beyond


class Corpus(cases.TestCase):
    maxDiff = None

    def files(self, kind):
        found = sorted((decoders.FOLDER / kind).glob("*.json"))
        self.assertGreater(len(found), 10)
        return found

    def test_good_files_are_good(self):
        for path in self.files("good"):
            with self.subTest(file=path.name):
                rows, _ = expected(path)
                self.assertTrue(all(severity == "warning" for severity, _, _ in rows))
                self.assertEqual(decoders.decoder(path), rows)
                self.assertTrue(decoders.schema_accepts(path.read_bytes()))

    def test_bad_files_are_told_exactly(self):
        for path in self.files("bad"):
            with self.subTest(file=path.name):
                rows, beyond = expected(path)
                self.assertIn("error", {severity for severity, _, _ in rows})
                self.assertEqual(decoders.decoder(path), rows)
                self.assertEqual(decoders.schema_accepts(path.read_bytes()), beyond)

    def test_examples_are_valid_as_they_are(self):
        self.assertEqual([path.name for path in decoders.EXAMPLES],
                         ["five-nodes.json", "single.json", "three-nodes.json"])
        for path in decoders.EXAMPLES:
            with self.subTest(file=path.name):
                self.assertEqual(decoders.decoder(path), [])
                self.assertTrue(decoders.schema_accepts(path.read_bytes()))

    def test_no_expectation_is_left_behind(self):
        for path in decoders.FOLDER.glob("*/*.expected"):
            self.assertTrue(path.with_suffix(".json").exists(), path)

    def test_the_schema_is_one(self):
        decoders.jsonschema.Draft202012Validator.check_schema(decoders.SCHEMA)


if __name__ == "__main__":
    cases.main()
