"""Couriers of a test's own, in place of the system's: under other lines of the
configuration, another environment, a resolver and a network of its own.

A test file takes the fixtures by name: from courier import courier
"""
import os
import signal
import subprocess

import pytest

from system import HERE, eventually


class Couriers:
    def __init__(self, system):
        self.system = system
        self.conf = system.run / 'tmp' / 'other.conf'
        self.running = []

    def configure(self, **keys):
        """Values of a key: one, or a list."""
        self.system.configure(self.conf, keys)

    def arguments(self, *more):
        return [str(self.system.prefix / 'bin' / 'tallystick'), '-c',
                str(self.conf), 'deliver', *more]

    def __call__(self, environment=None, timeout=60, **keys):
        """tallystick deliver, once."""
        self.configure(**keys)
        return subprocess.run(
            self.arguments(), capture_output=True, text=True,
            timeout=timeout, env=dict(os.environ, **(environment or {})),
            **self.system.as_owner())

    def start(self, *options, environment=None, **keys):
        self.configure(**keys)
        courier = subprocess.Popen(
            self.arguments(*options), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(os.environ, **(environment or {})),
            **self.system.as_owner())
        self.running.append(courier)
        return courier

    def end(self):
        for courier in self.running:
            if courier.poll() is None:
                courier.send_signal(signal.SIGKILL)
                courier.wait()
        self.conf.unlink(missing_ok=True)


@pytest.fixture
def courier(system, receiver):
    couriers = Couriers(system)
    # The story of system.silent is the system's own courier's.
    assert len(receiver.wait(system.silent, 2, 60)) >= 2
    system.part('stop', 'deliver')
    yield couriers
    couriers.end()
    # What they left behind is somebody's again at once.
    system.sql('UPDATE supply_order SET lease_until = NULL')
    system.part('start', 'deliver')


@pytest.fixture(scope='session')
def names(tmp_path_factory):
    """Builds names.c. out: names(answers, routes) gives the environment
    of a courier; names.connects() what it has connected to since."""
    folder = tmp_path_factory.mktemp('names')
    # The system may run as another account.
    for path in (folder, *folder.parents):
        if path.owner() == folder.owner():
            path.chmod(0o755)
    library, log = folder / 'names.so', folder / 'log'
    done = subprocess.run(
        ['cc', '-Wall', '-Werror', '-shared', '-fPIC', '-o', str(library),
         str(HERE / 'names.c'), '-ldl'], capture_output=True,
        text=True)
    assert done.returncode == 0, done.stderr

    def environment(answers, routes=''):
        log.write_text('')
        log.chmod(0o666)
        return {'LD_PRELOAD': str(library), 'NAMES_ANSWERS': answers,
                'NAMES_ROUTES': routes, 'NAMES_LOG': str(log)}
    environment.connects = lambda: log.read_text().split()
    return environment


def order_row(system, order, columns):
    return system.sql("SELECT %s FROM supply_order WHERE uuid = '%s'"
                      % (columns, order))[0]


def due_now(system, order):
    system.sql("UPDATE supply_order SET due_at = UTC_TIMESTAMP() "
               "WHERE uuid = '%s'" % order)


def settled(system, order):
    """Wait until no courier has it."""
    assert eventually(lambda: order_row(
        system, order, 'lease_until IS NULL') == ['1'], 30)
