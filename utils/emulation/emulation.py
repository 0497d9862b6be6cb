"""What utils/emulated-cluster is made of: the namespaces and control groups of
one run, and how they are removed.

A run is called onnx-split-PID, PID being that of the tool. It owns

    /run/onnx-split/RUN                   its folder: lock, hosts, scripts
    RUN.switch, RUN.head, RUN-DEVICE      network namespaces
    RUN/DEVICE, RUN/.head                 control groups, below the root of
                                          each hierarchy that is used

and nothing else, so its name alone is enough to find and remove all of it.
Every interface is inside these namespaces. The network of the machine is never
touched, so one subnet and one set of interface names serve all runs.
"""

import contextlib
import fcntl
import math
import os
import pathlib
import shutil
import signal
import subprocess
import time

RUNS = pathlib.Path("/run/onnx-split")
NAMESPACES = pathlib.Path("/run/netns")
CGROUPS = pathlib.Path("/sys/fs/cgroup")
SUBNET = "10.213.0.0/16"
HEAD = "10.213.0.1"
MAX_DEVICES = 1000  # a Linux bridge has at most 1023 ports

# Rates are of payload, as in a cluster file. htb counts whole frames: a
# segment of 1448 bytes travels in 1514 (Ethernet 14, IP 20, TCP 32).
FRAME, SEGMENT = 1514, 1448

# How much a class may send at once after it was idle, in seconds of its rate.
# More would let a 64 KiB message on a fast link through for free; less loses
# rate whenever a timer of the kernel fires late. At least one frame.
BURST = 100e-6

# TCP hands a device up to 44 segments as one packet, and htb lets it go as a
# whole before its time has passed: on a slow link, most of a message would be
# early. With one segment at a time, timers and queues eat a CPU at 1 Gbit/s
# (measured: sender 91 %), and with five the kernel's work for packets still takes
# a third of the devices' time in a pipeline that sends 100 MB/s. So packets are
# as small as this many of them a second on the sender's fastest link allow: one
# is at most 250 us early.
PACKETS = 4000
MOST_SEGMENTS = 44  # of one packet, 64 KiB

# How much a sender on a medium sends in its turn. htb lets a class that is in
# debt send all the same, so with less than a packet, those of large packets
# win. This is enough for senders of up to 1.8 Gbit/s.
QUANTUM = 8 * FRAME


class Failure(Exception):
    """What stands in the way, in words for the user."""


# Files that commands of the set-up hold open as well. A keeper waits for the
# end of all who hold its pipe, so that none makes anything after the tear-down.
held = []


def command(arguments, text=None):
    done = subprocess.run(arguments, input=text, capture_output=True, text=True, pass_fds=held)
    if done.returncode:
        raise Failure(f"{' '.join(map(str, arguments))}: "
                      f"{(done.stderr or done.stdout).strip()}")
    return done.stdout


def batch(tool, namespace, lines):
    """Runs many commands of ip or tc in one process, in a namespace or in the
    one where we are."""
    where = ["-n", namespace] if namespace else []
    if lines:
        command([tool, *where, "-batch", "-"], "\n".join(lines) + "\n")


def address(index):
    """Of the device with this index; the first 16 are left for the head."""
    return f"10.213.{(index + 16) >> 8}.{(index + 16) & 255}"


