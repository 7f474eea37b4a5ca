"""The machine: every package of cmake/apt-packages.txt is installed."""

import os
import pathlib
import shutil
import subprocess

import terminal

LIST = terminal.ROOT / "cmake" / "apt-packages.txt"


def listed(group=""):
    """The packages of a group: those before the first [group] have none."""
    names, now = [], ""
    for line in LIST.read_text().splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("["):
            now = line.strip("[]")
        elif line and now == group:
            names.append(line)
    return names


def missing(group=""):
    """The listed packages dpkg does not know as installed."""
    names = listed(group)
    query = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${db:Status-Abbrev} ${Package}\n", *names],
        capture_output=True, text=True, check=False)
    installed = {line.split()[1] for line in query.stdout.splitlines() if line.startswith("ii")}
    return [name for name in names if name not in installed]


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


# Made while packages with services are installed: nothing is started (policy-rc.d(8)).
NO_SERVICES = r"""
policy=/usr/sbin/policy-rc.d
if [ -e $policy ]; then made=no; else
  made=yes; printf '#!/bin/sh\nexit 101\n' > $policy; chmod +x $policy
fi
"$@"; code=$?
[ $made = no ] || rm $policy
exit $code
"""


def services_of(names):
    """Services that these packages brought."""
    found = terminal.output(["dpkg-query", "--listfiles", *names]) if names else ""
    return sorted({line.rsplit("/", 1)[1] for line in found.splitlines()
                   if line.startswith("/etc/init.d/")})


def installed():
    form = "--showformat=${db:Status-Abbrev}${Package}\n"
    shown = terminal.output(["dpkg-query", "--show", form])
    return {line[3:] for line in shown.splitlines() if line.startswith("ii")}


def ensure_peers():
    """Installs the servers of benchmarks; their services are neither started nor left enabled."""
    if not shutil.which("dpkg-query"):
        return
    names = missing("peers")
    if not names:
        return
    prefix = as_root()
    if prefix is None:
        raise terminal.Stop(f"{len(names)} packages are missing and there is no sudo here",
                            f"as root, install {' '.join(names)}")
    before = installed()
    with terminal.step(f"install {len(names)} packages: {' '.join(names)}"):
        env = {"DEBIAN_FRONTEND": "noninteractive"}
        hint = f"is the network reachable? By hand: apt-get install {' '.join(names)}"
        if not has_package_index():
            terminal.run([*prefix, "apt-get", "update"], "apt-update", hint, env)
        terminal.run([*prefix, "sh", "-c", NO_SERVICES, "sh", "env",
                      "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y",
                      "--no-install-recommends", *names], "apt-peers", hint, env)
        for service in services_of(installed() - before):
            terminal.run([*prefix, "update-rc.d", service, "disable"], "apt-peers", hint, env)
