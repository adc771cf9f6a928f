"""A call that is told again and again with the connection cut at another byte
each time, and must always have the effect of one.

TALLYSTICK_FAULTS=all cuts at every byte; else at each packet's end and here
and there between.
"""
import collections
import datetime
import time

import means
from store import Kept

STRIDE = means.stride(61, 61)


class Story:
    """Each time from the same beginning."""

    def __init__(self, own, road, procedure, call, facts):
        """in: whose wire is cut in which procedure's call; how it comes to be
        called; which facts of an answer must be the same."""
        self.wire, self.procedure = road.wire, procedure
        self.call, self.facts = call, facts
        self.kept = Kept(own.store)

    def run(self, plan=None, *more):
        """out: what was answered and what is stored then; how many calls
        reached the wire."""
        self.kept.put_back()
        calls = self.wire.calls
        begun = datetime.datetime.utcnow()
        if plan is not None:
            self.wire.only = b'CALL %s(' % self.procedure.encode()
            plan(*more)
        answer = self.call()
        self.wire.only = b''
        assert self.wire.plan is None, 'nothing was cut'
        return (self.facts(answer), self.kept.tell(begun),
                self.wire.calls - calls)

    def prove(self):
        """Cut everywhere."""
        self.run()      # the first prepares, perhaps
        wire = self.wire
        facts, stored, calls = self.run(wire.keep)
        request, reply = wire.request, wire.reply
        compare(self.run(), (facts, stored, calls), 'uncut')
        begun, cuts = time.monotonic(), 0
        for raw, plan in ((request, wire.cut_request),
                          (reply, wire.cut_answer)):
            for count in places(raw):
                whole = count == len(raw) and raw is reply
                compare(self.run(plan, count),
                        (facts, stored, calls + (not whole)),
                        '%s(%d)' % (plan.__name__, count))
                cuts += 1
        for _ in range(20 if STRIDE == 1 else 3):
            told = self.run(wire.cut_at_once)
            # It may meet the first one at work, and have to be repeated again.
            assert calls < told[2] <= calls + 4
            compare(told[:2], (facts, stored), 'at once')
            cuts += 1
        print('%s: %d cuts in %d + %d bytes, %.1f s' % (
            self.procedure, cuts, len(request), len(reply),
            time.monotonic() - begun))


def ends(raw):
    """Where its packets end."""
    at, found = 0, []
    while at < len(raw):
        at += 4 + int.from_bytes(raw[at:at + 3], 'little')
        found.append(at)
    return found


def places(raw):
    found = {0, 1, 3, 4, len(raw)} | set(range(0, len(raw), STRIDE))
    for end in ends(raw):
        found |= {end - 1, end}
    return sorted(found)


def compare(got, wanted, where):
    assert got[0] == wanted[0], where
    for table in sorted(set(got[1]) | set(wanted[1])):
        rows, others = (
            collections.Counter(side[1].get(table, [])) for side in
            (got, wanted))
        assert rows == others, '%s, %s: too much: %s, missing: %s' % (
            where, table, sorted(rows - others), sorted(others - rows))
    assert got[2:] == wanted[2:], where + ': calls'
