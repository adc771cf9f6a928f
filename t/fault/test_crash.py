"""kill -9 under load, and whether what must hold then would be missed.

TALLYSTICK_KILLS and TALLYSTICK_SEED choose another run than the usual one.
"""
import ast
import inspect
import os
import re
import secrets

import pytest

import fulfilment
import invariants
from crash import Crash
from plants import PLANTED, sql

KILLS = int(os.environ.get('TALLYSTICK_KILLS', 50))
pytestmark = pytest.mark.timeout(600 + 3 * KILLS)


@pytest.fixture(scope='module')
def crash():
    seed = int(os.environ.get('TALLYSTICK_SEED', secrets.randbelow(10 ** 6)))
    print('seed %d' % seed)
    crash = Crash(KILLS, seed)
    try:
        crash.run()
        crash.tell()
        yield crash
    finally:
        crash.stop()


def test_kills_under_load(crash):
    assert sum(crash.arsonist.killed.values()) == KILLS
    assert not crash.world.violations, '\n'.join(crash.world.violations[:9])
    # It burned: requests were lost, and many more were not.
    counts = crash.world.counts()
    assert counts['report'][1] > 500 and counts['paired'][1] > 20
    assert sum(row[2] for row in counts.values()) > 20
    assert len(crash.world.warehouse.attempts) > 50


@pytest.fixture(scope='module')
def at_first(crash):
    """What each check says of the world before anything is planted."""
    return {name: list(check(crash.world))
            for name, check in invariants.CHECKS.items()}


@pytest.fixture(scope='module')
def dump(crash):
    done = crash.world.system.mariadb('client-root', '', tool='mariadb-dump',
                                      options=('--skip-triggers',))
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def restored(crash, dump):
    """The world, which is afterwards as it was."""
    journal, warehouse = crash.world.journal, crash.world.warehouse
    kept = [(thing, dict(vars(thing))) for thing in
            journal.entries + warehouse.attempts]
    lists = [(told, list(told)) for told in
             (warehouse.attempts, warehouse.faults)]
    crash.world.store_changed = False
    yield crash.world
    for told, before in lists:
        told[:] = before
    for thing, facts in kept:
        vars(thing).clear()
        vars(thing).update(facts)
    if crash.world.store_changed:
        sql(dump)(crash.world)


@pytest.mark.parametrize('name,sentence,plant', PLANTED,
                         ids=[row[1].replace(' ', '-') for row in PLANTED])
def test_a_planted_violation_is_told(restored, at_first, name, sentence,
                                     plant):
    plant(restored)
    told = list(invariants.CHECKS[name](restored))
    assert sum(sentence in line for line in told) > sum(
        sentence in line for line in at_first[name])


def words(node):
    """A sentence up to its first figure or journal entry."""
    if isinstance(node, ast.BinOp):
        node = node.left
    assert isinstance(node, ast.Constant), ast.unparse(node)
    return node.value.partition(': ')[0]


def sentences():
    """Whatever the invariants can say, taken from their source."""
    found = {sentence for sentence, _ in invariants.NEVER}
    for node in ast.walk(ast.parse(inspect.getsource(invariants)
                                   + inspect.getsource(fulfilment))):
        if isinstance(node, ast.YieldFrom):
            assert ast.unparse(node.value) in ('warehouse.faults',
                                               'life.strange')
        elif isinstance(node, ast.Yield):
            found.add(words(node.value))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
                'self.tell', 'self.faults.append'):
            found.add(words(node.args[0]))
    return found - {'%s'}	# in front of another's


def test_each_sentence_is_planted():
    """Once, as it begins or with figures filled in."""
    planted = [row[1] for row in PLANTED]
    for said in sentences():
        pattern = re.sub('%[a-z]', r'\\w+', said)
        assert sum(said.startswith(plant) or bool(re.fullmatch(
            pattern, plant)) for plant in planted) == 1, said
    assert len(sentences()) == len(planted)


def test_a_worker_that_nobody_killed_is_told(crash):
    assert not list(crash.strays())
    system = crash.world.system
    pid = system.workers('pair')[0]
    system.kill(pid)
    assert list(crash.strays()) == [
        'worker %d of pair ended, and nobody killed it' % pid]
