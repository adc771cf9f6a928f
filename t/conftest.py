"""Fixtures of the system tests: pytest t/test_*.py

One system serves most tests; the slow stories (a request held to its end, a
silent fulfilment side) begin with it and are judged last.
TALLYSTICK_PREFIX names an installation; without it quickstart builds.
"""
import contextlib
import shutil
import subprocess
import threading
import time

import pytest

from client import new_address, supply
from fulfilment import Receiver, Reply
from receiver import RawReceiver
from system import HERE, System, eventually


def pytest_configure(config):
    config.addinivalue_line('markers', 'late: judged after most other tests')


def turn(item):
    """What waits comes late, what restarts the front and the database after
    that, and what searches for the secrets of all tests last."""
    if item.path.name == 'test_secrets.py':
        return 3
    if item.path.name in ('test_restart.py', 'test_device.py',
                          'test_confine.py'):
        return 2
    return 1 if item.get_closest_marker('late') else 0


def pytest_collection_modifyitems(items):
    items.sort(key=turn)


@pytest.fixture(scope='session')
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()
    assert not receiver.faults, receiver.faults


@pytest.fixture
def raw():
    raw = RawReceiver()
    yield raw
    raw.stop()


@pytest.fixture(scope='session')
def system(receiver):
    system = System(receiver=receiver)
    system.held = Held(system)
    system.silent = silent_order(system, receiver)
    yield system
    system.stop()


class Held(threading.Thread):
    """A connect that nothing wakes, from the session's first second on."""

    def __init__(self, system):
        super().__init__(daemon=True)
        self.device = system.paired()
        self.answer = self.seconds = None
        self.start()

    def run(self):
        begin = time.monotonic()
        with contextlib.suppress(OSError):
            self.answer = self.device.connect(self.device.version,
                                              timeout=90)
        self.seconds = time.monotonic() - begin


def silent_order(system, receiver):
    """An order whose first attempt gets no answer for more than 20 s."""
    device = system.paired()
    receiver.answer(device, Reply(204, wait_s=24))
    assert device.report(supply(3)).status == 200
    return device


@pytest.fixture(autouse=True)
def guessing_forgotten(request):
    """No test's misses may spend the service's budget of the others."""
    yield
    if 'system' in request.fixturenames:
        system = request.getfixturevalue('system')
        if system.mariadb('tallystick', "DELETE FROM guess WHERE "
                          "scope <> 'address'").returncode != 0:
            assert eventually(system.healthy, 30), 'left broken'


@pytest.fixture(scope='module')
def planted(system):
    """t/planted.c, compiled, where the workers' account can read it."""
    compiler = shutil.which('cc')
    if compiler is None:
        pytest.skip('there is no C compiler')
    library = system.folder / 'planted.so'
    subprocess.run([compiler, '-shared', '-fPIC', '-Wall', '-Wextra', '-o',
                    str(library), str(HERE / 'planted.c')], check=True)
    library.chmod(0o755)
    return library


@pytest.fixture
def device(system):
    return system.pending()


@pytest.fixture
def paired(system):
    return system.paired()


@pytest.fixture
def browser(system):
    return system.browser()


@pytest.fixture
def address():
    return new_address()
