"""Every screen in every form it takes, each brought about by a device and a
browser of client.py. A scene does not depend on the language: whoever has
its cookies sees it in any."""
import collections
import datetime
import urllib.parse

from client import job, new_code, supply
from system import eventually
from test_status import age

# What stands at path for the browser; {language} is filled in, also in a
# path that is the same in all of them.
Scene = collections.namedtuple('Scene', 'name screen path browser')


def history(days=30):
    """Jobs of the last days: some a day, none on Sundays."""
    jobs = []
    now = datetime.datetime.now(datetime.timezone.utc)
    for ago in range(days, 0, -1):
        day = now - datetime.timedelta(days=ago)
        if day.weekday() == 6:
            continue
        for count, kind in ((ago * 7 % 23 + 1, 'Print'), (ago % 4, 'Copy')):
            if count:
                jobs.append(job(impressions=count, kind=kind,
                                when=day.strftime('%Y-%m-%dT%H:%M:%SZ')))
    return jobs


def worked(system, **facts):
    """A device of which there is much to tell: levels that fell for weeks,
    one low and ordered, one unknown, some left, a waste bottle."""
    device = system.paired(serial='SN-2026-0042', firmware='1.2', **facts)
    for day in range(9):
        assert device.report(
            supply(81 - 5 * day, index=1, colorant='black'),
            supply(70 - 6 * day, index=2, colorant='cyan'),
            supply(60 - 4 * day, index=3, colorant='magenta')).status == 200
        age(system, device, 3)
    jobs = history()
    for at in range(0, len(jobs), 20):
        assert device.report(*jobs[at:at + 20]).status == 200
    assert device.report(
        supply(38, index=1, colorant='black'),
        supply(21, index=2, colorant='cyan'),
        supply(4, index=3, colorant='magenta'),
        supply(-2, index=4, colorant='yellow'),
        supply(-3, index=5, kind='opc', colorant=None),
        supply(30, index=6, kind='wasteToner', colorant=None,
               group='receptacleThatIsFilled')).status == 200
    assert eventually(lambda: b'data-order-state="delivered"'
                      in device.browser.see('/status').body)
    return device


def waiting(system):
    browser = system.browser()
    assert browser.submit(new_code()).screen == 'code-unknown'
    return browser


def contested(system):
    code = new_code()
    first, second = system.browser(), system.browser()
    first.submit(code)
    second.submit(code)
    assert first.see('/status').screen == 'code-unknown'
    return first


def lapsed(system):
    browser = waiting(system)
    system.sql('UPDATE submission SET waits_until = UTC_TIMESTAMP() '
               'WHERE waits_until IS NOT NULL ORDER BY submitted_at DESC '
               'LIMIT 1')
    return browser


def refused(name, browser, code):
    """The scene that a submission leads to; name begins with its screen."""
    answer = browser.post('/pair', {'code': code})
    place = urllib.parse.urlsplit(answer.headers['location'])
    path = place.path + ('?' + place.query if place.query else '')
    page = browser.see(path)
    assert name.startswith(page.screen), (name, page)
    return Scene(name, page.screen, path.replace('/en/', '/{language}/'), browser)


def ambiguous(system):
    device = system.pending()
    system.pending(code=device.code)
    return device.code


def throttled(system):
    browser = system.browser()
    for _ in range(5):
        browser.submit(new_code())
    return browser


def several(system):
    """One session, three devices."""
    browser = system.browser()
    for model in ('Example MFC-9340', 'Sample LaserJet 400'):
        device = system.pending(model=model)
        browser.pair(device)
        device.instruct('start')
    browser.pair(system.pending(model='Example DCP-7065'))
    return browser


def released(system, by):
    device = system.paired()
    if by == 'user':
        device.browser.release()
    elif by == 'device':
        device.instruct('end')
    elif by == 'operator':
        system.sql("CALL end_registration((SELECT id FROM registration WHERE "
                   "device_id = '%s'), 'operator', @ended)"
                   % device.device_id)
    else:
        newer = system.device(device_id=device.device_id, code=device.code)
        newer.register(device.token)
        system.browser().pair(newer)
    return device.browser


def scenes(system):
    corrected = system.browser()
    found = [refused('code-invalid', corrected, 'ABCDE?'),
             Scene('enter-code', 'enter-code', '/pair', system.browser()),
             Scene('enter-code-corrected', 'enter-code', '/pair', corrected),
             refused('code-invalid-short', system.browser(), 'AB-C'),
             refused('name-device', system.browser(), ambiguous(system)),
             refused('too-many-tries', throttled(system), new_code())]

    def status(name, screen, browser):
        page = browser.see('/status')
        assert page.screen == screen, (name, page)
        found.append(Scene(name, screen, '/status', browser))

    status('code-unknown', 'code-unknown', waiting(system))
    status('code-unknown-contested', 'code-unknown', contested(system))
    status('code-unknown-lapsed', 'code-unknown', lapsed(system))
    status('operate-device', 'operate-device',
           system.paired(start=False).browser)
    status('operate-device-others', 'operate-device', several(system))
    status('status-new', 'status', system.paired().browser)
    status('status', 'status', worked(system).browser)
    device = worked(system)
    device.instruct('stop')
    status('status-stopped', 'status', device.browser)
    again = system.paired()
    again.register()
    status('status-asks-again', 'status', again.browser)
    for by in ('user', 'device', 'newer', 'operator'):
        status('released-' + by, 'released', released(system, by))
    return found
