"""utils/emulated-cluster: rates, quotas, memory, and that nothing stays behind.

All traffic is between namespaces that a run makes. Other work on the machine
can only make links and devices slower, so lower bounds are loose.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import types

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "utils"))

from emulation import core_keeper  # noqa: E402

TOOL = ROOT / "utils/emulated-cluster"
RUNS = pathlib.Path("/run/onnx-split")
CGROUPS = pathlib.Path("/sys/fs/cgroup")
MB = 10**6

# Payload in bits/s, or why there is no way. The receiver starts its clock before
# it lets the sender start, so a receiver that is slow to wake measures too
# little rather than too much.
TRANSFER = """
import socket, sys, time
if sys.argv[1] == "receive":
    server = socket.create_server(("", int(sys.argv[2])))
    peer = server.accept()[0]
    total = 0
    start = time.monotonic()
    peer.sendall(b"go")
    while data := peer.recv(1 << 16):
        total += len(data)
    print(total * 8 / (time.monotonic() - start))
else:
    for attempt in range(100):
        try:
            peer = socket.create_connection((sys.argv[2], int(sys.argv[3])), 5)
            break
        except ConnectionRefusedError:  # not there yet
            time.sleep(0.05)
        except OSError as error:
            sys.exit(error.strerror)
    peer.recv(2)
    peer.sendall(bytes(int(sys.argv[4])))
"""

# The part of a CPU that an endless loop gets.
BUSY = """
import sys, time
start, used = time.monotonic(), time.process_time()
while time.monotonic() < start + float(sys.argv[1]):
    pass
print((time.process_time() - used) / (time.monotonic() - start))
"""


def link(sender, receiver, rate, medium=None):
    return {"from": sender, "to": receiver, "bits_per_second": rate,
            "latency_ns": 0, "medium": medium}


def cluster(names, links, media=(), memory=None, compute=None):
    return {"devices": [{"name": name, "memory": (memory or {}).get(name),
                         "compute": (compute or {}).get(name, {}),
                         "memory_bandwidth": None, "op_overhead_ns": 0} for name in names],
            "links": list(links), "media": list(media), "ingress": None, "egress": None}


PAIR = cluster("ab", [link("a", "b", 20 * MB), link("b", "a", 100 * MB)])


@pytest.fixture
def given(scratch):
    """A folder with the pair and the programs above."""
    (scratch / "pair.json").write_text(json.dumps(PAIR))
    (scratch / "transfer.py").write_text(TRANSFER)
    (scratch / "busy.py").write_text(BUSY)
    return scratch


def command_line(*arguments):
    return [sys.executable, str(TOOL), *map(str, arguments)]


def run(folder, *arguments, status=0, **options):
    done = subprocess.run(command_line(*arguments), stdin=subprocess.DEVNULL, cwd=folder,
                          capture_output=True, text=True, timeout=60, **options)
    assert done.returncode == status, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def emulates(tmp_path_factory):
    """Skips where nothing can be emulated; any other failure is one."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    folder = tmp_path_factory.mktemp("emulates")
    # With media, so that every kernel feature is asked for.
    given = cluster("abc", [link("a", "b", MB, "air"), link("a", "c", MB, "bus")],
                    [{"name": "air", "devices": ["a", "b"], "bits_per_second": MB},
                     {"name": "bus", "devices": ["a", "c"], "bits_per_second": MB}])
    (folder / "pair.json").write_text(json.dumps(given))
    done = subprocess.run(command_line("pair.json", "--", "true"), cwd=folder,
                          capture_output=True, text=True)
    if "emulated-cluster: missing" in done.stderr:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr


def send(sender, receiver, size, port):
    """Lines of a shell that print '>sender receiver rate'."""
    return f"""
( rate=$($ONNX_SPLIT_ON_DEVICE {receiver} "{sys.executable} transfer.py receive {port}")
  echo ">{sender} {receiver} $rate" ) &
$ONNX_SPLIT_ON_DEVICE {sender} "{sys.executable} transfer.py send {receiver} {port} {size}" &
"""


def rates(folder, name, given, script, *options):
    (folder / name).write_text(json.dumps(given))
    done = run(folder, name, *options, "--", "sh", "-c", script)
    return {(a, b): float(rate) for a, b, rate in re.findall(r">(\S+) (\S+) (\S+)", done.stdout)}


def test_message_times_are_left_to_the_runner(given, emulates):
    pair = json.loads(json.dumps(PAIR))
    for other in (0, 5 * 10**6):
        pair["links"][1]["message_time_ns"] = other
        (given / "times.json").write_text(json.dumps(pair))
        done = run(given, "times.json", "--", "true")
        assert ("message times are not emulated" in done.stderr) == (other > 0)


