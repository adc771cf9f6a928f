"""A botnet of 10,000 addresses against 1,000 pending codes, and its mirror,
strangers' devices against terminals that wait: how many guesses are compared,
by what the answers say and by what the database says, stays under the bound
that is computed on paper (doc/reliability.md, Guesses); owners pair meanwhile.

TALLYSTICK_BOTNET=N takes N times as many addresses, days and registrations,
TALLYSTICK_SEED=N draws other codes where hits are counted.
"""
import math
import os
import random
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from botnet import TYPED, Botnet, Crowd
from client import new_code
from system import System

SCALE = int(os.environ.get('TALLYSTICK_BOTNET', 1))
ADDRESSES = 10000 * SCALE
NAMING = 3000 * SCALE
PENDING = 1000
DAY = 1 << 20			# units that 40 bits allow in a day
MISSES = 5			# of an address, and of an ending
SEED = int(os.environ.get('TALLYSTICK_SEED', 1))

pytestmark = pytest.mark.timeout(600 * SCALE)


@pytest.fixture(scope='module')
def own():
    """A system of its own, whose budgets nobody else spends."""
    system = System('--no-limits')
    yield system
    system.stop()


def number(system, statement):
    return int(system.sql(statement)[0][0])


def spent(system, scope):
    return number(system, "SELECT COALESCE(SUM(spent), 0) FROM guess WHERE "
                          "scope = '%s'" % scope)


def new_day(system):
    system.sql('DELETE FROM guess; DELETE FROM submission; UPDATE code SET '
               'awaited_until = NULL')


def owners_pair(crowd, names):
    """Each names the whole of his device. out: the screens they came to."""
    with ThreadPoolExecutor(4) as pool:
        return set(pool.map(lambda name: crowd.owner(name, name), names))


def test_a_botnet_against_a_thousand_codes(own):
    new_day(own)
    crowd, botnet = Crowd(own, PENDING), Botnet(own)
    pending = number(own, "SELECT COUNT(*) FROM registration WHERE "
                          "pending_address IS NOT NULL")
    assert pending >= PENDING
    led = botnet.together(lambda _: botnet.type(new_code()), ADDRESSES)
    # As many as begin before half of the day's units are spent; not one more.
    compared = math.ceil(DAY / 2 / pending)
    assert led == {TYPED: compared, 'name-device': ADDRESSES - compared}
    assert spent(own, 'service') == compared * pending < DAY / 2 + pending
    assert spent(own, 'address') == compared
    units = spent(own, 'service')
    print('typed: %d of %d compared, %d units' % (compared, ADDRESSES, units))

    # Now it knows the numbers of fifty devices, and names their short endings
    # and the whole of some; owners of these and of others pair meanwhile.
    names = sorted(crowd.codes)
    known, others = names[:50], names[50:80]
    endings = sorted({name[-4:] for name in known} | set(known[:25]))
    screens = []
    owners = threading.Thread(target=lambda: screens.append(owners_pair(
        crowd, known[25:] + others)))
    owners.start()

    def name_one(turn):
        ending = endings[turn % len(endings)]
        return ending, botnet.type(new_code(), ending)
    led = botnet.together(name_one, NAMING)
    owners.join()
    assert screens == [{'operate-device'}]
    assert crowd.paired() == set(known[25:] + others)
    assert {ending: led[ending, TYPED] for ending in endings} == {
        ending: MISSES for ending in endings}
    named = MISSES * len(endings)
    assert spent(own, 'ending') == named and spent(own, 'service') == units
    # Each device is guessed at by four endings at the most.
    bound = DAY / 2 + pending + 4 * MISSES * pending
    print('named: %d of %d compared; together %d units of %d at most'
          % (named, NAMING, units + named, bound))
    assert units + named < bound < DAY
    # Whose short ending is spent is asked for more; whose whole number is
    # spent as well has a day to wait: the price of the bound.
    last = known[0]
    assert crowd.owner(last, last[-4:]) == 'name-device'
    assert crowd.owner(last, last) == 'too-many-tries'


