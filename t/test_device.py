"""The reference device against the running system: simulated, and a real
IPP printer whose documents, impressions and levels arrive."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import threading
import uuid

import pytest

import qr
from client import new_code
from system import HERE, eventually


class Process:
    """tallystick-device at work; what it says, line by line."""

    def __init__(self, system, state, *options):
        self.lines = []
        self.process = subprocess.Popen(
            [str(system.prefix / 'bin' / 'tallystick-device'), '--state',
             str(state), *options, 'http://127.0.0.1:%d' % system.port],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip('\n'))

    def said(self, text, count=1, limit_s=20):
        found = eventually(lambda: len([line for line in self.lines if
                                        re.search(text, line)]) >= count,
                           limit_s)
        assert found, (text, self.lines[-20:])

    def end(self):
        self.process.terminate()
        self.process.wait(15)

    def kill(self):
        self.process.kill()
        self.process.wait(15)


class Folder:
    """A device's own things: code and state."""

    def __init__(self, folder):
        self.state = folder / 'state'
        self.code = new_code()
        self.code_file = folder / 'code'
        self.code_file.write_text(self.code + '\n')
        self.device_id = 'R-' + uuid.uuid4().hex[:12]
        self.options = ['--code-file', str(self.code_file), '--device-id',
                        self.device_id]


@pytest.fixture
def own(tmp_path):
    return Folder(tmp_path)


@pytest.fixture
def running():
    """Processes that end with the test."""
    running = []
    yield running.append
    for process in running:
        process.kill()


def jobs(system, own):
    return system.sql(
        "SELECT j.impressions, HEX(j.job), j.state FROM job j JOIN "
        "registration r ON r.line = j.line WHERE r.device_id = '%s' AND "
        "r.state = 'paired' ORDER BY j.received_at" % own.device_id)


def levels(system, own):
    return dict(system.sql(
        "SELECT s.slot, s.level FROM supply_now s JOIN registration r ON r.id "
        "= s.registration WHERE r.device_id = '%s' AND r.state = 'paired'"
        % own.device_id))


def hooks(receiver, own):
    class Named:
        device_id = own.device_id
    return receiver.of(Named)


def test_an_invented_code_is_taken_by_every_host(system, tmp_path, running):
    with system.configured(['register'], code_check='on'):
        for name in ('one', 'two', 'three'):
            device = Process(system, tmp_path / name, '--simulate')
            running(device)
            device.said('^registered .*state=pending')
            device.kill()


def test_simulated_the_whole_story(system, receiver, own, running):
    browser = system.browser()
    device = Process(system, own.state, *own.options, '--press-ok',
                     '--job-every', '0.2', '--level', '26', '--use', '2')
    running(device)
    device.said('^registered .*state=pending')
    assert browser.submit(own.code).screen in ('operate-device', 'status')
    device.said('^paired ')
    device.said('^started ')
    assert eventually(lambda: browser.see('/status').screen == 'status')
    device.said('^reported ', 3)
    device.said('^order .*state=queued|^delivered ')
    device.said('^delivered ')
    assert len(hooks(receiver, own)) == 1
    assert len(jobs(system, own)) >= 3
    assert browser.release().screen == 'released'
    device.said('^ended |^gone ')


def test_simulated_survives_restarts(system, own, running):
    """Of the server's parts, and its own, even by kill -9."""
    # Toner without end: the restarts take as long as they take.
    options = [*own.options, '--press-ok', '--job-every', '0.15', '--level',
               '100', '--use', '0']
    device = Process(system, own.state, *options)
    running(device)
    device.said('^registered ')
    system.browser().submit(own.code)
    device.said('^reported ', 2)
    for part in ('nginx', 'report', 'mariadbd'):
        count = len(jobs(system, own))
        system.part('restart', part)
        assert eventually(lambda: len(jobs(system, own)) > count + 2, 40), \
            (part, device.lines[-5:])
    for end in (device.kill, device.end):
        end()
        count = len(jobs(system, own))
        device = Process(system, own.state, *options)
        running(device)
        assert eventually(lambda: len(jobs(system, own)) > count + 2, 30)
        assert not any(line.startswith('registered')
                       for line in device.lines), 'the state is kept'
        end = device.end
    states = system.sql("SELECT state FROM registration WHERE device_id = "
                        "'%s'" % own.device_id)
    assert states == [['paired']]
    # What it says it printed is what has arrived.
    device.end()
    names = [row[1] for row in jobs(system, own)]
    assert len(names) == len(set(names))


