"""Fixtures of the tests in browsers. A browser that is missing is a failure:
quickstart check installs them."""
import re

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


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """Beside what the browser saw, what the server said of it."""
    report = (yield).get_result()
    if report.failed and 'system' in item.funcargs:
        report.sections.append(('server', '\n'.join(
            complaints(item.funcargs['system']))))


def complaints(system, last=20):
    lines = system.logs().decode(errors='replace').splitlines()
    return [line for line in lines if re.search(
        r'" 50\d |" 4\d\d |\[(error|crit|alert)\]| (error|warning) ',
        line)][-last:]


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
