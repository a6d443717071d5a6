# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Two network namespaces and a bad link between them, for tests.

The namespaces have no names: each is that of a process that waits for the end of its standard input, and is gone with it however
this program ends. The link is a veth pair with tc-netem(8) where the kernel has that, else two TUN devices with bad-link between
them, which does the same to packets.
"""
import contextlib
import os
import re
import shutil
import signal
import subprocess

HERE, THERE = "10.78.0.1", "10.78.0.2"
DEVICE = "link0"
WAIT = 60


def why_not():
    """Why there can be no such network here, or None: there can."""
    if os.geteuid() != 0:
        return "network namespaces take root"
    for name in ("ip", "nsenter", "unshare"):
        if shutil.which(name) is None:
            return f"no {name} here (Debian: iproute2, util-linux)"
    tried = subprocess.run(["unshare", "--net", "ip", "link", "set", "lo", "up"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        return "no network namespaces here: " + tried.stderr.strip().replace("\n", " ")
    return None if has_netem() or has_tun() else "neither tc netem nor /dev/net/tun here"


def has_netem():
    """Whether the kernel has it: tried in a namespace of its own."""
    if shutil.which("tc") is None:
        return False
    tried = f"ip link add name {DEVICE} type veth peer name peer0 && tc qdisc add dev {DEVICE} root netem delay 1ms"
    return subprocess.run(["unshare", "--net", "sh", "-c", tried], capture_output=True, check=False).returncode == 0


def has_tun():
    return os.access("/dev/net/tun", os.R_OK | os.W_OK)


class Namespace:
    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "ip link set lo up && echo up && read end"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.holder.stdout.readline() != b"up\n":
            raise OSError("no namespace")
        self.path = f"/proc/{self.holder.pid}/ns/net"

    def inside(self, program, *arguments):
        """The command that runs a program there; signals reach the program itself."""
        return ["nsenter", f"--net={self.path}", str(program), *(str(a) for a in arguments)]

    def do(self, program, *arguments):
        subprocess.run(self.inside(program, *arguments), check=True, capture_output=True, timeout=WAIT)

    def end(self):
        self.holder.stdin.close()
        self.holder.wait(WAIT)
        self.holder.stdout.close()


class NetemLink:
    """veth with netem at each end. Percentages and milliseconds, as bad-link has them."""
    kind = "veth and tc netem"

    def __init__(self, _, here, there, options):
        self.ends = (here, there)
        self.rule = ["delay", f"{options['delay']}ms", f"{options['jitter']}ms"]
        for name in ("loss", "duplicate", "reorder"):
            if options[name]:
                self.rule += [name, f"{options[name]}%"]
        subprocess.run(["ip", "link", "add", "name", DEVICE, "netns", str(here.holder.pid), "type", "veth", "peer", "name",
            DEVICE, "netns", str(there.holder.pid)], check=True, capture_output=True)
        for end, address in ((here, HERE), (there, THERE)):
            end.do("ip", "address", "add", f"{address}/24", "dev", DEVICE)
            end.do("ip", "link", "set", DEVICE, "up")
        self.apply("add", self.rule)

    def apply(self, verb, rule):
        for end in self.ends:
            end.do("tc", "qdisc", verb, "dev", DEVICE, "root", "netem", "limit", "2000", *rule)

    def blacken(self):
        self.apply("change", ["loss", "100%"])

    def mend(self):
        self.apply("change", self.rule)

    def end(self):
        """What happened to the packets, in a line."""
        told = [subprocess.run(end.inside("tc", "-s", "qdisc", "show", "dev", DEVICE), capture_output=True, text=True,
            check=False).stdout for end in self.ends]
        return "; ".join(re.sub(r"\s+", " ", t) for t in told)


class TunLink:
    kind = "TUN devices and bad-link"

    def __init__(self, program, here, there, options):
        arguments = [a for name, value in options.items() for a in (f"--{name}", str(value))]
        self.process = subprocess.Popen([str(program), *arguments, here.path, HERE, there.path, THERE],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            self.process.wait(WAIT)
            raise OSError("no link")

    def blacken(self):
        self.process.send_signal(signal.SIGUSR1)

    def mend(self):
        self.process.send_signal(signal.SIGUSR2)

    def end(self):
        told, _ = self.process.communicate(timeout=WAIT)  # which closes its standard input
        return told.strip().replace("\n", "; ")


@contextlib.contextmanager
def network(bad_link, delay=0, jitter=0, loss=0, reorder=0, duplicate=0, **only_tun):
    """Yields (here, there, link). `only_tun`: further options of bad-link, with which netem is not taken."""
    options = {"delay": delay, "jitter": jitter, "loss": loss, "reorder": reorder, "duplicate": duplicate, **only_tun}
    kind = NetemLink if not only_tun and has_netem() else TunLink
    with contextlib.ExitStack() as stack:
        here, there = Namespace(), Namespace()
        for end in (here, there):
            stack.callback(end.end)
        link = kind(bad_link, here, there, options)
        try:
            yield here, there, link
        finally:
            link.told = link.end()
