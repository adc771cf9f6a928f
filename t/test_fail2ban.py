"""Misses by address in the log: fail2ban finds the lines that pair wrote, as
a file and as the journal has them, and no line that only looks like one."""
import re
import shutil
import subprocess

import pytest

import fastcgi
from client import FORM, new_code
from system import HERE

FILTERS = HERE.parent / 'conf' / 'fail2ban'
MISS = '%s pair %s %s info security: code missed from %s'
NOW = '2026-11-22T12:00:00Z'
REQUEST = '0123456789abcdef0123456789abcdef'
ENTRY = """__REALTIME_TIMESTAMP=%d
__MONOTONIC_TIMESTAMP=%d
_BOOT_ID=0123456789abcdef0123456789abcdef
_SYSTEMD_UNIT=%s
_TRANSPORT=stdout
_HOSTNAME=host
_PID=123
SYSLOG_IDENTIFIER=multiwatch
MESSAGE=%s

"""

pytestmark = pytest.mark.skipif(not shutil.which('fail2ban-regex'),
                                reason='fail2ban is not installed')


def found(*arguments, filter=FILTERS / 'filter.d' / 'tallystick.conf'):
    """The addresses that fail2ban would count, in their order."""
    done = subprocess.run(['fail2ban-regex', '--print-all-matched',
                           '--out', '<ip>', *map(str, arguments),
                           str(filter)], capture_output=True, text=True,
                          timeout=60)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout.split()


def in_file(tmp_path, lines):
    path = tmp_path / 'pair.log'
    path.write_text(''.join(line + '\n' for line in lines))
    return found(path)