def test_rates(given, emulates):
    three = cluster("abc", [link("a", "b", 20 * MB), link("b", "a", 100 * MB),
                            link("b", "c", 5 * MB)])  # one way
    script = "wait".join([send("a", "b", 2 * MB, 7001), send("b", "a", 10 * MB, 7002),
                          send("b", "c", MB // 2, 7003), send("c", "b", 30000, 7004), ""])
    found = rates(given, "three.json", three, script)
    for pair, rate in {("a", "b"): 20 * MB, ("b", "a"): 100 * MB, ("b", "c"): 5 * MB,
                       # What acknowledgements may use.
                       ("c", "b"): MB // 4}.items():
        assert 0.85 * rate < found[pair] < 1.1 * rate, (pair, found)


def test_medium_is_shared(given, emulates):
    air = [{"name": "air", "devices": ["a", "b", "c"], "bits_per_second": 40 * MB}]
    three = cluster("abc", [link(x, y, 40 * MB, "air") for x in "abc" for y in "abc" if x != y],
                    air)
    found = rates(given, "air.json", three,
                  send("a", "b", 2 * MB, 7001) + send("c", "b", 2 * MB, 7002) + "wait")
    # Both run nearly all the time; the one that ends last has the end for itself.
    assert 0.8 * 40 * MB < sum(found.values()) < 1.25 * 40 * MB, found
    assert min(found.values()) > 0.35 * 40 * MB / 2, found


def test_no_link_is_no_way(given, emulates):
    (given / "apart.json").write_text(json.dumps(cluster("abc", [
        link("a", "b", MB), link("b", "a", MB)])))
    to_c = f"$ONNX_SPLIT_ON_DEVICE a '{sys.executable} transfer.py send c 7001 10'"
    done = run(given, "apart.json", "--", "sh", "-c", to_c, status=1)
    assert "No route to host" in done.stderr
    assert "no way: a > c, b > c, c > a, c > b" in done.stderr
    found = rates(given, "apart.json", json.loads((given / "apart.json").read_text()),
                  send("a", "c", 30000, 7001) + "wait", "--control-rate", 500)
    assert 0.8 * MB / 2 < found["a", "c"] < 1.15 * MB / 2


def test_quotas(given, emulates):
    done = run(given, "pair.json", "--cpus", "a=0.3", "--cpus", "b=0.1", "--", "sh", "-c",
               "for d in a b; do $ONNX_SPLIT_ON_DEVICE $d "
               f"'{sys.executable} busy.py 1.5'; done")
    for share, quota in zip(map(float, done.stdout.split()), (0.3, 0.1)):
        assert 0.7 * quota < share < 1.1 * quota


def test_memory_caps(given, emulates):
    MIB = 2**20
    (given / "small.json").write_text(json.dumps(cluster("a", [], memory={"a": 64 * MIB})))
    (given / "take.py").write_text("bytearray(150 * 2**20)")
    words = ["--", "sh", "-c", f"$ONNX_SPLIT_ON_DEVICE a {sys.executable} take.py"]
    run(given, "small.json", "--no-memory-caps", *words)
    run(given, "small.json", "--extra-memory", 200, *words)
    done = subprocess.run(command_line("small.json", *words), cwd=given,
                          capture_output=True, text=True)
    if "memory not capped" in done.stderr:
        pytest.skip("needs the cgroup controller 'memory'")
    assert done.returncode == 137  # killed


def test_mpirun_finds_the_devices(given, emulates):
    if not shutil.which("mpirun"):
        pytest.skip("needs mpirun")
    (given / "order").write_text("b\na\nb\n")
    done = run(given, "pair.json", "--", "mpirun", "--hostfile", "order", "--map-by", "seq",
               "-np", "3", "sh", "-c", "echo $OMPI_COMM_WORLD_RANK $(hostname) $ONNX_SPLIT_DEVICE")
    assert sorted(done.stdout.splitlines()) == ["0 b b", "1 a a", "2 b b"]


# What stays behind


def owned(run_name):
    """Everything on this machine that has the name of a run."""
    found = [path for path in [RUNS / run_name, *CGROUPS.glob(run_name),
                               *CGROUPS.glob(f"*/{run_name}")] if path.exists()]
    names = pathlib.Path("/run/netns")
    if names.exists():
        found += [path for path in names.iterdir() if path.name.startswith(run_name)]
    interfaces = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True).stdout
    assert "br0" not in interfaces and "veth" not in interfaces
    return found


def alive(process):
    """Not gone, nor only waiting for whoever is to read its exit status."""
    try:
        return "State:\tZ" not in pathlib.Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


def wait_until_gone(run_name, process_in_it):
    deadline = time.monotonic() + 15
    while owned(run_name) or alive(process_in_it):
        assert time.monotonic() < deadline, (owned(run_name), process_in_it)
        time.sleep(0.05)


@contextlib.contextmanager
def started(folder):
    """A run that sleeps on device a; gives its process, its name and the
    process on the device."""
    tool = subprocess.Popen(
        command_line("pair.json", "--", "sh", "-c",
                     "$ONNX_SPLIT_ON_DEVICE a 'echo $$; exec sleep 100'"),
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        start_new_session=True)
    try:
        inside = int(tool.stdout.readline())
        yield tool, f"onnx-split-{tool.pid}", inside
    finally:
        tool.terminate()
        tool.wait(20)
        tool.stdout.close()


@pytest.mark.parametrize("words, status", [
    (["true"], 0), (["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -9 $$"], 137),
    (["no-such-program"], 127),
    (["sh", "-c", "$ONNX_SPLIT_ON_DEVICE b 'sleep 100 & exit 3'"], 3),
    (["sh", "-c", "$ONNX_SPLIT_ON_DEVICE nobody true"], 255)])
def test_nothing_stays(words, status, given, emulates):
    tool = subprocess.Popen(command_line("pair.json", "--", *words), cwd=given,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert tool.wait(30) == status
    assert not owned(f"onnx-split-{tool.pid}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_stays_after_a_signal(number, given, emulates):
    with started(given) as (tool, name, inside):
        assert owned(name)
        if number == signal.SIGINT:
            os.killpg(tool.pid, number)  # as Ctrl-C does
        else:
            tool.send_signal(number)
        status = tool.wait(20)
        if number == signal.SIGKILL:
            assert status == -9  # only the keeper is left to do it
            wait_until_gone(name, inside)
        else:
            assert status == 128 + number
        assert not owned(name)
        assert not alive(inside)


def children_of(process):
    return [int(child) for child in
            pathlib.Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def test_what_keeps_cores_awake_holds_nothing(given, emulates):
    with started(given) as (tool, _, _):
        keeper = children_of(tool.pid)[0]
        spinners = children_of(keeper)
        assert len(spinners) == len(os.sched_getaffinity(0))
        deadline = time.monotonic() + 15
        while any(os.listdir(f"/proc/{spinner}/fd") for spinner in spinners):
            assert time.monotonic() < deadline, "files of the run are open"
            time.sleep(0.05)


def test_speeds_of_cores(given, emulates):
    """Work beside the loop that is timed takes most of the core, but what counts is
    the loop's own time of it, so that the speed is about the same."""
    cores = os.sched_getaffinity(0)
    loop = "timeout 2 sh -c 'while :; do :; done' & "
    speeds = {}
    for name, script in (("alone", "sleep 2"), ("beside", loop * len(cores) + "wait")):
        run(given, "pair.json", "--core-speeds", f"{name}.json", "--", "sh", "-c", script)
        speeds[name] = json.loads((given / f"{name}.json").read_text())
        # A core that had no time for the loop is not among them.
        assert {int(core) for core in speeds[name]} <= cores
    assert speeds["alone"]
    for core in speeds["alone"].keys() & speeds["beside"].keys():
        alone, beside = speeds["alone"][core], speeds["beside"][core]
        assert alone["mean"] > 0 and alone["variation"] >= 0
        # Other guests can take 0.4 of it, whose time is counted nowhere.
        assert 0.3 < beside["mean"] / alone["mean"] < 3


def test_quotas_follow_the_speed_of_cores():
    """Half the speed doubles the quota, as far as the core has room."""
    written = {}

    class Groups:
        def limit_cpu(self, name, quota, period):
            assert period == 10000
            written[name] = quota

    devices = [types.SimpleNamespace(name=name, core=core, quota=quota, period=10000)
               for name, core, quota in (("a", 0, 0.2), ("b", 0, 0.2), ("c", 1, 1.0),
                                         ("wide", None, 1.5))]
    regulator = core_keeper.Regulator(devices, Groups(), 4)
    regulator.adjust({0: 3.8, 1: 4.2})  # not worth it
    assert not written
    regulator.adjust({0: 2.0})  # nothing known of core 1
    assert written == {"a": 0.4, "b": 0.4}
    regulator.adjust({0: 5.0, 1: 5.0})
    assert written == pytest.approx({"a": 0.16, "b": 0.16, "c": 0.8})
    assert regulator.shortage() == 0
    regulator.adjust({0: 1.0, 1: 2.0})  # 3 and 2 cores would be needed
    assert written == pytest.approx({"a": 0.485, "b": 0.485, "c": 1.0})
    assert regulator.shortage() == pytest.approx(2 / 7)


def test_steady_devices(given, emulates):
    """At a tenth of the speed that the cores have, a device gets a tenth of them."""
    run(given, "pair.json", "--core-speeds", "speeds.json", "--", "sleep", "1")
    speeds = [speed["mean"] for speed in json.loads((given / "speeds.json").read_text()).values()]
    shares = {}
    for name, speed in (("slower", 0.1 * min(speeds)), ("as stated", None)):
        options = ["--steady", speed] if speed else []
        done = run(given, "pair.json", "--cpus", "a=0.5", *options, "--", "sh", "-c",
                   f"$ONNX_SPLIT_ON_DEVICE a '{sys.executable} busy.py 3'")
        shares[name] = float(done.stdout)
    assert shares["slower"] < 0.5 * shares["as stated"]


def test_next_run_removes_a_dead_one_and_no_live_one(given, emulates):
    with started(given) as (live, live_name, live_inside):
        with started(given) as (dead, dead_name, dead_inside):
            os.kill(children_of(dead.pid)[0], signal.SIGKILL)
            dead.kill()
            dead.wait()
            time.sleep(0.3)
            assert owned(dead_name) and alive(dead_inside)
            done = run(given, "pair.json", "--", "hostname")
            assert done.stdout == "head\n"
            wait_until_gone(dead_name, dead_inside)
        assert owned(live_name) and live.poll() is None
        assert alive(live_inside)
    assert not owned(live_name)


# Bad input


def test_dry_run_needs_no_root(given):
    three = cluster(["cam", "box", "new"], [link("cam", "box", 22 * MB)], memory={"cam": 2**29},
                    compute={"cam": {"any": 10**9}, "box": {"f32": 4 * 10**9, "i8": 10**10}})
    (given / "three.json").write_text(json.dumps(three))
    done = run(given, "three.json", "--dry-run", "--fastest", 0.8)
    assert re.search(r"cam +10\.\S+ +0\.200 +10 ms +512 MiB", done.stdout)
    assert re.search(r"box +10\.\S+ +0\.800", done.stdout)
    assert re.search(r"new +10\.\S+ +0\.800", done.stdout)  # as fast as the fastest
    assert re.search(r"cam +box +22 Mbit/s", done.stdout)
    assert re.search(r"box +cam +1.1 Mbit/s .*one-way", done.stdout)
    assert re.search(r"new +cam +no way", done.stdout)
    done = run(given, "three.json", "--dry-run", "--cpus", "cam=0.02")
    assert re.search(r"cam +10\.\S+ +0\.020 +50 ms", done.stdout)  # 1 ms is the least


@pytest.mark.parametrize("arguments, status, words", [
    (["--cpus", "c=1", "--", "true"], 1, "no device 'c'"),
    (["--cpus", "a=0", "--", "true"], 2, "is not DEVICE=CPUS"),
    (["--cpus", "a=0.0001", "--", "true"], 1, "less than the kernel can set"),
    (["--core-speeds", "none/speeds.json", "--", "true"], 2, "no folder none"),
    (["--core-speeds", "speeds.json", "--idle", "--", "true"], 2, "nothing measures"),
    ([], 2, "no COMMAND")])
def test_wrong_usage(arguments, status, words, given):
    assert words in run(given, "pair.json", *arguments, status=status).stderr


@pytest.mark.parametrize("names, words", [
    (["localhost"], "cannot be a host name"), (["12"], "cannot be a host name"),
    (["Cam", "cam"], "upper and lower case")])
def test_names_that_are_no_hosts(names, words, given):
    (given / "names.json").write_text(json.dumps(cluster(names, [])))
    assert words in run(given, "names.json", "--dry-run", status=1).stderr


def test_says_what_builds_the_reader(given):
    (given / "cluster.yaml").write_text("version: 1\ndevices: [{name: a}]\n")
    done = run(given, "cluster.yaml", "--dry-run", "--bin", "nowhere", status=1)
    assert "no nowhere/onnx-split-translate" in done.stderr
    assert "'ninja -C build onnx-split-translate' builds it" in done.stderr


def test_says_that_it_needs_root(given):
    if os.geteuid() == 0:
        # As nobody, who may not be able to read the folder of the project.
        shutil.copy(TOOL, given)
        shutil.copytree(TOOL.with_name("emulation"), given / "emulation")
        given.chmod(0o755)
        python = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
        done = subprocess.run([python, "-B", given / "emulated-cluster", "pair.json", "--", "true"],
                              cwd=given, capture_output=True, text=True,
                              user=65534, group=65534, extra_groups=[])
    else:
        done = run(given, "pair.json", "--", "true", status=1)
    assert done.returncode == 1
    assert "needs root" in done.stderr
