"""The machine: every package of cmake/apt-packages.txt is installed."""

import os
import pathlib
import shutil
import subprocess

import terminal

LIST = terminal.ROOT / "cmake" / "apt-packages.txt"


def listed():
    lines = (line.split("#")[0].strip() for line in LIST.read_text().splitlines())
    return [line for line in lines if line]


def missing():
    """The listed packages dpkg does not know as installed."""
    query = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${db:Status-Abbrev} ${Package}\n", *listed()],
        capture_output=True, text=True, check=False)
    installed = {line.split()[1] for line in query.stdout.splitlines() if line.startswith("ii")}
    return [name for name in listed() if name not in installed]


def as_root():
    """The words that make a command run as root, or None."""
    if os.geteuid() == 0:
        return []
    return ["sudo"] if shutil.which("sudo") else None


def has_package_index():
    return any(pathlib.Path("/var/lib/apt/lists").glob("*_Packages*"))


def install(names):
    command = " ".join(["apt-get install -y --no-install-recommends", *names])
    prefix = as_root()
    if prefix is None:
        raise terminal.Stop(f"{len(names)} packages are missing and there is no sudo here",
                            f"as root, run: {command}")
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    hint = f"is the network reachable? By hand: {command}"
    with terminal.step(f"install {len(names)} packages: {' '.join(names)}"):
        if not has_package_index():
            terminal.run([*apt, "update"], "apt-update", hint, env)
        install_them = [*apt, "install", "-y", "--no-install-recommends", *names]
        try:
            terminal.run(install_them, "apt-install", hint, env)
        except terminal.Stop:  # the index may be older than the archive
            terminal.say("   once more, with a fresh package index")
            terminal.run([*apt, "update"], "apt-update", hint, env)
            terminal.run(install_them, "apt-install", hint, env)


def ensure():
    """Installs what is missing; quick and silent when nothing is."""
    if not shutil.which("dpkg-query"):
        return  # not a Debian: the build names what it does not find
    names = missing()
    if names:
        install(names)
