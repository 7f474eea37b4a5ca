"""What a service manager is told, and what it says to the daemon."""

import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

import cases
import daemon

UNIT = cases.source_dir() / "configs" / "weft@.service"


class Manager:
    """A socket as systemd has one."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path.replace("@", "\0", 1) if self.path[0] == "@" else self.path)
        self.socket.settimeout(20)
        self.told = []

    def hear(self, wanted):
        """Waits for a datagram with this line."""
        while True:
            self.told.append(self.socket.recv(4096).decode())
            if wanted in self.told[-1].split("\n"):
                return self.told[-1]

    def close(self):
        self.socket.close()


class Service(daemon.TestCase):
    def manager(self, path=None):
        made = Manager(path or self.folder.root / "notify")
        self.addCleanup(made.close)
        return made

    def test_ready_comes_after_recovery_and_stopping_before_the_end(self):
        manager = self.manager()
        node = self.start(env={"NOTIFY_SOCKET": manager.path})
        manager.hear("READY=1")
        self.assertTrue(node.find("recovery.done"))
        self.assertFalse(any("WATCHDOG" in told for told in manager.told))
        node.signal("TERM")
        self.assertIn("STATUS=stopping", manager.hear("STOPPING=1"))
        self.assertEqual(node.wait(), 0)

    def test_the_abstract_namespace(self):
        manager = self.manager(f"@weft-test-{self.folder.root.name}")
        self.start(env={"NOTIFY_SOCKET": manager.path})
        manager.hear("READY=1")

    def test_the_watchdog_is_told_twice_in_its_time(self):
        manager = self.manager()
        node = self.start(env={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "400000"})
        manager.hear("READY=1")
        manager.hear("WATCHDOG=1")
        begun = time.monotonic()
        for _ in range(5):
            manager.hear("WATCHDOG=1")
        self.assertLess(time.monotonic() - begun, 5 * 0.4 + 20)  # however busy the machine is
        self.assertGreater(time.monotonic() - begun, 5 * 0.2 - 0.15)
        node.stop()

    def test_the_watchdog_of_another_process_is_not_ours(self):
        manager = self.manager()
        self.start(env={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "100000",
                        "WATCHDOG_PID": "1"})
        manager.hear("READY=1")
        manager.socket.settimeout(1)
        self.assertRaises(TimeoutError, manager.hear, "WATCHDOG=1")

    def test_a_manager_that_is_not_there_is_logged(self):
        node = self.start(env={"NOTIFY_SOCKET": str(self.folder.root / "nobody")})
        self.assertIn("nobody", node.wait_for("notify.failed")["why"])
        self.assertEqual(node.get("/readyz").status, 200)

    def test_the_unit_is_valid(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("there is no systemd-analyze here")
        text = UNIT.read_text().replace("/usr/sbin/weftd", str(daemon.PROGRAM))
        text = text.replace("Documentation=man:weftd(8) man:weft.json(5)\n", "")  # not installed
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "weft@.service"
            path.write_text(text)
            done = subprocess.run(["systemd-analyze", "verify", path], capture_output=True,
                                  text=True, check=False)
        about = [line for line in done.stderr.splitlines() if "weft@" in line]
        self.assertEqual(about, [])


if __name__ == "__main__":
    cases.main()
