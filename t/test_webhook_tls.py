"""Orders over TLS: to whom the certificate belongs, by an authority that is
trusted, in its time; to a public address and to a named one alike."""
import os
import ssl
import subprocess

import pytest
from client import supply
from courier import courier, due_now, names, order_row  # noqa: F401
from receiver import RawReceiver

PUBLIC = '198.41.0.4'
AUTHORITY = '''
[ca]
default_ca = a
[a]
database = {0}/index
serial = {0}/serial
new_certs_dir = {0}
default_md = sha256
policy = p
copy_extensions = copy
unique_subject = no
[p]
commonName = supplied
'''


def openssl(*words):
    done = subprocess.run(['openssl', *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class Authority:
    def __init__(self, folder):
        self.folder, self.file = folder, folder / 'ca.pem'
        folder.mkdir()
        self.count = 0
        (folder / 'conf').write_text(AUTHORITY.format(folder))
        (folder / 'index').write_text('')
        (folder / 'serial').write_text('01')
        openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt',
                'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
                '-subj', '/CN=authority', '-keyout', str(folder / 'ca.key'),
                '-out', str(self.file))
        self.file.chmod(0o644)

    def certificate(self, name, begin='20200101000000Z',
                    end='20991231000000Z', own=False):
        """Files of key and certificate; own: signed by itself."""
        self.count += 1
        key = self.folder / ('%d.key' % self.count)
        out = self.folder / ('%d.pem' % self.count)
        asked = self.folder / ('%d.csr' % self.count)
        openssl('req', *(['-x509', '-days', '2'] if own else []), '-newkey',
                'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                '-subj', '/CN=' + name, '-addext', 'subjectAltName=DNS:'
                + name, '-keyout', str(key), '-out',
                str(out if own else asked))
        if not own:
            openssl('ca', '-batch', '-notext', '-config',
                    str(self.folder / 'conf'), '-cert', str(self.file),
                    '-keyfile', str(self.folder / 'ca.key'), '-startdate',
                    begin, '-enddate', end, '-in', str(asked), '-out',
                    str(out))
        return key, out


@pytest.fixture(scope='session')
def authority(tmp_path_factory):
    """Readable by the account that the system runs as."""
    folder = tmp_path_factory.mktemp('authority')
    for path in (folder, *folder.parents):
        if path.owner() == folder.owner():
            path.chmod(0o755)
    return Authority(folder / 'one')


@pytest.fixture
def context(authority):
    """context(name, ...): a receiver's side of TLS."""
    def make(name, version=None, **how):
        key, out = authority.certificate(name, **how)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if version is not None:
            context.set_ciphers('ALL:@SECLEVEL=0')
            context.minimum_version = version
            context.maximum_version = version
        context.load_cert_chain(out, key)
        return context
    return make


@pytest.fixture
def order(courier, paired):  # noqa: F811
    """It waits for the test's own couriers."""
    order, = paired.report(supply(9)).orders
    yield order
    paired.instruct('end')


# Kind of certificate, and what curl says of it; None: delivered.
CASES = {
    'good': (dict(name='orders.example'), None),
    'any name of all': (dict(name='*.example'), 'no alternative'),
    'another name': (dict(name='other.example'), 'no alternative'),
    'a longer name': (dict(name='orders.example.other.example'),
                      'no alternative'),
    'a name above': (dict(name='example'), 'no alternative'),
    'over': (dict(name='orders.example', end='20240101000000Z'), 'expired'),
    'not yet': (dict(name='orders.example', begin='20980101000000Z'),
                'not yet valid'),
    'by itself': (dict(name='orders.example', own=True), 'self-signed'),
    'TLS 1.1': (dict(name='orders.example', version=ssl.TLSVersion.TLSv1_1),
                'version'),
    'TLS 1.2': (dict(name='orders.example', version=ssl.TLSVersion.TLSv1_2),
                None),
}


@pytest.mark.filterwarnings('ignore:ssl.TLSVersion')
def test_certificates(system, courier, order, names, authority,  # noqa: F811
                      context):
    """At a public address, and at a named one within."""
    for case, (how, said) in CASES.items():
        raw = RawReceiver(context(**how))
        for keys, answers in (
                ({'webhook_url': 'https://orders.example/hook'}, PUBLIC),
                ({'webhook_url': 'https://orders.example:%d/' % raw.port,
                  'webhook_allow': 'orders.example:%d' % raw.port},
                 '127.0.0.1')):
            system.sql("UPDATE supply_order SET state = 'queued', "
                       "attempts = 0 WHERE uuid = '%s'" % order)
            due_now(system, order)
            done = courier(environment=names(
                answers, '%s/443=%d' % (PUBLIC, raw.port)),
                webhook_ca=authority.file, **keys)
            assert done.returncode == 0, (case, done.stderr)
            state, answer = order_row(system, order, 'state, last_answer')
            if said is None:
                assert (state, answer) == ('delivered', 'HTTP 204'), case
            else:
                assert state == 'queued' and said in answer, (case, answer)
        assert len(raw.times) == (2 if said is None else 0), case
        raw.stop()


def test_authorities(system, courier, order, names, authority,  # noqa: F811
                     context, tmp_path):
    """Only those of webhook-ca, or those that the system trusts."""
    raw = RawReceiver(context('orders.example'))
    other = Authority(tmp_path / 'other')
    for path in (tmp_path, *tmp_path.parents):
        if path.owner() == tmp_path.owner():
            path.chmod(0o755)
    for lines, trusted in (
            ({}, 'authorities of the system, for webhook-ca names none'),
            ({'webhook_ca': other.file}, 'authorities in webhook-ca alone')):
        due_now(system, order)
        done = courier(environment=names(PUBLIC, '%s/443=%d' % (
            PUBLIC, raw.port)), webhook_url='https://orders.example/', **lines)
        assert done.returncode == 0, done.stderr
        state, answer = order_row(system, order, 'state, last_answer')
        assert state == 'queued' and 'issuer' in answer, answer
        assert answer.endswith('; trusted are the ' + trusted), answer
    assert not raw.times and raw.refused
    for file in ('/nonexistent', tmp_path / 'none.pem'):
        done = courier(webhook_url='https://orders.example/', webhook_ca=file)
        assert done.returncode == 78 and 'webhook-ca' in done.stderr
    raw.stop()


def test_doctor_connects_and_sends_nothing(courier, names,  # noqa: F811
                                           authority, context):
    raw = RawReceiver(context('orders.example'))
    url = 'https://orders.example:%d/' % raw.port
    ours = {'webhook_url': url, 'webhook_ca': authority.file,
            'webhook_allow': 'orders.example:%d' % raw.port}
    for keys, found, said in (
            (ours, 'OK  ', 'a connection is made; nothing was sent'),
            (dict(ours, webhook_ca=''), 'WARN',
             'trusted are the authorities of the system'),
            (dict(ours, webhook_allow='localhost:1'), 'WARN',
             'address is not public and webhook-allow does not name it')):
        courier.configure(**keys)
        done = subprocess.run(
            [*courier.arguments()[:-1], 'doctor'], capture_output=True,
            text=True, timeout=60,
            env=dict(os.environ, **names('127.0.0.1')),
            **courier.system.as_owner())
        line, = [line for line in done.stdout.splitlines()
                 if '  webhook-url: ' in line]
        assert line.startswith(found) and said in line, line
    assert raw.refused == 1 and not raw.times and not raw.heads
    raw.stop()


def test_no_certificate_where_there_is_no_tls(system, courier,  # noqa: F811
                                              order, names, authority):
    """A receiver that speaks in the clear is told nothing."""
    raw = RawReceiver()
    done = courier(environment=names(PUBLIC, '%s/443=%d' % (
        PUBLIC, raw.port)), webhook_ca=authority.file,
        webhook_url='https://orders.example/')
    assert done.returncode == 0, done.stderr
    assert order_row(system, order, 'state') == ['queued']
    assert not raw.times
    raw.stop()
