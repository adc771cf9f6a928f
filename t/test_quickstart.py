"""What ./quickstart says before it does anything."""
import os
import pathlib
import subprocess

from system import QUICKSTART


def quickstart(run, *words):
    return subprocess.run([str(QUICKSTART), *words], capture_output=True,
                          text=True, timeout=60, stdin=subprocess.DEVNULL,
                          env=dict(os.environ, TALLYSTICK_RUN=str(run)))


def test_stop_where_nothing_runs(tmp_path):
    run = tmp_path / 'run'
    for _ in range(2):
        done = quickstart(run, 'stop')
        assert (done.returncode, done.stdout) == (
            0, 'Nothing runs in %s.\n' % run), done.stderr
        assert list(tmp_path.iterdir()) == []
    (run / 'pid').mkdir(parents=True)
    done = quickstart(run, 'stop')
    assert (done.returncode, done.stdout) == (
        0, 'Nothing runs in %s.\n' % run), done.stderr


def test_a_port_for_root_alone(tmp_path):
    """Where the machine has any: told before all else."""
    least = int(pathlib.Path(
        '/proc/sys/net/ipv4/ip_unprivileged_port_start').read_text())
    for port in range(1, least)[-1:]:
        done = quickstart(tmp_path / 'run', '--no-demo', '--port', str(port))
        assert done.returncode == 1
        assert done.stderr == (
            'quickstart: port %d is for root alone, and nothing here runs as '
            'root: take --port %d or above\n' % (port, least))
        assert done.stdout == ''
