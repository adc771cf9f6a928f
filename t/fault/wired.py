"""A worker whose way to MariaDB is in our hands, and what devices and browsers
send it."""
import pathlib
import shutil
import tempfile

from client import FORM, instruction, job_report, registration_request
from wire import Wire
from worker import Worker


class Asked(Worker):
    """A worker, by what it can be asked."""

    def register(self, device, carried=None):
        more = {} if carried is None else bearer(carried)
        return self.call('POST', '/device/register', registration_request(
            device.device_id, device.code), **more)

    def connect(self, device, since=0):
        return self.call('GET', '/device/connect?since=%d' % since,
                         **bearer(device.token))

    def instruct(self, device, action):
        return self.call('POST', '/device/instruct', instruction(action),
                         **bearer(device.token))

    def report(self, device, *parts):
        return self.call('POST', '/device/report', job_report(parts),
                         **bearer(device.token))

    def pair(self, code, cookies='', **more):
        return self.call('POST', '/pair', 'code=' + code, HTTP_COOKIE=cookies,
                         CONTENT_TYPE=FORM, **more)

    def see(self, cookies):
        return self.call('GET', '/status', HTTP_COOKIE=cookies)

    def release(self, cookies):
        return self.call('POST', '/status', 'action=end',
                         HTTP_COOKIE=cookies, CONTENT_TYPE=FORM)


class Wired(Asked):
    """more: of Worker."""

    def __init__(self, system, name, conf=None, tcp=False, **more):
        self.road = Road(system, tcp)
        self.wire = self.road.wire
        super().__init__(system, name, {
            'database': self.road.options, 'requests-max': 1000000,
            **(conf or {})}, **more)

    def close(self):
        super().close()
        self.road.close()


def bearer(token):
    return {'HTTP_AUTHORIZATION': 'Bearer ' + token}


class Road:
    """A wire to a system's database, an option file that goes by it, and a
    configuration that names it."""

    def __init__(self, system, tcp=False):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='road-'))
        self.folder.chmod(0o755)
        target = system.run / 'db.sock'
        self.wire = Wire(target) if tcp else Wire(target, self.folder / 'db')
        self.options, self.conf = (self.folder / 'cnf', self.folder / 'conf')
        system.lead(self.options, 'host = 127.0.0.2\nport = %d'
                    % self.wire.port if tcp else 'socket = ' + self.wire.path)
        system.configure(self.conf, {'database': self.options})

    def close(self):
        self.wire.close()
        shutil.rmtree(self.folder, ignore_errors=True)