class Cgroups:
    """The control groups of a run, in version 1 (a hierarchy for each
    controller) or version 2 (one for all)."""

    def __init__(self, run):
        self.version = None
        self.cpu = self.memory = None
        if (CGROUPS / "cgroup.controllers").exists():
            self.version = 2
            controllers = (CGROUPS / "cgroup.controllers").read_text().split()
            if "cpu" in controllers:
                self.cpu = CGROUPS / run
            if "memory" in controllers:
                self.memory = CGROUPS / run
        elif (CGROUPS / "cpu/cpu.cfs_quota_us").exists() or (CGROUPS / "cpu/cgroup.procs").exists():
            self.version = 1
            self.cpu = CGROUPS / "cpu" / run
            if (CGROUPS / "memory/memory.limit_in_bytes").exists():
                self.memory = CGROUPS / "memory" / run
        self.roots = list(dict.fromkeys(root for root in (self.cpu, self.memory) if root))

    def make(self, names):
        if self.version == 2:
            # A controller works in a group if its parent hands it down.
            wanted = "+cpu" + (" +memory" if self.memory else "")
            (CGROUPS / "cgroup.subtree_control").write_text(wanted)
            self.cpu.mkdir()
            (self.cpu / "cgroup.subtree_control").write_text(wanted)
        for name in names:
            (self.cpu / name).mkdir(parents=True)
        # A quota is a most. What makes it a least as well, on a machine that
        # has other work, is the greatest weight against all that is not ours.
        if self.version == 2:
            (self.cpu / "cpu.weight").write_text("10000")
        else:
            (self.cpu / "cpu.shares").write_text("262144")

    def limit_cpu(self, name, quota, period):
        """`quota` in CPUs, `period` in microseconds."""
        budget = max(1000, round(quota * period))  # the kernel's least: 1 ms
        if self.version == 2:
            (self.cpu / name / "cpu.max").write_text(f"{budget} {period}")
        else:
            (self.cpu / name / "cpu.cfs_period_us").write_text(str(period))
            (self.cpu / name / "cpu.cfs_quota_us").write_text(str(budget))

    def limit_memory(self, name, size):
        if self.version == 2:
            (self.memory / name / "memory.max").write_text(str(size))
            swap = self.memory / name / "memory.swap.max"
            if swap.exists():
                swap.write_text("0")
        else:
            # Only capped devices: the others stay below whatever cap there is.
            (self.memory / name).mkdir(parents=True)
            (self.memory / name / "memory.limit_in_bytes").write_text(str(size))
            both = self.memory / name / "memory.memsw.limit_in_bytes"
            if both.exists():
                both.write_text(str(size))

    def groups(self):
        """Every group of the run that exists, children first."""
        for root in self.roots:
            for folder, _, _ in os.walk(root, topdown=False):
                yield pathlib.Path(folder)

    def processes(self):
        for group in self.groups():
            with contextlib.suppress(OSError):
                yield from map(int, (group / "cgroup.procs").read_text().split())


# What enters a namespace and a control group. Both scripts start in any
# namespace of the run or outside; the groups come first, since they are only
# visible where /sys is that of the machine. The mounts are a copy that still
# sees later ones go (slave), so that no namespace is held beyond its end.
#
# A host name of its own keeps Open MPI from taking a device for the machine
# that mpirun is on, and the session folders of two devices apart.
ENTER = """\
#!/bin/sh
# {name}: runs COMMAND {where}.
{pick}
for group in {groups}; do
  [ ! -d "$group/$group_name" ] || echo $$ > "$group/$group_name/cgroup.procs" || exit 255
done
[ ! -e "{folder}/cores/$host" ] ||
  taskset --cpu-list --pid "$(cat "{folder}/cores/$host")" $$ >/dev/null || exit 255
exec nsenter --net="$namespace" \\
  unshare --mount --uts --propagation slave sh -c '
    mount --bind {folder}/hosts /etc/hosts &&
    echo "$1" > /proc/sys/kernel/hostname || exit 255
    export ONNX_SPLIT_DEVICE="$1"
    shift
    exec {run}' sh "$host" "$@"
"""

PICK_DEVICE = """\
host=$1
namespace={netns}-$host
group_name=$host
shift
if [ ! -e "$namespace" ]; then
  echo "emulated-cluster: no device '$host' in this cluster" >&2
  exit 255
fi"""

PICK_HEAD = """\
host={head}
namespace={netns}.head
group_name=.head"""


