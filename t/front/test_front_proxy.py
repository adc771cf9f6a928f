"""nginx behind a proxy that it was told to believe, and what counts as one
client: addresses as the proxy tells them, which no loopback client could
have."""
import pytest

from client import Client
from server import Server, binary
from system import eventually
from test_front_slow import crowd


class Told(Client):
    """What the proxy says of a client."""

    def __init__(self, port, address):
        super().__init__(port)
        self.told = address

    def request(self, method, path, body=None, headers=None, timeout=20):
        return super().request(method, path, body, dict(
            headers or {}, **{'X-Forwarded-For': self.told}), timeout)


@pytest.fixture(scope='module')
def behind(system, fronts_folder):
    if binary('nginx') is None:
        pytest.skip('nginx is not installed')
    server = Server('nginx', system, fronts_folder / 'nginx-behind',
                    system.run, change=(
                        ('#set_real_ip_from 192.0.2.1',
                         'set_real_ip_from 127.0.0.0/8'),
                        ('#real_ip_', 'real_ip_'),
                        ('together 1000', 'together 20'),
                        ('rate=50r/s', 'rate=1r/s')))
    yield server
    server.stop()


def test_the_address_is_the_proxy_s_word(behind):
    with behind.program('connect') as program:
        for told in ('198.51.100.7', '2001:db8::7',
                     '203.0.113.9, 198.51.100.7'):
            Told(behind.port, told).request('GET', '/device/connect')
        assert [seen['REMOTE_ADDR'] for seen in program.seen] == [
            '198.51.100.7', '2001:db8::7', '198.51.100.7']


def statuses(port, address, count):
    client = Told(port, address)
    return [client.request('GET', '/device/connect').status
            for _ in range(count)]


def test_an_ipv6_64_is_one_client(behind):
    with behind.program('connect'):
        before = statuses(behind.port, '2001:db8:1:2::1', 195)
        assert set(before) == {200}
        after = [Told(behind.port, '2001:db8:1:2::%x' % host).request(
            'GET', '/device/connect').status for host in range(2, 42)]
        assert 429 in after
        assert statuses(behind.port, '2001:db8:1:3::1', 1) == [200]
        assert statuses(behind.port, '198.51.100.8', 1) == [200]
        # IPv4 seen through an IPv6 socket is that IPv4.
        for at in range(230):
            last = Told(behind.port, '::ffff:198.51.100.9' if at % 2 else
                        '198.51.100.9').request('GET', '/device/connect')
        assert last.status == 429
        assert statuses(behind.port, '::ffff:198.51.100.10', 1) == [200]


def test_so_many_at_one_time(behind):
    """Here 20: each of them sends slowly, and the next is refused."""
    head = (b'POST /device/report HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: '
            b'198.51.100.20\r\nContent-Length: 9\r\n\r\n')
    with crowd(behind, head, count=20):
        answers = []

        def one_more():
            answers.append(Told(behind.port, '198.51.100.20').request(
                'GET', '/device/connect'))
            return answers[-1].status == 429
        # Once all have been accepted.
        assert eventually(one_more), answers
        assert answers[-1].problem == 'throttled'
        assert statuses(behind.port, '198.51.100.21', 1) == [401]


def test_tls_that_ended_before(behind):
    """Its cookie and its pages know of TLS."""
    client = Told(behind.port, '198.51.100.30')
    for proto, secure in (('https', True), ('http', False), ('', False)):
        answer = client.request('GET', '/en/enter-code.html?language=de',
                                headers={'X-Forwarded-Proto': proto})
        assert answer.status == 303
        assert ('Secure' in answer.cookies[0]) == secure
        assert ('strict-transport-security' in answer.headers) == secure
