"""Fuzz: make the targets by clang with libFuzzer and sanitizers, in a folder
of their own, and run each. "make fuzz" calls it in the build folder.

  run.py SOURCES TARGET ...

FUZZ_SECONDS      how long each target runs (60)
FUZZ_CPU_MINUTES  instead: until each has used so much of a processor
FUZZ_TARGETS      only these, by noun: "form conf"
FUZZ_FOLDER       where to build and keep what was found (./fuzz)
FUZZ_MERGE=1      afterwards bring into the sources' corpus what covers more

What covers more stays in FOLDER/corpus/NOUN, for the next run; what is found
in FOLDER/findings. A finding is a failure: put it into t/fuzz/corpus/NOUN,
where "make check" runs it, and mend it."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROUND_S = 120       # between two looks at the processor's time
MEMORY_MB = 2048
TIMEOUT_S = 10      # one input must not take longer
LENGTH_MAX = {"message": 8192, "webhook": 20000, "conf": 4096}


def fail(sentence):
    sys.exit(f"fuzz: {sentence}")


def build(sources, folder, targets):
    clang = shutil.which(os.environ.get("FUZZ_CC", "clang"))
    if clang is None:
        fail("there is no clang: install clang and libclang-rt-14-dev")
    if sources == Path.cwd():
        fail("configure in a folder of its own, not in the sources: "
             "mkdir build && cd build && ../configure && make fuzz")
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "build.log"
    commands = [["make", "-j", str(os.cpu_count()), *targets]]
    if not (folder / "Makefile").exists():
        commands.insert(0, [
            str(sources / "configure"), "-C", "--quiet",
            "--enable-sanitizers", "--enable-fuzzing", f"CC={clang}",
            "CFLAGS=-g -O1"])
    with open(log, "w", encoding="utf-8") as output:
        for command in commands:
            if subprocess.run(command, cwd=folder, stdout=output,
                              stderr=output).returncode != 0:
                fail(f"{command[0]} failed, see {log}")


def arguments(noun, sources, folder, seconds):
    corpus = sources / "t/fuzz/corpus" / noun
    words = sources / "t/fuzz" / f"{noun}.dict"
    grown = folder / "corpus" / noun
    grown.mkdir(parents=True, exist_ok=True)
    (folder / "findings").mkdir(exist_ok=True)
    return [
        str(folder / f"t/fuzz/fuzz_{noun}"), str(grown), str(corpus),
        f"-max_total_time={seconds}", f"-rss_limit_mb={MEMORY_MB}",
        f"-timeout={TIMEOUT_S}", f"-max_len={LENGTH_MAX.get(noun, 2048)}",
        f"-artifact_prefix={folder}/findings/{noun}-",
        "-print_final_stats=1", "-use_value_profile=1",
        *([f"-dict={words}"] if words.exists() else [])]


def run_round(noun, sources, folder, seconds):
    """One run of libFuzzer. Returns its figures."""
    log = folder / f"{noun}.log"
    environment = dict(os.environ, srcdir=str(sources))
    with open(log, "w", encoding="utf-8", errors="replace") as output:
        child = subprocess.Popen(
            arguments(noun, sources, folder, seconds), env=environment,
            stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
    text = log.read_text(encoding="utf-8", errors="replace")
    seen = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", text)
    runs = re.search(r"number_of_executed_units: (\d+)", text)
    return {
        "runs": int(runs.group(1)) if runs else 0,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "edges": int(seen[-1][0]) if seen else 0,
        "features": int(seen[-1][1]) if seen else 0,
        "corpus": int(seen[-1][2]) if seen else 0,
        "failed": status != 0,
    }


def run_target(noun, sources, folder, seconds, cpu_s):
    """Rounds until the time is up. Returns the sum."""
    total = {"runs": 0, "cpu_s": 0.0, "findings": 0}
    begun = time.monotonic()
    while True:
        left = seconds - (time.monotonic() - begun)
        got = run_round(noun, sources, folder, int(
            ROUND_S if cpu_s else max(1, left)))
        total["runs"] += got["runs"]
        total["cpu_s"] += got["cpu_s"]
        total.update((name, got[name])
                     for name in ("edges", "features", "corpus"))
        if got["failed"]:
            total["findings"] += 1
            shutil.copy(folder / f"{noun}.log",
                        folder / f"{noun}-failed.log")
        told = (f"{noun:8} {total['runs']:>11,} runs "
                f"{total['cpu_s'] / 60:6.1f} CPU minutes "
                f"{total['edges']:>6} edges {total['features']:>6} features "
                f"{total['corpus']:>5} inputs {total['findings']} findings")
        with open(folder / "figures", "a", encoding="utf-8") as output:
            output.write(told + "\n")
        if got["failed"] or (total["cpu_s"] >= cpu_s if cpu_s else
                             time.monotonic() - begun >= seconds - 1):
            print(told, flush=True)
            return total["findings"]


def merge(noun, sources, folder):
    """The least number of inputs that cover all, instead of the corpus."""
    corpus = sources / "t/fuzz/corpus" / noun
    merged = folder / "merged" / noun
    shutil.rmtree(merged, ignore_errors=True)
    merged.mkdir(parents=True)
    subprocess.run(
        [str(folder / f"t/fuzz/fuzz_{noun}"), "-merge=1", str(merged),
         str(corpus), str(folder / "corpus" / noun)], check=True,
        env=dict(os.environ, srcdir=str(sources)),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for path in merged.iterdir():
        if not (corpus / path.name).exists():
            shutil.copy(path, corpus)


def main():
    sources = Path(sys.argv[1]).resolve()
    targets = sys.argv[2:]
    folder = Path(os.environ.get("FUZZ_FOLDER", "fuzz")).resolve()
    seconds = float(os.environ.get("FUZZ_SECONDS", 60))
    cpu_s = 60 * float(os.environ.get("FUZZ_CPU_MINUTES", 0))
    wanted = os.environ.get("FUZZ_TARGETS", "").split()
    nouns = [target.rpartition("_")[2] for target in targets]
    for noun in wanted:
        if noun not in nouns:
            fail(f"there is no {noun}: " + " ".join(nouns))
    build(sources, folder, targets)
    found = 0
    for noun in wanted or nouns:
        found += run_target(noun, sources, folder, seconds, cpu_s)
        if os.environ.get("FUZZ_MERGE") == "1":
            merge(noun, sources, folder)
    if found > 0:
        fail(f"findings: {found}, see {folder}")


if __name__ == "__main__":
    main()