class Run:
    """One run, alive or dead."""

    def __init__(self, name):
        self.name = name
        self.folder = RUNS / name
        self.cgroups = Cgroups(name)
        self.switch = f"{name}.switch"
        self.head = f"{name}.head"
        self.rerouted = set()  # ports with a way round through an ifb

    def device(self, name):
        return f"{self.name}-{name}"

    def namespaces(self):
        if not NAMESPACES.is_dir():
            return []
        return [path.name for path in NAMESPACES.iterdir()
                if path.name.startswith((f"{self.name}-", f"{self.name}."))]

    # Set-up

    def write_files(self, devices, head_name, slots):
        """The scripts that enter the devices and the head, the host names and
        the host file of mpirun."""
        names = [f"{HEAD} {head_name}"] + [f"{d.address} {d.name}" for d in devices]
        (self.folder / "hosts").write_text("\n".join(["127.0.0.1 localhost", *names]) + "\n")
        (self.folder / "hostfile").write_text(
            "".join(f"{d.name} slots={slots}\n" for d in devices))
        (self.folder / "tmp").mkdir()
        (self.folder / "cores").mkdir()
        for device in devices:
            if device.core is not None:
                (self.folder / "cores" / device.name).write_text(str(device.core))
        common = {"folder": self.folder,
                  "groups": " ".join(str(root) for root in self.cgroups.roots)}
        netns = NAMESPACES / self.name
        # As ssh does: the words after the host are joined and read by a shell.
        (self.folder / "on-device").write_text(ENTER.format(
            name="on-device DEVICE COMMAND", where="on a device",
            pick=PICK_DEVICE.format(netns=netns), run='sh -c "$*"', **common))
        (self.folder / "on-head").write_text(ENTER.format(
            name="on-head COMMAND", where="beside the devices",
            pick=PICK_HEAD.format(netns=netns, head=head_name), run='"$@"', **common))

    def make_network(self, devices):
        """A bridge in a namespace of its own; one port for each device and for
        the head."""
        ports = [(self.head, f"{HEAD}/16")]
        ports += [(self.device(d.name), f"{d.address}/16") for d in devices]
        lines = [f"netns add {self.switch}"]
        lines += [f"netns add {namespace}" for namespace, _ in ports]
        batch("ip", None, lines)
        batch("ip", self.switch, ["link set lo up", "link add br0 type bridge mcast_snooping 0",
                                  "link set br0 addrgenmode none up"])
        batch("ip", None, [
            f"link add name eth0 netns {namespace} type veth peer name p{index} "
            f"netns {self.switch}" for index, (namespace, _) in enumerate(ports)])
        batch("ip", self.switch, [f"link set p{index} addrgenmode none master br0 up"
                                  for index in range(len(ports))])
        for namespace, where in ports:
            # No IPv6 address: filters below match IPv4 only.
            batch("ip", namespace, ["link set lo up", f"address add {where} dev eth0",
                                    "link set eth0 addrgenmode none up"])
            # The default of the machine may be BBR, which estimates a rate and
            # stays some per cent below it. Reno is always there.
            command(["nsenter", f"--net={NAMESPACES / namespace}", "sh", "-c",
                     "cd /proc/sys/net/ipv4; grep -q cubic tcp_available_congestion_control && "
                     "echo cubic > tcp_congestion_control || echo reno > tcp_congestion_control"])

    def shape(self, sender, rates, delays, closed):
        """Limits what a device sends. `rates` maps receivers to bits/s of
        payload, `delays` to ns (where the kernel can). `closed` are receivers
        to which there is no way: an error at once, not silence."""
        namespace = self.device(sender.name)
        batch("ip", namespace, [f"route add unreachable {receiver.address}/32"
                                for receiver in closed])
        # What no filter names, such as all that goes to the head and ARP, is
        # sent as it comes (default 0).
        batch("ip", namespace, [f"link set eth0 gso_max_segs {segments(rates.values())}"])
        lines = ["qdisc add dev eth0 root handle 1: htb default 0"]
        for number, (receiver, rate) in enumerate(rates.items(), 1):
            lines += [
                f"class add dev eth0 parent 1: classid 1:{number:x} htb {htb(rate)}",
                f"filter add dev eth0 parent 1: protocol ip prio 1 u32 "
                f"match ip dst {receiver.address}/32 flowid 1:{number:x}"]
            if delays.get(receiver):
                lines.append(
                    f"qdisc add dev eth0 parent 1:{number:x} handle {number + 1:x}: "
                    f"netem delay {delays[receiver]}ns limit 100000")
        batch("tc", namespace, lines)

    def share(self, index, rate, pairs):
        """One rate for all that the devices of a medium send each other. What
        comes into the switch from them takes a way round through one ifb.

        `pairs` lists (port of the sender, sender, receiver)."""
        ifb = f"medium{index}"
        batch("ip", self.switch, [f"link add {ifb} type ifb",
                                  f"link set {ifb} addrgenmode none txqueuelen 10000 up"])
        lines = [f"qdisc add dev {ifb} root handle 1: htb default 0",
                 f"class add dev {ifb} parent 1: classid 1:1 htb {htb(rate)}"]
        if len(pairs) > 0xff00:
            raise Failure("a medium of more than 255 devices cannot be emulated")
        for port in {port for port, _, _ in pairs} - self.rerouted:
            lines.append(f"qdisc add dev {port} handle ffff: ingress")
            self.rerouted.add(port)  # a device can be on several media
        for number, (port, sender, receiver) in enumerate(pairs, 2):
            # A little is each pair's own, the rest goes round in equal shares.
            # No pair has a ceiling of its own here, which would cost it most
            # of its turn: its sender keeps it to its own rate.
            lines += [
                f"class add dev {ifb} parent 1:1 classid 1:{number:x} htb "
                f"{htb(max(8, rate // (4 * len(pairs))), rate)}",
                f"filter add dev {ifb} parent 1: protocol ip prio 1 u32 "
                f"match ip src {sender.address}/32 match ip dst {receiver.address}/32 "
                f"flowid 1:{number:x}",
                f"filter add dev {port} parent ffff: protocol ip prio 1 u32 "
                f"match ip dst {receiver.address}/32 "
                f"action mirred egress redirect dev {ifb}"]
        batch("tc", self.switch, lines)

    # Tear-down

    def remove(self):
        """Ends every process of the run and removes what it owns. Can be done
        again, or after a part of it was done."""
        deadline = time.monotonic() + 20
        while processes := list(self.cgroups.processes()):
            for process in processes:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            if time.monotonic() > deadline:
                raise Failure(f"processes do not end: {processes}")
            time.sleep(0.01)
        for group in self.cgroups.groups():
            # A group is busy for a moment after its last process.
            while group.exists():
                with contextlib.suppress(OSError):
                    group.rmdir()
                    break
                if time.monotonic() > deadline:
                    raise Failure(f"cannot remove {group}")
                time.sleep(0.01)
        # Their interfaces go with them.
        for namespace in self.namespaces():
            command(["ip", "netns", "delete", namespace])
        # The lock goes last: as long as it is there, the rest can be found.
        with contextlib.suppress(FileNotFoundError):
            for path in self.folder.iterdir():
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                elif path.name != "lock":
                    path.unlink(missing_ok=True)
            (self.folder / "lock").unlink(missing_ok=True)
            self.folder.rmdir()