def test_simulated_registers_again_after_its_end(system, own, running):
    device = Process(system, own.state, *own.options, '--press-ok',
                     '--jobs', '0')
    running(device)
    device.said('^registered ')
    browser = system.browser()
    browser.submit(own.code)
    device.said('^started ')
    browser.release()
    device.said('^registered ', 2, 40)


# --- a real printer

@pytest.fixture
def printer_of(tmp_path):
    """Makes a printer that takes these formats."""
    folder = tmp_path / 'printer'
    environment = dict(os.environ)

    def run(*words):
        # Not by pipes: the printer that stays would keep them open.
        with open(tmp_path / 'printer.out', 'w+') as out:
            done = subprocess.run([str(HERE / 'printer.sh'), *map(str, words)],
                                  stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=subprocess.STDOUT, timeout=60,
                                  env=environment)
            out.seek(0)
            text = out.read()
        if done.returncode == 77:
            pytest.skip(text)
        assert done.returncode == 0, text
        return text

    def start(formats):
        environment['PRINTER_FORMATS'] = formats
        run.folder = folder
        run.uri = re.search('^uri=(.*)', run('start', folder), re.M).group(1)
        return run
    yield start
    run('stop', folder)


@pytest.fixture
def printer(printer_of):
    return printer_of('application/pdf,image/jpeg')


def test_a_real_printer(system, receiver, own, running, printer, tmp_path):
    device = Process(system, own.state, '--printer', printer.uri, '--poll',
                     '1', '--press-ok', *own.options)
    running(device)
    device.said('^registered ')
    browser = system.browser()
    page = browser.submit(own.code)
    # Its OK key is pressed at once.
    assert page.screen in ('operate-device', 'status')
    assert b'MFC-9340' in page.body
    device.said('^started ')

    def paper(pages):
        path = tmp_path / ('%d.pdf' % pages)
        printer('document', path, pages)
        printer('print', printer.folder, path)
    paper(3)
    assert eventually(lambda: [row[0] for row in jobs(system, own)]
                      == ['3'], 20), (jobs(system, own), device.lines)
    assert levels(system, own) == {'1': '80', '2': '80', '3': '80', '4': '80'}
    shown = browser.see('/status').body.decode()
    assert shown.count('data-percent="80"') == 4

    printer('level', printer.folder, 2, 55)
    paper(5)
    assert eventually(lambda: levels(system, own).get('2') == '55', 20)
    assert not hooks(receiver, own)

    printer('level', printer.folder, 2, 12)
    paper(7)
    paper(1)
    assert eventually(lambda: hooks(receiver, own), 20), device.lines
    device.said('^delivered ')
    assert eventually(lambda: sorted(row[0] for row in jobs(system, own))
                      == ['1', '3', '5', '7'], 20), jobs(system, own)
    hook, = hooks(receiver, own)
    assert hook.message['data']['supply'] == {
        'index': 2, 'type': 'toner', 'colorant': 'cyan', 'percent': 12,
        'sku': None}
    assert {row[2] for row in jobs(system, own)} == {'completed'}
    listed = system.command('devices')
    assert own.device_id in listed.stdout
    why = system.command('orders', 'why', own.device_id)
    assert hook.headers['webhook-id'] in why.stdout


