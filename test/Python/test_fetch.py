"""utils/fetch-instances, with a server on this machine in the place of the
authors' repositories."""

import functools
import hashlib
import http.server
import json
import re
import subprocess
import sys
import threading

import pytest

import split

LIST = split.ROOT / "utils/bench/instances.json"
COMMIT = "0123456789" * 4
GRAPH = ("node1 -- a -- forward_compute_time=1, backward_compute_time=0, "
         "activation_size=0, parameter_size=0\n")
PAGE = ("# Scheduler\n```YAML\n- host: [1, 2]\n```\n"
        "```YAML\nnet:\n  layers: 1\n  mem_MB: [1]\n  parameters_in: 1\n  parameters_out: [1]\n```\n"
        "```YAML\nSlow:\n  bw_Mbps: 100\n  mem_MB: 10\n  model_profiles:\n    net:\n"
        "    - {batch_size: 1, dtype: torch.float32, time_s: [1]}\n```\n"
        "```YAML\nSlow: [s]\n```\n")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        self.server.asked.append(self.path)


@pytest.fixture
def server(scratch):
    """What it serves, and which paths were asked for."""
    folder = scratch / "served"
    (folder / f"owner/graphs/{COMMIT}/profiles").mkdir(parents=True)
    (folder / f"owner/graphs/{COMMIT}/profiles/one.txt").write_text(GRAPH)
    (folder / f"owner/page/{COMMIT}").mkdir(parents=True)
    (folder / f"owner/page/{COMMIT}/page.md").write_text(PAGE)
    running = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    running.asked, running.folder = [], folder
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def sources(scratch):
    listed = [
        {"name": "graphs", "what": "Graphs", "repository": "owner/graphs", "commit": COMMIT,
         "licence": "MIT", "files": [{"path": "profiles/one.txt", "to": "one.graph.txt",
                                      "sha256": digest(GRAPH)}]},
        {"name": "page", "what": "A page", "repository": "owner/page", "commit": COMMIT,
         "licence": "MIT", "files": [{"path": "page.md", "to": "page.md", "sha256": digest(PAGE),
                                      "yaml_blocks": [None, "models.yml", "types.yml",
                                                      "hosts.yml"]}]}]
    (scratch / "sources.json").write_text(json.dumps(listed))
    return scratch / "sources.json"


def fetch(scratch, server, *options, status=0):
    place = f"http://127.0.0.1:{server.server_port}/"
    done = subprocess.run(
        [sys.executable, split.ROOT / "utils/fetch-instances", scratch / "out", "--from", place,
         "--sources", sources(scratch), *options],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout, done.stderr


def test_what_is_fetched_is_planned(scratch, server):
    text, _ = fetch(scratch, server)
    assert text.count("1 of them downloaded") == 2
    out = scratch / "out"
    assert sorted(path.name for path in (out / "page").iterdir()) == [
        "hosts.yml", "models.yml", "page.md", "types.yml"]
    done = subprocess.run(
        [split.BIN / "onnx-split-bench", out / "graphs/one.graph.txt",
         *(out / f"page/{name}.yml" for name in ("models", "types", "hosts"))],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "\none,1,1," in done.stdout and "\nnet:b1@hosts,1,1," in done.stdout


def test_only_what_is_missing_is_fetched(scratch, server):
    fetch(scratch, server)
    server.asked.clear()
    text, _ = fetch(scratch, server)
    assert text.count("0 of them downloaded") == 2 and server.asked == []
    (scratch / "out/graphs/one.graph.txt").write_text("damaged")
    (scratch / "out/page/types.yml").unlink()
    text, _ = fetch(scratch, server, "--only", "graphs")
    assert text.count("1 of them downloaded") == 1
    assert (scratch / "out/graphs/one.graph.txt").read_text() == GRAPH
    fetch(scratch, server)
    assert (scratch / "out/page/types.yml").exists()


def test_another_file_is_not_kept(scratch, server):
    (server.folder / f"owner/graphs/{COMMIT}/profiles/one.txt").write_text(GRAPH + " ")
    text, said = fetch(scratch, server, status=1)
    assert f"its SHA-256 is {digest(GRAPH + ' ')}, not {digest(GRAPH)}" in said
    assert not (scratch / "out/graphs").exists()
    # What can be had is there all the same.
    assert "page: 1 files" in text and "a further run goes on there" in said


def test_what_cannot_be_had(scratch, server):
    (server.folder / f"owner/page/{COMMIT}/page.md").unlink()
    _, said = fetch(scratch, server, status=1)
    assert "fetch-instances: error: page: http://127.0.0.1" in said and "File not found" in said
    _, said = fetch(scratch, server, "--only", "graph", status=2)
    assert "there is no graph; there are graphs, page" in said


def test_a_folder_serves_as_well(scratch, server):
    fetch(scratch, server, "--from", server.folder.as_uri())
    assert server.asked == [] and (scratch / "out/graphs/one.graph.txt").exists()


def test_the_list_is_fixed():
    """Commits and digests in full, and every folder in the documents."""
    compare = (split.ROOT / "docs/Compare.md").read_text()
    listed = json.loads(LIST.read_text())
    assert f"# {sum(len(source['files']) for source in listed)} files into" in compare
    for source in listed:
        assert re.fullmatch(r"[0-9a-f]{40}", source["commit"])
        assert f"| `{source['name']}` | [{source['repository']}](https://github.com/" in compare
        assert any("LICENSE" in file["to"] for file in source["files"]), source["name"]
        names = [file["to"] for file in source["files"]]
        assert len(set(names)) == len(names)
        for file in source["files"]:
            assert re.fullmatch(r"[0-9a-f]{64}", file["sha256"])
            assert not file["to"].startswith("/") and ".." not in file["to"]
