"""./dev test"""

import builds
import suites
import terminal

SUMMARY = "build and run every test suite; ends with one line of totals"
EXAMPLES = (("./dev test", "everything, sanitizers included"),
            ("./dev test --suite unit -k upsert", "the cases of one suite that name 'upsert'"))
PRESETS = ("dev", "asan", "tsan")


def arguments(parser):
    parser.add_argument("--suite", action="append", choices=suites.table(), metavar="NAME",
                        help="only this suite; may be repeated")
    parser.add_argument("--preset", action="append", choices=PRESETS, metavar="NAME",
                        help="dev, asan or tsan only; may be repeated")
    parser.add_argument("-k", dest="filter", default="", metavar="TEXT",
                        help="only the test cases whose name contains TEXT")
    parser.add_argument("--strict", action="store_true", help="a skipped test case is a failure")
    parser.epilog = terminal.table("suites", [
        (name, f"{row['about']} ({', '.join(row['presets'])})")
        for name, row in suites.table().items()])
    parser.epilog += ("\n\nA suite that takes longer than its time budget fails; on a slow or busy"
                      " machine\nset WEFT_BUDGET_SCALE=3 to allow three times as much.")


def run(options):
    plan = make_plan(options)
    if not plan:
        raise terminal.Stop("no suite runs in that preset", "see tests/suites.json")
    runs, broken = [], []
    for preset, names in plan.items():
        try:
            build(preset, names)
        except terminal.Stop as stop:  # the other presets still tell something
            terminal.error(str(stop), stop.hint)
            broken.append(preset)
            continue
        with terminal.step(f"test {preset}: {' '.join(names)}"):
            done = [suites.run(name, preset, options.filter) for name in names]
            for one in filter(None, done):
                print_outputs(one)
                runs.append(one)
    return conclude(runs, broken, options)


def make_plan(options):
    """The suites to run in each preset, both in the order of their tables."""
    plan = {}
    for preset in options.preset or PRESETS:
        names = [name for name, row in suites.table().items()
                 if preset in row["presets"] and name in (options.suite or suites.table())]
        if names:
            plan[preset] = names
    return plan


def build(preset, names):
    """A sanitizer's preset builds only what it runs."""
    if preset == "tsan":
        builds.build(preset, ["weft_tests_concurrent"])
    elif preset == "asan" or len(names) < 3:
        builds.build(preset, [f"weft_tests_{name}" for name in names])
    else:
        builds.build(preset)


def print_outputs(run_):
    for test, text in run_.outputs.items():
        terminal.say(terminal.red(f"-- output of {test} ({run_.preset})"))
        terminal.say(text.rstrip())


def conclude(runs, broken, options):
    print_table(runs)
    skipped = [(r, c) for r in runs for c in r.cases if c.status == "skipped"]
    failed = [(r, c) for r in runs for c in r.cases if c.status == "failed"]
    late = [r for r in runs if r.over_budget()]
    for run_, case in skipped:
        terminal.say(f"skipped: {case.test} ({run_.preset}): {case.name}: {case.reason}")
    for run_, case in failed:
        reason = f": {case.reason}" if case.reason else ""
        terminal.say(f"{terminal.red('failed:')} {case.test} ({run_.preset}): {case.name}{reason}")
    for run_ in late:
        terminal.say(f"{terminal.red('failed:')} {run_.suite} ({run_.preset}) took longer than its"
                     f" budget of {run_.budget_s} s")
    for preset in broken:
        terminal.say(f"{terminal.red('failed:')} the preset {preset} does not build")
    if failed:
        run_, case = failed[0]
        terminal.say(f"to run one again: ./dev test --suite {run_.suite} --preset {run_.preset}"
                     f" -k '{case.name}'")
    passed = sum(r.count("passed") for r in runs)
    failures = len(failed) + len(late) + len(broken)
    if passed + failures + len(skipped) == 0:
        raise terminal.Stop(f"no test case is named like '{options.filter}'")
    if options.strict and skipped:
        terminal.say("--strict: a skipped test case is a failure")
    terminal.say(f"{passed} passed, {failures} failed, {len(skipped)} skipped")
    return 1 if failures or (options.strict and skipped) else 0


def print_table(runs):
    terminal.say()
    terminal.say(f"{'suite':<12} {'preset':<7} {'passed':>7} {'failed':>7} {'skipped':>8}"
                 f" {'seconds':>8} {'budget':>7}")
    for r in runs:
        terminal.say(f"{r.suite:<12} {r.preset:<7} {r.count('passed'):>7} {r.count('failed'):>7}"
                     f" {r.count('skipped'):>8} {r.seconds:>8.1f} {r.budget_s:>7}")
    terminal.say()