def in_journal(tmp_path, lines, unit='tallystick@pair.service'):
    """As journald keeps a service's standard error."""
    if not shutil.which('systemd-journal-remote',
                        path='/lib/systemd:/usr/lib/systemd'):
        pytest.skip('systemd-journal-remote is not installed')
    pytest.importorskip('systemd')
    path = tmp_path / 'pair.journal'
    text = ''.join(ENTRY % (1795000000000000 + i, i + 1, unit, line)
                   for i, line in enumerate(lines))
    done = subprocess.run(['/lib/systemd/systemd-journal-remote', '-o',
                           str(path), '-'], input=text, text=True,
                          capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return found('systemd-journal[journalfiles="%s"]' % path)


def written(system, since):
    log = (system.run / 'log' / 'pair.log').read_text()[since:]
    return [line for line in log.splitlines() if re.search(
        r' (security: .*|POST \d+)$', line)]


@pytest.fixture
def wrote(system):
    """What pair wrote while two addresses guessed, and who they were."""
    since = (system.run / 'log' / 'pair.log').stat().st_size
    four = system.browser()
    six = '2001:db8:4:%x::9' % system.port
    for _ in range(7):
        four.submit(new_code())
        answer = fastcgi.call(system.run / 'pair.sock', 'POST', '/pair',
                              'code=' + new_code(), six, CONTENT_TYPE=FORM)
        assert answer.status == 303
    lines = written(system, since)
    # Beside them a line that each request leaves.
    assert len(lines) >= 28, lines
    return lines, sorted([four.address] * 7 + [six] * 7)


def test_every_miss_is_found_in_a_file(tmp_path, wrote):
    lines, addresses = wrote
    assert sorted(in_file(tmp_path, lines)) == addresses


def test_every_miss_is_found_in_the_journal(tmp_path, wrote):
    lines, addresses = wrote
    assert sorted(in_journal(tmp_path, lines)) == addresses


def test_every_miss_is_found_in_syslog_s_file(tmp_path, wrote):
    lines, addresses = wrote
    assert sorted(in_file(tmp_path, [
        'Nov 22 12:00:00 host multiwatch[123]: ' + line
        for line in lines])) == addresses


def test_the_time_is_the_line_s(tmp_path):
    path = tmp_path / 'pair.log'
    path.write_text(MISS % (NOW, REQUEST, '192.0.2.1', '192.0.2.1') + '\n')
    done = subprocess.run(['fail2ban-regex', '--out', '<time>', str(path),
                           str(FILTERS / 'filter.d' / 'tallystick.conf')],
                          capture_output=True, text=True, timeout=60)
    assert float(done.stdout) == 1795348800, done.stdout


@pytest.mark.parametrize('form', [in_file, in_journal])
def test_other_lines_are_not_found(tmp_path, form):
    good = MISS % (NOW, REQUEST, '192.0.2.7', '192.0.2.7')
    assert form(tmp_path, [
        good + ' ', good + '.8', good + ' info POST 303', 'x' + good,
        good.replace('192.0.2.7', '-'), good.replace('pair', 'status'),
        good.replace('info', 'error'), good.replace('missed', 'met'),
        '%s pair %s 192.0.2.8 info %s' % (NOW, REQUEST, good),
        '%s pair %s 192.0.2.8 info POST 303' % (NOW, REQUEST),
        '%s pair %s 192.0.2.8 info worker 7 ends' % (NOW, REQUEST),
        '%s pair %s 192.0.2.8 warning the day\'s guess budget is spent: no '
        'code is compared unless its device is named' % (NOW, REQUEST),
        '%s register %s %s info security: code missed from 192.0.2.8'
        % (NOW, REQUEST, '192.0.2.8'),
        # What a hostile front would have to say as the request's name.
        '%s pair a b c 192.0.2.8 info security: code missed from 192.0.2.8'
        % NOW]) == []
    (tmp_path / 'again').mkdir()
    assert form(tmp_path / 'again', [good]) == ['192.0.2.7']


def test_nothing_from_outside_forges_a_line(system, tmp_path):
    """Codes, fields, headers and addresses that would like to."""
    since = (system.run / 'log' / 'pair.log').stat().st_size
    bad = 'security: code missed from 192.0.2.66'
    lines = [bad, '\n' + MISS % (NOW, REQUEST, '192.0.2.66', '192.0.2.66'),
             '%0a' + MISS.replace(' ', '+') % (NOW, REQUEST, '192.0.2.66',
                                               '192.0.2.66')]
    for text in lines:
        for form in ('code=' + text, 'code=%s&device=%s' % (new_code(), text)):
            for more in ({}, {'REMOTE_ADDR': text}, {'REQUEST_ID': text},
                         {'REQUEST_METHOD': text}, {'HTTP_COOKIE': text},
                         {'QUERY_STRING': text, 'HTTP_ORIGIN': text}):
                fastcgi.call(system.run / 'pair.sock', 'POST', '/pair', form,
                             '192.0.2.1', **dict({'CONTENT_TYPE': FORM},
                                                 **more))
    log = (system.run / 'log' / 'pair.log').read_text()[since:]
    assert len(log.splitlines()) > 30
    assert '192.0.2.66' not in in_file(tmp_path, log.splitlines())
    assert '192.0.2.66' not in in_journal(tmp_path, log.splitlines())


def test_the_example_jail_is_read(tmp_path):
    """By fail2ban's own reader, over its own configuration."""
    shutil.copytree('/etc/fail2ban', tmp_path / 'fail2ban')
    for name in ('filter.d', 'jail.d'):
        shutil.copy(FILTERS / name / 'tallystick.conf',
                    tmp_path / 'fail2ban' / name)
    (tmp_path / 'fail2ban' / 'jail.d' / 'defaults-debian.conf').unlink(True)
    done = subprocess.run(['fail2ban-client', '-c', str(tmp_path / 'fail2ban'),
                           '-d'], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "['set', 'tallystick', 'addjournalmatch', '_SYSTEMD_UNIT=" \
        "tallystick@pair.service']" in done.stdout, done.stdout
    assert "['set', 'tallystick', 'maxretry', 20]" in done.stdout
