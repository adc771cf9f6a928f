"""Labels and QR codes: what is printed is what a phone reads."""
import os
import pty
import re
import select
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

import qr
from client import new_code
from system import PROGRAMS, QUICKSTART, System

SVG = '{http://www.w3.org/2000/svg}'
BASES = ['http://192.168.178.44:8080', 'https://example.net',
         'https://pairing.devices.example.net/some/host/with/a-long/path/'
         'whose-address/takes-two-lines-of-the-label']
CODES = {'7kq4-m2xw-9t': '7KQ4M2XW9T', '７ＫＱ４ Ｍ２ＸＷ ９Ｔ': '7KQ4M2XW9T',
         '1234567890123': '1234567890123',
         'oil' * 21 + 'z': '011' * 21 + 'Z'}


class Command:
    """tallystick label, under a base address of the test's own."""

    def __init__(self, system, folder):
        self.system, self.folder = system, folder
        self.base = BASES[0]
        self.check = 'off'
        folder.chmod(0o755)

    def run(self, *words, typed='', name='label'):
        conf = self.folder / 'label.conf'
        conf.write_text('base-url = %s\ncode-check = %s\n'
                        % (self.base, self.check))
        conf.chmod(0o644)
        return subprocess.run(
            [str(self.system.prefix / 'bin' / 'tallystick'), '-c', str(conf),
             name, *words], input=typed.encode(), capture_output=True,
            timeout=20, **self.system.as_owner())

    def well(self, *words, typed=''):
        done = self.run(*words, typed=typed)
        assert (done.returncode, done.stderr) == (0, b'')
        return done.stdout

    def kept(self, name, *words, typed=''):
        path = self.folder / name
        path.write_bytes(self.well(*words, typed=typed))
        return path


@pytest.fixture
def command(system, tmp_path):
    for folder in tmp_path.parents[:2]:
        folder.chmod(0o755)
    return Command(system, tmp_path)


def fours(code):
    return '-'.join(code[at:at + 4] for at in range(0, len(code), 4))


@pytest.mark.parametrize('base', BASES)
@pytest.mark.parametrize('typed', CODES)
def test_label_says_its_link(command, base, typed):
    code = CODES[typed]
    command.base = base
    svg = command.kept('a.svg', typed)
    pdf = command.kept('a.pdf', '--pdf', '-', typed=typed + '\r\nmore\n')
    link = '%s/pair?code=%s' % (base, code)
    assert qr.of_svg(svg) == link
    assert qr.of_pdf(pdf) == link
    picture = ElementTree.parse(svg).getroot()
    assert (picture.get('width'), picture.get('height'),
            picture.get('viewBox')) == ('60mm', '30mm', '0 0 60 30')
    lines = [line.text for line in picture.iter(SVG + 'text')]
    assert fours(code) in '-'.join(lines)
    assert (base + '/pair') in ''.join(lines)
    for line in picture.iter(SVG + 'text'):
        size, left = float(line.get('font-size')), float(line.get('x'))
        assert left + len(line.text) * 0.602 * size < 59
        assert size > 1.4 and float(line.get('y')) < 29.5
    assert '170.079 x 85.039 pts' in qr.run('pdfinfo', pdf)
    said = qr.run('pdftotext', '-raw', pdf, '-')
    assert all(line in said for line in lines), said


def test_label_has_its_quiet_zone(command):
    picture = ElementTree.fromstring(command.well(new_code()))
    bars = re.findall(r'M([0-9.]+) ([0-9.]+)h([0-9.]+)v([0-9.]+)',
                      picture.findall(SVG + 'path')[1].get('d'))
    bars = [[float(number) for number in bar] for bar in bars]
    module = bars[0][3]
    assert min(bar[0] for bar in bars) >= 4 * module - 0.002
    assert min(bar[1] for bar in bars) >= 4 * module - 0.002
    right = max(bar[0] + bar[2] for bar in bars)
    bottom = max(bar[1] + bar[3] for bar in bars)
    code, page = [[float(line.get(name)) for name in ('x', 'y', 'font-size')]
                  for line in (picture.findall('.//' + SVG + 'text')[0],
                               picture.findall('.//' + SVG + 'text')[-1])]
    assert code[0] >= right + 4 * module - 0.02
    # What stands below it is 0.8 of its size high at most.
    assert page[1] - 0.8 * page[2] >= bottom + 3.9 * module - 0.02


