"""The systemd units: how much they leave open, by systemd's own judgement; and
that the programs need no call to the kernel that the units refuse. (Whether a
unit really starts only a machine that runs systemd can show.)"""
import ipaddress
import re
import shutil
import subprocess

import pytest

from system import HERE, PROGRAMS
from worker import Worker

UNITS = HERE.parent / 'conf' / 'systemd'
EXPOSURE_MAX = 1.0


def analyze(*words, **more):
    if shutil.which('systemd-analyze') is None:
        pytest.skip('systemd-analyze is not installed')
    done = subprocess.run(['systemd-analyze', *words], text=True,
                          capture_output=True, timeout=60, **more)
    return done.stdout + done.stderr


@pytest.fixture
def unit(request, tmp_path):
    """A copy, for the name of an instance counts; its programs are there."""
    text = (UNITS / request.param).read_text()
    path = tmp_path / request.param.replace('@', '@report')
    path.write_text(text)
    return path


def settings(path, name):
    return re.findall(r'^%s=(.*)$' % name, path.read_text(), re.MULTILINE)


every = pytest.mark.parametrize('unit', sorted(
    path.name for path in UNITS.glob('*.service')), indirect=True)


@every
def test_exposure(unit):
    told = analyze('security', '--offline=yes', str(unit))
    level = re.search(r'Overall exposure level for .*: ([0-9.]+)', told)
    assert level, told
    assert float(level.group(1)) <= EXPOSURE_MAX, told


@every
def test_systemd_understands_it(unit):
    """No setting that it does not know, no value that it would ignore."""
    text = re.sub(r'/usr/(local/bin/tallystick|bin/spawn-fcgi)', '/bin/true',
                  unit.read_text())
    unit.write_text(text)
    told = analyze('verify', '--man=no', str(unit))
    said = [line for line in told.splitlines() if unit.name in line]
    assert not said, told


def calls_allowed(path):
    """By the unit's SystemCallFilter, read as systemd reads it."""
    sets, name = {}, None
    for line in analyze('syscall-filter', '--no-pager').splitlines():
        if line.startswith('@'):
            name = line.split()[0]
            sets[name] = set()
        elif name and line.strip() and not line.strip().startswith('#'):
            sets[name].add(line.strip())

    def whole(name):
        if not name.startswith('@'):
            return {name}
        return set().union(*map(whole, sets[name])) if sets[name] else set()
    allowed = whole('@default')
    for words in settings(path, 'SystemCallFilter'):
        named = set().union(*map(whole, words.lstrip('~').split()))
        allowed = allowed - named if words.startswith('~') else allowed | named
    return allowed


@pytest.mark.parametrize('unit', ['tallystick@.service'], indirect=True)
@pytest.mark.parametrize('name', PROGRAMS)
def test_no_call_that_the_unit_refuses(system, unit, name):
    """From the first one to the end; nor a kind of socket."""
    if shutil.which('strace') is None:
        pytest.skip('strace is not installed')
    trace = system.run / 'tmp' / ('trace-' + name)
    with Worker(system, name, {'requests-max': '1'},
                before=('strace', '-f', '-o', str(trace))) as worker:
        worker.call('GET', '/', HTTP_AUTHORIZATION='Bearer ' + 'A' * 43)
        worker.ended()
    text = trace.read_text()
    trace.unlink()
    made = set(re.findall(r'^\d+ +(\w+)\(', text, re.MULTILINE))
    assert {'seccomp', 'prlimit64', 'accept', 'openat'} < made, \
        'this is no whole life'
    assert made - calls_allowed(unit) == set()
    families, = settings(unit, 'RestrictAddressFamilies')
    assert set(re.findall(r'socket\((\w+),', text)) <= set(families.split())
    assert 'PROT_WRITE|PROT_EXEC' not in text


@pytest.mark.parametrize('unit', ['tallystick-deliver.service'],
                         indirect=True)
def test_the_courier_needs_no_more_than_it_sees(system, unit):
    """No key, and of the option file its own part, cut out as INSTALL does."""
    assert settings(unit, 'InaccessiblePaths') == ['-/etc/tallystick/keys']
    shown, = settings(unit, 'BindReadOnlyPaths')
    assert shown == ('-/etc/tallystick/database-deliver.cnf:'
                     '/etc/tallystick/database.cnf')
    cut, = re.findall(r'# (awk .*) database.cnf > database-deliver.cnf',
                      (HERE.parent / 'INSTALL').read_text())
    part = system.run / 'tmp' / 'database-deliver.cnf'
    part.touch(0o600)
    part.write_text(subprocess.run(
        '%s %s' % (cut, system.run / 'database.cnf'), shell=True, text=True,
        capture_output=True, check=True).stdout)
    system.give(part)
    assert re.findall(r'^\[.*', part.read_text(), re.MULTILINE) == [
        '[tallystick-deliver]']
    conf = system.configure(part.with_suffix('.conf'), {
        'database': part, 'keys': '/nowhere'})
    done = system.command('deliver', conf=conf)
    assert done.returncode == 0, done
    assert done.stdout.startswith('delivered '), done


@pytest.mark.parametrize('unit', ['tallystick-deliver.service'],
                         indirect=True)
def test_where_the_courier_may_connect_to(unit):
    """All of the world but what no fulfilment lies in."""
    allowed = [ipaddress.ip_network(word) for words in settings(
        unit, 'IPAddressAllow') for word in words.split()]
    assert settings(unit, 'IPAddressDeny') == ['any']

    def reached(address):
        address = ipaddress.ip_address(address)
        return any(address in network for network in allowed)
    for address in ('169.254.169.254', '169.254.0.1', '0.0.0.1', '224.0.0.1',
                    '239.255.255.255', '255.255.255.255', 'fe80::1',
                    'ff02::1', '::', '::ffff:169.254.169.254'):
        assert not reached(address), address
    for address in ('1.1.1.1', '8.8.8.8', '127.0.0.53', '10.0.0.1',
                    '169.253.255.255', '169.255.0.0', '192.0.2.1',
                    '223.255.255.255', '2001:db8::1', '::1', 'fd00::1'):
        assert reached(address), address