def on_a_terminal(system, own, columns, lines, *options):
    """What the device shows on a terminal of that size until it waits."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ,
                struct.pack('HHHH', lines, columns, 0, 0))
    process = subprocess.Popen(
        [str(system.prefix / 'bin' / 'tallystick-device'), '--state',
         str(own.state), *own.options, *options,
         'http://127.0.0.1:%d' % system.port],
        stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    shown = b''
    try:
        # Silence for a second: it waits for its pairing.
        while select.select([master], [], [], 1 if b'QR code' in shown or
                            b'\x1b[0m' in shown else 15)[0]:
            shown += os.read(master, 65536)
    finally:
        process.kill()
        process.wait(15)
        os.close(master)
    return shown.decode().replace('\r\n', '\n')


def link(system, own):
    return 'http://127.0.0.1:%d/pair?code=%s' % (system.port, own.code)


def test_a_terminal_shows_its_qr_code(system, own, tmp_path):
    shown = on_a_terminal(system, own, 80, 24)
    assert qr.of_terminal(shown, tmp_path) == link(system, own)
    # Started again it is still pending: once more, without registering.
    again = on_a_terminal(system, own, 0, 0)
    assert 'registered' not in again
    assert qr.of_terminal(again, tmp_path) == link(system, own)


@pytest.mark.parametrize('columns, lines', [(36, 24), (80, 19)])
def test_a_terminal_too_small_is_told(system, own, columns, lines):
    shown = on_a_terminal(system, own, columns, lines)
    assert not qr.modules(shown)
    assert '37 columns and 20 lines' in shown


def test_no_terminal_no_qr_code(system, own, running, tmp_path):
    device = Process(system, own.state, *own.options)
    running(device)
    device.said('^page ')
    device.end()
    assert not qr.modules('\n'.join(device.lines))
    device = Process(system, own.state, '--qr', *own.options)
    running(device)
    assert eventually(lambda: len(qr.modules('\n'.join(device.lines))) == 37)
    assert qr.of_terminal('\n'.join(device.lines), tmp_path) == link(system,
                                                                     own)


def sheets(printer):
    """What the printer was sent, but for its first page."""
    return sorted(path for path in (printer.folder / 'spool').iterdir()
                  if re.fullmatch(r'\d+-pairing\.(pdf|pwg|jpg)', path.name))


def test_a_real_printer_prints_its_sheet(system, own, running, printer):
    options = ['--printer', printer.uri, '--print-sheet', *own.options]
    device = Process(system, own.state, *options)
    running(device)
    device.said('^sheet job=2 format=application/pdf')
    sheet, = sheets(printer)
    assert qr.of_pdf(sheet) == link(system, own)
    said = qr.run('pdftotext', '-raw', sheet, '-')
    assert '-'.join(said.split()).startswith(
        '%s-%s-%s-http' % (own.code[:4], own.code[4:8], own.code[8:]))
    # One that is paired needs no more of them.
    assert system.browser().submit(own.code).screen == 'operate-device'
    device.said('^paired ')
    device.end()
    device = Process(system, own.state, *options)
    running(device)
    device.said('^paired ')
    device.end()
    assert sheets(printer) == [sheet]


def test_a_printer_without_pdf_prints_its_sheet(system, own, running,
                                                printer_of):
    printer = printer_of('image/jpeg,image/pwg-raster')
    device = Process(system, own.state, '--printer', printer.uri,
                     '--print-sheet', '--until', 'sheet', *own.options)
    running(device)
    assert device.process.wait(20) == 0
    device.said('^sheet job=1 format=image/pwg-raster')
    sheet, = sheets(printer)
    assert qr.of_raster(sheet) == link(system, own)


def test_a_printer_that_takes_no_sheet_is_told(system, own, running,
                                               printer_of):
    printer = printer_of('image/jpeg')
    device = Process(system, own.state, '--printer', printer.uri,
                     '--print-sheet', *own.options)
    running(device)
    assert device.process.wait(20) == 1
    device.said('cannot print the sheet: it takes neither')
    assert not sheets(printer)


def test_its_code_and_token_stand_in_its_state_file_alone(system, own,
                                                          running):
    device = Process(system, own.state, *own.options)
    running(device)
    device.said('^registered ')
    assert os.stat(own.state).st_mode & 0o077 == 0
    token = re.search(r'[A-Za-z0-9_-]{43}', own.state.read_text())
    assert token
    assert token.group(0) not in '\n'.join(device.lines)


def test_instructions_from_the_shell(system, own, running):
    device = Process(system, own.state, *own.options, '--jobs', '0')
    running(device)
    device.said('^registered ')
    system.browser().submit(own.code)
    device.said('^paired ')
    for action, told in (('--start', '^started '), ('--stop', '^stopped ')):
        once = Process(system, own.state, action)
        assert once.process.wait(20) == 0
        device.said(told)
