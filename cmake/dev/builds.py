"""Configuring and building a preset of CMakePresets.json in build/<preset>."""

import json
import os

import terminal


def presets():
    text = (terminal.ROOT / "CMakePresets.json").read_text()
    listed = json.loads(text)["configurePresets"]
    return {p["name"]: p["displayName"] for p in listed if not p.get("hidden")}


def folder(preset):
    return terminal.ROOT / "build" / preset


def jobs():
    return len(os.sched_getaffinity(0))


def configure(preset):
    terminal.run(["cmake", "--preset", preset], f"configure-{preset}",
                 f"to start over: rm -r build/{preset}")


def build(preset, targets=()):
    """Configures and builds the targets, or everything."""
    with terminal.step(f"build {preset}" + (f": {' '.join(targets)}" if targets else "")):
        configure(preset)
        command = ["cmake", "--build", f"build/{preset}", "--parallel", str(jobs())]
        if targets:
            command += ["--target", *targets]
        terminal.run(command, f"build-{preset}", "the first 'error:' above is the one to fix")