@pytest.mark.parametrize('words', [
    ['ABC'], ['AB!DEFGHJK'], ['A' * 65], ['123456789012'], ['ABCDEFG'],
    ['--pdf', 'ABCDEFG'], ['--terminal', 'ABCDEFG'], ['\udcff' * 10]])
def test_label_refuses_what_is_no_code(command, words):
    done = command.run(*words)
    assert (done.returncode, done.stdout) == (1, b'')
    said = done.stderr.decode()
    assert said.startswith('tallystick: that ') and said.count('\n') == 1
    assert words[-1] not in said


def test_label_wants_the_check_character(command):
    command.check = 'on'
    code = command.run('make', name='code').stdout.decode().strip()
    command.well('-', typed=code)
    wrong = code[:-1] + ('5' if code[-1] == '4' else '4')
    done = command.run('-', typed=wrong)
    assert (done.returncode, done.stdout) == (1, b'')
    assert b'check character' in done.stderr
    assert code[:4].encode() not in done.stderr


def test_label_refuses_bad_use(command):
    for words in ([], ['--pdf'], ['--odd', 'A'], ['7KQ4', 'M2XW'],
                  ['--terminal', '--pdf', '7KQ4M2XW']):
        done = command.run(*words)
        assert (done.returncode, done.stdout) == (64, b'')
        assert b'usage: tallystick' in done.stderr
    for typed in ('', '7KQ4M2XW9T' + ' ' * 600 + 'A\n'):
        done = command.run('-', typed=typed)
        assert (done.returncode, done.stdout) == (1, b'')
    command.base = 'https://example.net/' + 'a' * 120
    done = command.run('7KQ4M2XW9T')
    assert (done.returncode, done.stdout) == (1, b'')
    assert b'too long' in done.stderr


def test_label_on_a_terminal(command):
    link = command.base + '/pair'
    folder = command.folder
    assert qr.of_terminal(command.well('--terminal').decode(), folder) == link
    shown = command.well('--terminal', '-', typed='7kq4m2xw9t').decode()
    assert qr.of_terminal(shown, folder) == link + '?code=7KQ4M2XW9T'
    rows = qr.modules(shown)
    edge = [rows[at] for at in (0, 1, 2, 3, -4, -3, -2, -1)]
    assert all(all(row) for row in edge)
    assert all(all(row[:4] + row[-4:]) for row in rows)


def test_label_needs_no_database_and_no_log_has_its_code(command):
    code = new_code()
    command.well(code)
    assert code.encode() not in command.system.logs()


def test_quickstart_shows_its_address_on_a_terminal(tmp_path):
    own = System()
    try:
        silent = (own.folder / 'quickstart.log').read_text()
        assert 'Running: http://' in silent and not qr.modules(silent)
        shown = on_a_terminal([str(QUICKSTART), *own.options],
                              own.environment)
        base = 'http://127.0.0.1:%d' % own.port
        assert 'Running: ' + base + '\n' in shown
        assert qr.of_terminal(shown, tmp_path) == base + '/pair'
    finally:
        own.stop()


def on_a_terminal(words, environment):
    """What they show on a terminal until they end."""
    master, slave = pty.openpty()
    process = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave,
                               env=environment, start_new_session=True)
    os.close(slave)
    shown = b''
    while select.select([master], [], [], 120)[0]:
        try:
            shown += os.read(master, 65536)
        except OSError:     # the last who had it open is gone
            break
    os.close(master)
    assert process.wait(15) == 0, shown
    return shown.decode().replace('\r\n', '\n')


def test_programs_do_not_link_it(system):
    for name in PROGRAMS:
        program = system.prefix / 'libexec' / 'tallystick' / name
        assert 'qrencode' not in qr.run('ldd', program)
    assert 'qrencode' in qr.run('ldd', system.prefix / 'bin' / 'tallystick')
    assert os.access(system.prefix / 'bin' / 'tallystick', os.X_OK)
