"""After all tests: no log and no table holds a code, a token or a session."""
import base64
import subprocess

from client import told


def shapes(secret):
    """What a reader of a dump or a log could recognise."""
    raw = secret.encode()
    yield raw.lower()
    yield raw.hex().encode()
    yield base64.b64encode(raw).rstrip(b'=').lower()
    if len(secret) == 43:
        value = base64.urlsafe_b64decode(secret + '=')
        yield value.hex().encode()
        yield base64.b64encode(value).rstrip(b'=').lower()


def found(text):
    """The secrets that stand in it, with or without dashes and spaces."""
    begins = {}
    for secret in told:
        if len(secret) >= 8:
            for shape in shapes(secret):
                begins.setdefault(shape[:8], []).append((shape, secret))
    text = text.lower()
    hits = set()
    for heap in (text, text.translate(None, b'- ')):
        for at in range(len(heap) - 7):
            for shape, secret in begins.get(heap[at:at + 8], ()):
                if heap.startswith(shape, at):
                    hits.add(secret)
    return sorted(hits)


def dump(system, *options):
    done = system.mariadb('tallystick', '', 'mariadb-dump',
                          ('--routines', *options))
    assert done.returncode == 0, done.stderr
    return done.stdout.encode('utf-8', 'surrogateescape')


def used(system):
    """Make sure that there is something to be found."""
    device = system.paired()
    device.browser.submit(device.code)
    system.browser().get('/pair?code=' + device.code)
    system.browser().get('/pair?code=' + device.code + '&x=' + 'y' * 9000)
    system.browser().get('/pair', Referer='http://127.0.0.1/pair?code='
                         + device.code)
    device.post_xml('/device/register', '<a>' + device.code)
    device.post_xml('/device/report', device.token, device.token)
    assert len(told) >= 4
    return device


def test_the_search_finds_what_is_there():
    secret = next(iter(told))
    assert found(b'x ' + secret.lower().encode() + b' y') == [secret]
    assert found(b'x ' + secret.encode().hex().upper().encode()) == [secret]


def test_no_secret_in_the_database(system):
    device = used(system)
    text = dump(system, '--hex-blob')
    assert device.device_id.encode() in text, 'this is no whole dump'
    assert found(text) == []
    assert found(dump(system)) == []


def test_no_secret_in_the_logs(system):
    used(system)
    text = system.logs()
    assert b'GET /pair' in text and b'register' in text
    assert found(text) == []


def test_no_secret_in_arguments_or_environments(system):
    """What other accounts of the machine could see."""
    used(system)
    text = b''
    for name in ('register', 'connect', 'report', 'pair', 'status',
                 'deliver', 'nginx', 'mariadbd'):
        for pid in [system.pid(name), *system.workers(name)]:
            for kind in ('cmdline', 'environ'):
                done = subprocess.run(['cat', '/proc/%d/%s' % (pid, kind)],
                                      capture_output=True)
                text += done.stdout
    assert b'TALLYSTICK_CONF' in text
    assert found(text) == []
    for key in (system.run / 'keys').iterdir():
        for word in key.read_bytes().split():
            if len(word) >= 16:
                assert word not in text


def test_no_worker_died_of_a_request(system):
    text = system.logs()
    for word in (b'ERROR: AddressSanitizer', b'runtime error:',
                 b'Segmentation', b'signal 11', b'signal 31', b'SIGSYS'):
        assert word not in text, word
