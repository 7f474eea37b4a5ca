"""./dev demo"""

import builds
import demo

SUMMARY = "show what Weft does with this machine's own package catalogue; checks all it claims"
EXAMPLES = (("./dev demo", "under two minutes after the build"),
            ("./dev demo --keep", "leave the database, to look around in it"))


def arguments(parser):
    parser.add_argument("--keep", action="store_true", help="do not remove the folder at the end")
    parser.add_argument("--limit", type=int, metavar="N",
                        help="only the first N packages of the catalogue")


def run(options):
    builds.build("release", ["weft", "debian_catalogue", "weft_bench_commit"])
    return demo.show(builds.folder("release") / "bin", options.limit, options.keep)
