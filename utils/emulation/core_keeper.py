"""Keeps the cores of an emulated cluster awake, tells how fast they are meanwhile,
and keeps devices at one speed where that changes.

A core that has nothing to do sleeps, and what a device's program finds after that
(empty caches, a slow clock, on a virtual machine another guest) made it 10 to 16 %
slower: the more, the less the other devices had to do. What keeps it from sleeping
is a loop in a process that everything else goes before. The rounds of it in a
second of processor time are the core's speed: on a virtual machine that fell by a
third for seconds, as if another guest had the other thread of the core, without any
processor time missing.
"""

import ctypes
import dataclasses
import mmap
import os
import random
import signal
import statistics
import struct
import time
import zlib

# A round is what a core loses speed at about as a neural network does. While
# the cores were slow, networks took 1.5 times as long, this took 1.45; an
# interpreter's loop took 1.9 and a checksum 1.2. About 0.2 ms.
SAMPLE = random.Random(0).randbytes(4096) + bytes(4096)
# How long a window is in which rounds are counted, of processor time. There is
# room for an hour of them, after which the last ones are overwritten.
WINDOW_NS, WINDOWS = 10_000_000, 360_000
# What a quota has to be off by before it is changed, how often that is looked at,
# how many windows the speed is then the median of, and how much of a core its
# devices may have. The kernel begins each new quota with a full budget and forgives
# what was overdrawn, so that there should be few: about one a second beside other
# guests; with 4 % and single windows there were ten.
WORTH, LOOK_S, RECENT, MOST = 0.06, 0.05, 5, 0.97
HEADER, ENTRY = struct.Struct("q"), struct.Struct("d")


@dataclasses.dataclass
class Speed:
    """Of one core, in rounds of the loop for each ms of processor time."""
    mean: float
    slowest: float    # but for 5 % of the windows
    variation: float  # mean distance of the windows from the mean, relative to it


def spin_round():
    # With little memory, so that caches stay those of the devices' programs.
    packer = zlib.compressobj(level=1, wbits=12, memLevel=4)
    packer.compress(SAMPLE)
    packer.flush()


def spin(meter):
    """Never returns. Writes the speed in each window, and then their number, so
    that a reader finds complete ones only. The speed is that of the fastest quarter
    of the rounds: the first ones after a device has run find its data in the caches,
    and the core must not look slower for that."""
    number = 0
    while True:
        start = last = time.process_time_ns()
        rounds = []
        while last - start < WINDOW_NS:
            spin_round()
            now = time.process_time_ns()
            rounds.append(now - last)
            last = now
        rounds.sort()
        ENTRY.pack_into(meter, HEADER.size + ENTRY.size * (number % WINDOWS),
                        1e6 / rounds[len(rounds) // 4])
        number += 1
        HEADER.pack_into(meter, 0, number)


class CoreKeeper:
    """One child for each core that this process may use. They end with it."""

    def __init__(self):
        self.meters = {core: mmap.mmap(-1, HEADER.size + ENTRY.size * WINDOWS)
                       for core in sorted(os.sched_getaffinity(0))}
        self.children = [self.start(core) for core in self.meters]

    def start(self, core):
        child = os.fork()
        if child:
            return child
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        # It may take long to end, for everything else goes before. Until then
        # the run's lock must not look held, nor a pipe open.
        os.closerange(0, os.sysconf("SC_OPEN_MAX"))
        os.sched_setaffinity(0, {core})
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        spin(self.meters[core])

    def latest(self):
        """The speed of each core lately, where that is known."""
        found = {}
        for core, meter in self.meters.items():
            number = HEADER.unpack_from(meter)[0]
            if number >= RECENT:
                found[core] = statistics.median(
                    ENTRY.unpack_from(meter, HEADER.size + ENTRY.size * (n % WINDOWS))[0]
                    for n in range(number - RECENT, number))
        return found

    def stop(self):
        for child in self.children:
            os.kill(child, signal.SIGKILL)

    def speeds(self):
        """Of each core that had a window of time left for the loop."""
        found = {}
        for core, meter in self.meters.items():
            count = min(HEADER.unpack_from(meter)[0], WINDOWS)
            windows = [speed for speed, in
                       ENTRY.iter_unpack(meter[HEADER.size:HEADER.size + ENTRY.size * count])]
            if windows:
                mean, slowest = statistics.fmean(windows), sorted(windows)[len(windows) // 20]
                variation = statistics.fmean(abs(speed - mean) for speed in windows) / mean
                found[core] = Speed(mean, slowest, variation)
        return found


class Regulator:
    """Makes up for a core that is faster or slower than `target` by the quotas of
    its devices, so that each device does as much in a second as at the target."""

    def __init__(self, devices, cgroups, target):
        self.devices = [d for d in devices if d.core is not None]
        self.cgroups, self.target = cgroups, target
        self.quotas = {d.name: d.quota for d in self.devices}
        # How much more there is to give on each core.
        self.room = {core: max(1, MOST / sum(d.quota for d in self.devices if d.core == core))
                     for core in {d.core for d in self.devices}}
        self.looks = self.short = 0

    def adjust(self, speeds):
        """`speeds` are those of the cores now."""
        for core, room in self.room.items():
            if core not in speeds:
                continue
            factor = self.target / speeds[core]
            self.looks += 1
            self.short += factor > room * (1 + WORTH)
            self.set_quotas(core, min(factor, room))

    def set_quotas(self, core, factor):
        for device in self.devices:
            quota = device.quota * factor
            if device.core == core and abs(quota / self.quotas[device.name] - 1) > WORTH:
                self.cgroups.limit_cpu(device.name, quota, device.period)
                self.quotas[device.name] = quota

    def shortage(self):
        """The part of the time in which a core was too slow to make up for."""
        return self.short / self.looks if self.looks else 0
