"""The web servers in front, and the tests that each of them has to bear."""
import pytest

from server import CANNOT, Idle, Pool, Server, binary

SERVERS = ('nginx', 'apache', 'lighttpd')


@pytest.fixture(scope='session')
def fronts_folder(system):
    folder = system.folder / 'front'
    folder.mkdir()
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope='session')
def unheld(system, fronts_folder):
    """The programs as a host without nchan runs them."""
    pool = Pool(system, fronts_folder / 'programs', wake_socket='')
    yield pool
    pool.stop()


@pytest.fixture(scope='session', params=SERVERS)
def front(request, system, unheld, fronts_folder):
    name = request.param
    if binary(name) is None:
        pytest.skip('%s is not installed' % name)
    sockets = system.run if name == 'nginx' else unheld.folder
    server = Server(name, system, fronts_folder / name, sockets)
    server.idle = [Idle(server.port, kind) for kind in ('head', 'body')]
    yield server
    server.stop()


@pytest.fixture
def can(request, front):
    """can('limits'): from here on the test must fail where the list says
    that this server cannot, so that the list stays true."""
    def ask(what):
        reason = CANNOT.get(what, {}).get(front.name)
        if reason:
            request.node.add_marker(pytest.mark.xfail(
                reason='%s %s' % (front.name, reason), strict=True))
    return ask
