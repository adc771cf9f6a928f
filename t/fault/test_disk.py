"""A full disk, a full table: 503, nothing acknowledged that is not stored, and
all goes on by itself once there is room."""
import os
import uuid

import pytest

import means
from client import job, supply
from kinds import Form, Order, Pair, Register, Report, Wait
from room import Room
from system import System, eventually

WRITE = (Register, Report, Order, Pair, Wait)


@pytest.fixture(scope='module')
def system(receiver):
    """One that may be broken."""
    system = System(receiver=receiver)
    yield system
    system.stop()


class Load:
    """Reports of many jobs from one device, and the fate of each."""

    def __init__(self, system):
        self.device = system.paired()
        self.accepted, self.open = [], []
        self.refused = 0

    def report(self, count=600):
        """The answer's status; what was refused is kept and sent again."""
        names = self.open.pop() if self.open else [
            uuid.uuid4() for _ in range(count)]
        answer = self.device.report(*map(job, names), supply(70))
        if answer.status == 200:
            self.accepted.append(names)
        else:
            assert (answer.status, answer.problem) == (503, 'unavailable')
            assert int(answer.headers['retry-after']) >= 1
            self.refused += 1
            self.open.append(names)
        return answer.status

    def until(self, status, most):
        """Whether it came to that status."""
        return any(self.report() == status for _ in range(most))

    def all_there(self):
        for names in self.accepted:
            answer = self.device.report(*map(job, names))
            assert answer.counts == (0, len(names)), 'a job got lost'
        for names in self.open:
            answer = self.device.report(*map(job, names))
            assert answer.counts in ((0, len(names)), (len(names), 0)), \
                'a report was stored in part'


def full_and_free(system, fill, free):
    """What holds of whatever is full."""
    load = Load(system)
    assert load.report() == 200
    kinds = [kind(system) for kind in WRITE]
    form = Form(system)
    fill()
    try:
        assert load.until(503, 80), 'it never was full'
        answers = [one.again() for one in kinds]
        assert form.again().status == 200
        assert {answer.status for answer in answers} <= {
            one.status for one in kinds} | {503}, answers
    finally:
        free()
    assert eventually(lambda: load.report() == 200, 30), \
        'did not recover without help'
    for one, answer in zip(kinds, answers):
        one.judge(answer if answer.status in (one.status, 503) else None)
    assert eventually(system.healthy, 20)
    load.all_there()
    assert load.refused > 0
    print('%d reports of 600 jobs stored, %d refused' % (
        len(load.accepted), load.refused))


@means.wanted('tmpfs', 'account')
def test_a_full_disk_under_the_database(system):
    room = Room(system, 'mariadbd', system.run / 'db', '160m')
    try:
        assert eventually(system.healthy, 60), system.logs()[-2000:]
        full_and_free(system, room.fill, room.free)
    finally:
        room.close()


@means.wanted('inodes', 'account')
def test_no_inode_under_the_database(system):
    """It makes no file that it would have to: all is stored as ever."""
    room = Room(system, 'mariadbd', system.run / 'db', '160m,nr_inodes=1000')
    try:
        assert eventually(system.healthy, 60), system.logs()[-2000:]
        load, kinds = Load(system), [kind(system) for kind in WRITE]
        room.fill_names()
        done = system.mariadb('tallystick', 'CREATE TABLE one_more (a INT)')
        assert 'errno: 28' in done.stderr.lower(), done
        assert [load.report() for _ in range(5)] == [200] * 5
        answers = [one.again() for one in kinds]
        assert [answer.status for answer in answers] == [
            one.status for one in kinds], answers
        room.free_names()
        assert all(one.judge(answer) for one, answer in zip(kinds, answers))
        load.all_there()
    finally:
        room.close()


def test_a_full_table(system):
    """No number is left for a registration: 503 for who wants one, and nobody
    else sees anything of it."""
    before = system.sql("SELECT AUTO_INCREMENT FROM information_schema.tables "
                        "WHERE table_name = 'registration'")[0][0]
    one, other = Register(system), Report(system)
    system.sql('ALTER TABLE registration AUTO_INCREMENT = 4294967295')
    try:
        answers = [system.device().try_register() for _ in range(4)]
        assert [answer.status for answer in answers[1:]] == [503] * 3, answers
        assert other.judge(other.again())
    finally:
        system.sql('DELETE FROM registration WHERE id = 4294967295; '
                   'ALTER TABLE registration AUTO_INCREMENT = ' + before)
    assert one.judge(one.again())


@means.wanted('tmpfs', 'account')
def test_a_full_disk_under_the_front(system):
    """Bodies stay in memory: the largest message passes where its temporary
    files have no place, and its logs none either."""
    for folder in ('log', 'temp-body', 'temp-fastcgi'):
        (system.run / folder).mkdir(exist_ok=True)
    room = Room(system, 'nginx', system.run / 'log', '16m')
    try:
        assert eventually(system.healthy, 30), system.logs()[-2000:]
        room.fill()
        device = system.paired()
        names = [uuid.uuid4() for _ in range(900)]
        assert device.report(*map(job, names), supply(5)).counts == (900, 0)
        assert device.browser.see('/status').screen == 'status'
        assert system.healthy()
        assert room.left() < 4096
        room.free()
        assert system.healthy()
    finally:
        room.close()
    assert os.path.exists(system.run / 'log')