def test_strangers_devices_against_terminals_that_wait(own):
    new_day(own)
    botnet, crowd = Botnet(own), {}
    share = DAY // 4 // 1024
    # As if so many had waited that each waits for the least.
    own.sql("INSERT INTO guess (scope, name, since, spent) VALUES ('early', "
            "'test', UTC_TIMESTAMP(), %d)" % (DAY // 4 - 60 * share))
    for _ in range(60):
        device, browser = own.device(), own.browser()
        assert browser.submit(device.code).screen == 'code-unknown'
        crowd[device] = browser
    first = number(own, 'SELECT MAX(id) FROM registration')
    assert spent(own, 'early') == DAY // 4
    lots = 2000 * SCALE
    early = list(crowd)[:5]
    assert {device.register().state for device in early} == {'paired'}
    where = ['198.20.%d.%d' % (i >> 8, i & 255) for i in range(lots // 100)]
    led = botnet.together(lambda turn: botnet.register(
        'S' + secrets.token_hex(6), new_code(), where[turn % len(where)]),
        lots)
    assert led == {'pending': lots}
    # None of them waits for more registrations than its share, which are over.
    row = own.sql("SELECT MAX(awaited_to), COUNT(*) FROM code WHERE "
                  "awaited_until > UTC_TIMESTAMP()")[0]
    assert int(row[1]) == 55 and int(row[0]) <= first + share
    late = list(crowd)[5:]
    assert {device.register().state for device in late} == {'pending'}
    for device in late:
        page = crowd[device].see('/status')
        assert page.screen == 'code-unknown' and b'stopped' in page.body
        crowd[device].pair(device)
    assert {device.connect(0).state for device in crowd} == {'paired'}
    print('mirror: %d registrations, each terminal waited for %d at most; '
          '%d units of %d' % (lots, share, spent(own, 'early'), DAY // 4))


# --- a small space of codes, so that hits are seen ----------------------------

SPACE = 1 << 14
BITS = 32
FEW = 256


@pytest.fixture
def weak_code():
    """Draws ten signs, of which 14 bits are random: a careless maker's."""
    draws = random.Random(SEED)
    return lambda: 'GHJKMN%04X' % draws.randrange(SPACE)


def poisson_tail(mean, least):
    """The chance of at least so many where the mean is expected."""
    return 1 - sum(math.exp(-mean) * mean ** k / math.factorial(k)
                   for k in range(least))


def clean_day(own):
    """Nobody pends, and nobody waits."""
    own.sql("DELETE FROM guess; DELETE FROM submission; DELETE FROM code; "
            "UPDATE registration SET state = 'ended', code = NULL, place = "
            "NULL WHERE pending_address IS NOT NULL")


def days_of_guessing(own, weak_code, days, tries):
    """out: guesses compared, and owners' devices hit by them."""
    botnet, compared, hits = Botnet(own), 0, 0
    crowd = Crowd(own, 0, weak_code)
    for _ in range(days):
        clean_day(own)
        crowd.more(FEW)
        before = crowd.paired()
        led = botnet.together(lambda _: botnet.type(weak_code()), tries)
        compared += led[TYPED]
        hits += len(crowd.paired() - before)
    return compared, hits


def test_hits_by_typing_are_as_rare_as_computed(own, weak_code):
    days, tries = 4 * SCALE, 250
    with own.configured(['pair', 'register'], code_bits=BITS):
        compared, hits = days_of_guessing(own, weak_code, days, tries)
    allowed = (1 << BITS - 20) // 2 // FEW
    # A hit costs nothing; a code that two devices drew asks for the device.
    assert days * allowed <= compared <= days * (allowed + 2) + hits
    expected = compared * FEW / SPACE
    assert poisson_tail(expected, hits) > 0.0005, (hits, expected)
    print('budget: %d compared in %d days, %d hits (%.2f expected)'
          % (compared, days, hits, expected))
    # The same where the budget is for codes as strong as they look.
    with own.configured(['pair', 'register'], code_bits=48):
        compared, seen = days_of_guessing(own, weak_code, days, tries)
    assert compared > 0.95 * days * tries
    without = compared * FEW / SPACE
    assert poisson_tail(without, seen + 1) < 0.9995, (seen, without)
    assert poisson_tail(expected, seen) < 0.01, 'the attack shows nothing'
    print('no budget: %d compared, %d hits (%.2f expected)'
          % (compared, seen, without))


def terminals_wait(own, weak_code, count):
    """Terminals that typed weak codes, each from its home. out: how many wait."""
    botnet = Botnet(own)
    led = botnet.together(lambda turn: botnet.type(
        weak_code(), where='203.1.%d.%d' % (turn >> 8, turn & 255)), count)
    assert led == {TYPED: count}
    return number(own, 'SELECT COUNT(*) FROM code WHERE awaited_until > '
                       'UTC_TIMESTAMP()')


def days_of_registering(own, weak_code, days, waiting, tries):
    """out: terminals that waited, and those hit by strangers' devices."""
    botnet, waited, hits = Botnet(own), 0, 0
    for day in range(days):
        clean_day(own)
        waited += terminals_wait(own, weak_code, waiting)
        hits += botnet.together(lambda turn: botnet.register(
            'S' + secrets.token_hex(6), weak_code(),
            '198.19.%d.%d' % (day & 255, turn // 100)), tries)['paired']
    return waited, hits


def test_hits_by_registering_are_as_rare_as_computed(own, weak_code):
    days, waiting, tries = 2 * SCALE, 200, 400
    with own.configured(['pair', 'register'], code_bits=BITS):
        waited, hits = days_of_registering(own, weak_code, days, waiting,
                                           tries)
    assert waited <= days * waiting
    # A quarter of a day's units.
    expected = days * (1 << BITS - 20) / 4 / SPACE
    assert poisson_tail(expected, hits) > 0.0005, (hits, expected)
    with own.configured(['pair', 'register'], code_bits=48):
        waited, seen = days_of_registering(own, weak_code, days, waiting,
                                           tries)
    without = waited * tries / SPACE
    assert poisson_tail(expected, seen) < 0.01, 'the attack shows nothing'
    print('mirror: %d hits with the budget (%.2f expected), %d without '
          '(%.2f expected)' % (hits, expected, seen, without))
