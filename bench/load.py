"""Requests by wrk: one thread, so many connections kept open, the next request as soon as the answer is there."""
import itertools
import json
import subprocess
import sys
import time

import stage
import usage

# Tells one run of wrk from all others on the same system, of earlier programs too: none begins ten in a second.
_batches = itertools.count(int(time.time() * 10) % 32 ** 4)


def settle(seconds=1.0):
    """Wait, but not for ever, until the processors have little to do."""
    end = time.monotonic() + seconds
    busy, _, total = usage.machine_ticks()
    while time.monotonic() < end:
        time.sleep(0.2)
        before = busy, total
        busy, _, total = usage.machine_ticks()
        if (busy - before[0]) < 0.08 * (total - before[1]):
            return


def send(script, port, clients, seconds, **words):
    """What the script's done() tells. words: what the script is told."""
    words['batch'] = next(_batches)
    done = subprocess.run(
        ['wrk', '-t1', f'-c{clients}', f'-d{seconds}s', '--timeout', '5s', '--latency', '-s', script,
         f'http://127.0.0.1:{port}/', '--', *(f'{name}={value}' for name, value in words.items())],
        cwd=stage.HERE, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith('{')]
    if done.returncode != 0 or len(lines) != 1:
        sys.exit(f'bench: wrk {script}: {done.stderr or done.stdout}')
    if done.stderr:
        print(f'{script}: {done.stderr.strip()}', file=sys.stderr)
    return json.loads(lines[0])


def measure(script, port, clients, seconds, groups, **words):
    """The same, with the rate and who spent what: seconds of the processors' time by name."""
    before = usage.take()
    result = send(script, port, clients, seconds, **words)
    after = usage.take()
    result['cpu_s'], result['foreign'], result['steal'] = usage.between(before, after, groups)
    result['machine_s'] = usage.machine_s(before, after)
    result['rate'] = result['requests'] / result['seconds'] if result['seconds'] else 0.0
    return result
