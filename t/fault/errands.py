"""What runs by itself, and what must hold whatever befell it: nothing is said
to be done that is not, nothing is done twice under two names, its log says
what is wrong, and the next run brings it to its end.

An errand's life: begin(), then run(...) with a fault, then judge(done), which
runs it once more, undisturbed.
"""
import os
import subprocess

import means
from client import supply


class Errand:
    """account: its own in the database. clock: of one that watches."""
    words = ()
    account = None
    clock = {}

    def __init__(self, system, receiver, couriers):
        self.system, self.receiver = system, receiver
        # By a name, so that it is looked up.
        couriers.configure(
            webhook_url=receiver.url.replace('127.0.0.1', 'localhost'),
            webhook_allow='localhost:%d' % receiver.port)
        self.command = [*couriers.arguments()[:-1], *self.words]

    def run(self, *more, before=(), environment=None, log=subprocess.PIPE):
        return subprocess.run(
            [*before, *self.command, *more], stdout=subprocess.PIPE, stderr=log,
            text=True, timeout=90, stdin=subprocess.DEVNULL,
            env=dict(os.environ, **(environment or {})),
            **self.system.as_owner())

    def start(self, option, log):
        return subprocess.Popen(
            [*self.command, option], stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, env=dict(os.environ, **self.clock),
            **self.system.as_owner())

    def judge(self, run):
        """Whether it was done at once; raises what is wrong. It may die, of
        strace, or where the C library has no memory: who starts it does so
        again."""
        died = run.returncode < 0
        assert died or run.returncode in (0, 1, 2, 78), run
        done = self.is_done()
        if run.returncode == 0 and self.claims(run.stdout):
            assert done, 'said to be done, and is not: %r' % run
        if not done and not died:
            assert run.stderr is None or run.stderr.strip(), 'no word of it'
        self.release()
        again = self.run()
        assert again.returncode == 0, again
        assert self.is_done(), again
        return done


class Delivery(Errand):
    """One order, again and again."""
    words = ('deliver',)
    account = 'tallystick-deliver'

    def __init__(self, *of):
        super().__init__(*of)
        self.device = self.system.paired()
        self.order, = self.device.report(supply(5)).orders

    def begin(self):
        self.seen = len(self.receiver.of(self.device))
        self.system.sql(
            "UPDATE supply_order SET state = 'queued', attempts = 0, due_at = "
            "created_at, lease_until = NULL WHERE uuid = '%s'" % self.order)

    def release(self):
        """As after the lease of one that died, or the next attempt's time."""
        self.system.sql(
            "UPDATE supply_order SET lease_until = NULL, due_at = created_at "
            "WHERE uuid = '%s'" % self.order)

    def claims(self, said):
        return 'delivered 1' in said

    def is_done(self):
        state = self.system.sql("SELECT state FROM supply_order WHERE uuid = "
                                "'%s'" % self.order)[0][0]
        hooks = self.receiver.of(self.device)[self.seen:]
        assert len(hooks) <= 2, hooks
        assert {hook.headers['webhook-id'] for hook in hooks} <= {self.order}
        assert state in ('queued', 'delivered'), state
        assert state == 'queued' or hooks, 'delivered, and nobody has it'
        return state == 'delivered'


class Purging(Errand):
    """One registration is past its time, and another is not."""
    words = ('purge',)
    account = 'tallystick'
    # It looks each minute: a minute lasts a second.
    clock = {'LD_PRELOAD': means.FAKETIME, 'FAKETIME': '+0 x60'}

    def __init__(self, *of):
        super().__init__(*of)
        self.kept = self.system.pending()

    def begin(self):
        self.device = self.system.pending()
        self.system.sql("UPDATE registration SET expires_at = UTC_TIMESTAMP()"
                        " WHERE device_id = '%s'" % self.device.device_id)

    def release(self):
        pass

    def claims(self, said):
        return '1 registrations expired' in said

    def is_done(self):
        state = dict(self.system.sql(
            "SELECT device_id, CONCAT_WS(' ', state, ended_by) FROM "
            "registration WHERE device_id IN ('%s', '%s')"
            % (self.device.device_id, self.kept.device_id)))
        assert state[self.kept.device_id] == 'pending', state
        assert state[self.device.device_id] in ('pending', 'ended expired')
        return state[self.device.device_id] != 'pending'


ERRANDS = (Delivery, Purging)