def segments(rates):
    """Of one packet, for a sender with these rates."""
    return min(MOST_SEGMENTS, math.ceil(max(rates, default=1) / (8 * SEGMENT * PACKETS)))


def htb(rate, ceiling=None):
    """Parameters of an htb class for a rate of payload in bits/s."""
    on_wire = [max(8, round(r * FRAME / SEGMENT)) for r in (rate, ceiling or rate)]
    bursts = [max(FRAME + 86, round(r * BURST / 8)) for r in on_wire]
    return (f"rate {on_wire[0]}bit ceil {on_wire[1]}bit burst {bursts[0]} "
            f"cburst {bursts[1]} quantum {QUANTUM}")


def start_run():
    """A new run with its lock held; first removes what dead runs left.

    A lock is held by the tool and by its keeper, and let go of by the kernel
    when both are gone, however they ended."""
    RUNS.mkdir(parents=True, exist_ok=True)
    with open(RUNS / "lock", "w") as all_runs:
        fcntl.flock(all_runs, fcntl.LOCK_EX)
        for folder in RUNS.iterdir():
            if folder.is_dir():
                remove_if_dead(folder)
        run = Run(f"onnx-split-{os.getpid()}")
        run.folder.mkdir()
        lock = open(run.folder / "lock", "w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return run, lock


def remove_if_dead(folder):
    try:
        lock = open(folder / "lock")
    except FileNotFoundError:
        # Its keeper is at the last step of removing it, or ended there.
        with contextlib.suppress(OSError):
            folder.rmdir()
        return
    with lock:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            Run(folder.name).remove()
