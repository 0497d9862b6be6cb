"""The manual pages and the completion of shells, which programs print of their own
options."""

import re
import shutil
import subprocess

import pytest

import split

PROGRAMS = ["onnx-split", "onnx-split-bench", "onnx-split-opt", "onnx-split-run",
            "onnx-split-translate"]
SHELLS = ["bash", "zsh", "fish"]


def ask(program, option):
    done = subprocess.run([split.BIN / program, option], capture_output=True, text=True)
    if "this build lacks" in done.stderr:
        pytest.skip(done.stderr)
    return done


def rows_of(program):
    """Options as --help spells them: ("--dim", "NAME=1"); no value is "". """
    text = ask(program, "--help").stdout
    found = re.findall(r"^  (--?[\w-]+)(?:(?:\[?=| )<([^>]+)>\]?)?(?=\s|$)", text, re.MULTILINE)
    assert ("--help", "") in found
    return found


def complete(program, line, folder):
    """What bash offers at the end of a line; words are parted as readline does."""
    words = [word for word in re.split(r"(=)|\s+", line) if word]
    if line.endswith(" "):
        words.append("")
    script = f"""
        compopt() {{ :; }}
        source <("$1")
        shift
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        {"_" + program.replace("-", "_")}
        printf '%s\\n' "${{COMPREPLY[@]}}\""""
    script = script.replace('<("$1")', '<("$1" --print-completion=bash)')
    done = subprocess.run(["bash", "-uc", script, "bash", split.BIN / program, *words],
                          cwd=folder, capture_output=True, text=True)
    assert not done.stderr
    return sorted(done.stdout.split())


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_page_has_every_option(program):
    page = ask(program, "--print-man").stdout
    terms = re.findall(r"^\.TP\n\\fB(.*?)\\fR(.*)$", page, re.MULTILINE)
    plain = [(re.sub(r"\\-", "-", name), re.sub(r"\\-", "-", rest)) for name, rest in terms]
    rows = rows_of(program)
    assert [name for name, _ in plain] == [name for name, _ in rows]
    for (_, rest), (name, value) in zip(plain, rows):
        assert bool(value) == bool(rest), name
        assert value in rest, name


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_page_is_what_man_takes(program):
    page = ask(program, "--print-man").stdout
    assert page.startswith(f".TH {program.upper()} 1 ")
    for heading in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES"):
        assert f"\n.SH {heading}\n" in page
    for example in re.search(r"Examples:\n(.*?)\n\n", ask(program, "--help").stdout,
                             re.DOTALL)[1].splitlines():
        assert example.strip() in page.replace("\\-", "-")
    if not shutil.which("groff"):
        pytest.skip("groff is not there to read it")
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww"], input=page, capture_output=True,
                          text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_every_shell_gets_every_option(program, shell):
    text = ask(program, f"--print-completion={shell}").stdout
    for name, value in rows_of(program):
        if shell == "bash":
            listed = re.search(r"compgen -W '(--[^']*--help[^']*)'", text)[1].split()
            assert {name, name + "="} & set(listed), name
        elif shell == "zsh":
            assert re.search(rf"'\*?{name}=?-?\[", text), name
        else:
            letter = "-s" if len(name) == 2 else "-l"
            assert re.search(rf" {letter} {name.lstrip('-')} .*-d '", text), name
        for choice in value.split("|") if "|" in value else []:
            if re.fullmatch(r"[a-z0-9-]+", choice):
                assert re.search(rf"[(' ]{choice}[)' ]", text), f"{name}={choice}"


def test_shells_and_no_other():
    done = ask("onnx-split", "--print-completion=tcsh")
    assert done.returncode == 1 and not done.stdout
    assert "takes bash, zsh or fish, not 'tcsh'" in done.stderr


def test_bash_completes(scratch):
    for name in ("cluster.yaml", "other.yml", "model.onnx", "plan.json", "x.npy"):
        (scratch / name).touch()
    (scratch / "folder").mkdir()

    def offers(line, program="onnx-split"):
        return complete(program, f"{program} {line}", scratch)

    assert offers("--obj") == ["--objective="]
    assert offers("--dry") == ["--dry-run"]
    assert offers("--objective=") == ["devices", "latency", "throughput"]
    assert offers("--objective=l") == offers("--objective l") == ["latency"]
    # IN=OUT is nothing to type.
    assert offers("--state=") == ["auto", "none"]
    assert offers("--devices ") == ["cluster.yaml", "folder", "other.yml"]
    assert offers("--plan=p") == ["plan.json"]
    assert offers("-o ") == ["folder"]
    # A value that need not be there is attached, and what follows is a model.
    assert "x.npy" in offers("--report=")
    assert offers("--report ") == ["folder", "model.onnx"]
    assert offers("m") == ["model.onnx"]
    # The file stands behind a name.
    assert offers("--input=image=x") == offers("--input image=x") == ["x.npy"]
    assert offers("p", "onnx-split-bench") == ["plan.json"]
    assert offers("--onnx", "onnx-split-translate") == ["--onnx-to-mlir"]
