"""Fixtures of the tests in browsers. A browser that is missing is a failure:
quickstart check installs them."""
import pytest

from client import told
from driver import Driver
from scenes import scenes
from system import System


@pytest.fixture(scope='session')
def system(receiver):
    """One of the browsers' own: all they do comes from one address, and
    faster than persons are."""
    system = System('--no-limits', receiver=receiver)
    system.base = 'http://127.0.0.1:%d' % system.port
    yield system
    logs = system.logs()
    system.stop()
    for secret in told:
        assert len(secret) < 8 or secret.encode() not in logs, 'in a log'


@pytest.fixture(autouse=True)
def misses_forgotten(system):
    yield
    system.sql('DELETE FROM guess')


@pytest.fixture(scope='module')
def chromium(system):
    driver = Driver('chromium', system.base)
    yield driver
    driver.stop()


@pytest.fixture(scope='session')
def stage(system):
    return scenes(system)
