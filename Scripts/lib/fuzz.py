"""Runs fuzzers and sums up what they did. See Scripts/fuzz."""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
SEEDS = ROOT / "Tests" / "Fuzz" / "corpus"
DICTIONARIES = ROOT / "Tests" / "Fuzz" / "dictionaries"
#: Fuzzers that run at once.
AT_ONCE = 2
#: Seconds for one input on a machine that is busy; megabytes for the process, and for one
#: allocation.
LIMITS = ["-timeout=60", "-rss_limit_mb=1024", "-malloc_limit_mb=64"]


def fuzzers(binary: str) -> dict[str, int]:
    """The names, and the length of the longest input."""
    said = subprocess.run([binary, "--list"], capture_output=True, text=True, check=True).stdout
    return {name: int(length) for name, length in map(str.split, said.splitlines())}


def environment(name: str) -> dict[str, str]:
    return {**os.environ, "TRACKD_FUZZ_TARGET": name}


def last(pattern: str, text: str) -> str:
    found = re.findall(pattern, text)
    return found[-1] if found else "?"


def artifact(log: str) -> str | None:
    found = re.search(r"Test unit written to (\S+)", log)
    return found[1] if found else None


def fuzz(binary: str, name: str, length: int, options: argparse.Namespace) -> str | None:
    """Runs one fuzzer and prints its line. Returns what it found, if anything."""
    corpus, findings = (options.folder / f"fuzz-{what}" / name for what in ("corpus", "findings"))
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    seeds = SEEDS / name
    dictionary = DICTIONARIES / f"{name}.dict"
    command = [
        binary, f"-max_total_time={options.seconds}", f"-max_len={length}", f"-seed={options.seed}",
        f"-artifact_prefix={findings}/", "-print_final_stats=1", *LIMITS,
        *([f"-dict={dictionary}"] if dictionary.exists() else []),
        str(corpus), *([str(seeds)] if seeds.exists() else [])]
    try:
        ran = subprocess.run(
            command, env=environment(name), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            errors="replace", text=True, timeout=options.seconds + 300)
        output, failed = ran.stdout, ran.returncode != 0
    except subprocess.TimeoutExpired as expired:
        # It hangs outside of an input.
        output, failed = (expired.stdout or b"").decode(errors="replace"), True
    runs = last(r"stat::number_of_executed_units: +(\d+)", output)
    coverage = last(r"cov: (\d+)", output)
    found = None
    if failed:
        log = findings / "log"
        log.write_text(output)
        found = artifact(output) or str(log)
    print(f"{name:14} {runs:>10} runs {coverage:>7} edges   {'FOUND ' + found if found else 'ok'}",
          flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="Scripts/fuzz")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0, help="0 is another one each time")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / ".build",
                        help="where new inputs and findings are kept")
    parser.add_argument("--input")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("binary", help=argparse.SUPPRESS)
    parser.add_argument("fuzzers", nargs="*")
    options = parser.parse_intermixed_args()
    known = fuzzers(options.binary)
    if options.list:
        print(*known, sep="\n")
        return 0
    unknown = [name for name in options.fuzzers if name not in known]
    if unknown:
        parser.error(f"there is no fuzzer {unknown[0]}; there are {', '.join(known)}")
    if options.input:
        if len(options.fuzzers) != 1:
            parser.error("--input needs one fuzzer")
        # Without a copy of the input.
        return subprocess.run(
            [options.binary, *LIMITS, "-exact_artifact_path=/dev/null", options.input],
            env=environment(options.fuzzers[0])).returncode
    chosen = options.fuzzers or list(known)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(
            lambda name: fuzz(options.binary, name, known[name], options), chosen))
    for name, input in zip(chosen, found):
        if input:
            print(f"{name} found something. Again: Scripts/fuzz --input {input} {name}")
    return 1 if any(found) else 0


if __name__ == "__main__":
    sys.exit(main())
