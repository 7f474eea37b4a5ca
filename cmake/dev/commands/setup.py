"""./dev setup"""

import shutil

import packages
import terminal

SUMMARY = "install the packages of cmake/apt-packages.txt"
EXAMPLES = (("./dev setup", "install what is missing"),
            ("./dev setup --check", "only say what is missing"))


def arguments(parser):
    parser.add_argument("--check", action="store_true",
                        help="install nothing; exit code 1 when something is missing")


def run(options):
    if not shutil.which("dpkg-query"):
        raise terminal.Stop("this is not a Debian system",
                            "install the counterparts of cmake/apt-packages.txt by hand")
    missing = packages.missing()
    if options.check and missing:
        terminal.say("missing: " + " ".join(missing))
        return 1
    if missing:
        packages.install(missing)
    terminal.say(f"all {len(packages.listed())} packages are installed")
    return 0
