"""The screens of a device: what it is, how it stands, why it stands so."""
import contextlib
import html
import json
import re
import shutil
import time

import pytest

from client import job, new_code, supply
from system import eventually

WIDE = '\u6a5f' * 127
HOSTILE = ['<script>alert(1)</script>', '\u202eexe.txt\u202e', WIDE,
           '"\'&{}', '../../etc/passwd']


def escaped(text):
    return html.escape(text)


def text_of(page):
    """What people read, as one line."""
    plain = re.sub(r'<[^>]*>', ' ', page.body.decode())
    return ' '.join(html.unescape(plain).split())


def supplies(page):
    """{slot: its piece of the page}."""
    pieces = re.split(r'(?=<li data-supply=)', page.body.decode())
    return {re.match(r'<li data-supply="(\d+)"', piece).group(1):
            piece.split('</li>')[0] for piece in pieces[1:]}


def number_of(system, device):
    return system.sql("SELECT MAX(id) FROM registration WHERE device_id = "
                      "'%s'" % device.device_id)[0][0]


def line_of(system, device):
    return system.sql("SELECT MAX(line) FROM registration WHERE device_id = "
                      "'%s'" % device.device_id)[0][0]


# --- which device

@pytest.mark.parametrize('model', HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names(system, model):
    """On each page that shows them, isolated and escaped."""
    device = system.pending(model=escaped(model),
                            serial=escaped(model)[-8:].replace('&', ''))
    browser = system.browser()
    pages = [browser.pair(device)]
    device.instruct('start')
    device.report(supply(50, colorant=escaped(model)[:60].rsplit('&', 1)[0]))
    pages += [browser.see('/status')]
    other = system.pending()
    browser.roam()
    pages += [browser.pair(other)]
    pages += [browser.release(number_of(system, device))]
    assert [page.screen for page in pages] == [
        'operate-device', 'status', 'operate-device', 'released']
    for page in pages:
        found = re.findall(rb'<bdi[^>]*>([^<]*)</bdi>', page.body)
        assert any(html.unescape(one.decode()) == model for one in found)
        assert b'<script>alert' not in page.body
        outside = re.sub(rb'<bdi[^>]*>[^<]*</bdi>', b'', page.body)
        assert '\u202e'.encode() not in re.sub(rb'"[^"]*"', b'', outside)


def test_the_device_is_named_before_it_starts(system):
    device = system.paired(start=False, model='Example MFC-9340',
                           serial='SN00815')
    page = device.browser.see('/status')
    assert 'Example MFC-9340' in text_of(page) and '0815' in text_of(page)
    assert 'SN00815' not in text_of(page), 'no more than its end'
    form = re.search(rb'<form action="status" method="post">.*?</form>',
                     page.body, re.S).group(0)
    # The button alone releases it.
    fields = dict(re.findall(r'name="([a-z]+)" value="([^"]*)"',
                             form.decode()))
    page = device.browser.follow(device.browser.post('/status', fields))
    assert page.screen == 'released'
    assert device.connect(0).status == 410


def test_the_wait_is_told(system):
    device = system.paired(start=False)
    page = device.browser.see('/status')
    left = int(page.data('wait-left'))
    assert 100 < left <= 120 and 'in %d s' % left in text_of(page)
    assert b'content="5"' in page.body and b'Nothing has' not in page.body
    system.sql("UPDATE registration SET paired_at = paired_at - INTERVAL 9 "
               "MINUTE WHERE device_id = '%s'" % device.device_id)
    page = device.browser.see('/status')
    assert page.data('wait-left') == ''
    assert 'Nothing has happened' in text_of(page)
    assert 'Waiting for 9 min' in text_of(page)
    assert b'content="15"' in page.body
    # A refresh is for those without scripts alone.
    assert not re.search(rb'http-equiv="refresh"', re.sub(
        rb'<noscript>.*?</noscript>', b'', page.body))


@contextlib.contextmanager
def screens_with(system, files):
    """status restarted with screens of a host's own."""
    folder = system.run / 'own-screens'
    shutil.copytree(system.prefix / 'share' / 'tallystick' / 'www', folder)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    for path in [folder, *folder.rglob('*')]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    try:
        with system.configured(['status'], screens=folder):
            yield
    finally:
        shutil.rmtree(folder)


def test_a_form_for_one_model(system):
    general = (system.prefix / 'share' / 'tallystick' / 'www' / 'en'
               / 'operate-device.html').read_text()
    own = general.replace('<main>', '<main><p>Open the flap first.</p>')
    with screens_with(system, {
            'en/operate-device/example-mfc-9340-a4.html': own}):
        for model, has in (('Example MFC-9340 (A4)', True),
                           ('EXAMPLE  mfc_9340/a4', True),
                           ('Example MFC-9340', False),
                           ('../operate-device/example-mfc-9340-a4', False),
                           (WIDE, False)):
            page = system.paired(start=False, model=model).browser.see(
                '/status')
            assert page.screen == 'operate-device'
            assert (b'Open the flap' in page.body) == has, model
            assert b'href="style.css"' in page.body


# --- the page

def test_keywords_are_words(paired):
    paired.report(supply(50, 1, kind='tonerCartridge', colorant='Photo Black'),
                  supply(50, 2, kind='opc', colorant='unknown'),
                  supply(50, 3, kind='glueWaterAdditive',
                         colorant='mauve &amp; more'),
                  supply(50, 4, kind='wasteToner', colorant=None,
                         group='receptacleThatIsFilled'))
    found = supplies(paired.browser.see('/status'))
    assert '>Toner<' in found['1'] and '>Photo black<' in found['1']
    assert '>Drum<' in found['2'] and 'unknown<' not in found['2']
    assert '<bdi>glueWaterAdditive</bdi>' in found['3']
    assert '<bdi>mauve &amp; more</bdi>' in found['3']
    assert '>Waste toner box<' in found['4']
    assert 'class="colorant"' not in found['4']


def test_gauges(paired):
    paired.report(supply(59, 1), supply(-3, 2), supply(-2, 3),
                  supply(300, 4), supply(50, 5, capacity=-2))
    found = supplies(paired.browser.see('/status'))
    assert re.search(r'class="fill" width="59"', found['1'])
    assert re.search(r'class="mark" x="20"', found['1'])
    for slot, level in (('1', 'ok'), ('2', 'some'), ('3', 'unknown'),
                        ('4', 'odd'), ('5', 'unknown')):
        assert 'data-level="%s"' % level in found[slot]
        assert found[slot].count('<svg') == 1
        assert ('class="fill"' in found[slot]) == (slot == '1')
    assert 'class="some"' in found['2'] and 'Some is left' in found['2']
    assert 'class="none"' in found['3'] and 'not known' in found['3']


def test_why_nothing_was_ordered(system, paired):
    paired.instruct('stop')
    paired.report(supply(5, 1), supply(201, 2, capacity=1000),
                  supply(-3, 3), supply(-2, 4), supply(101, 5),
                  supply(5, 6, kind='wasteToner',
                         group='receptacleThatIsFilled'), supply(80, 7))
    found = supplies(paired.browser.see('/status'))
    whys = {slot: re.findall(r'class="why">([^<]*)<', piece)
            for slot, piece in found.items()}
    assert {slot: len(why) for slot, why in whys.items()} == dict(
        {str(slot): 1 for slot in range(1, 7)}, **{'7': 0})
    assert 'paused' in whys['1'][0] and 'above the mark' in whys['2'][0]
    assert 'how much is left' in whys['3'][0]
    assert 'does not tell' in whys['4'][0] and 'more than' in whys['5'][0]
    assert 'not ordered by itself' in whys['6'][0]
    order, = paired.instruct('start').orders
    page = paired.browser.see('/status')
    assert not re.search(r'class="why"', supplies(page)['1'])
    assert order in supplies(page)['1'], 'beside what was ordered'
    assert 'at 5 %: at or under the mark of 20 %' in text_of(page)


def test_the_state_of_an_order_in_words(system, paired):
    order, = paired.report(supply(4)).orders
    # No attempt in flight may change what is set here.
    assert eventually(lambda: paired.orders() == {order: (1, 'delivered')})
    for state, words in (('queued', 'We are telling the shop'),
                         ('delivered', 'has taken the order'),
                         ('failed', 'cannot be reached'),
                         ('cancelled', 'was cancelled')):
        system.sql("UPDATE supply_order SET state = '%s', due_at = NOW() + "
                   "INTERVAL 1 DAY, created_at = UTC_TIMESTAMP() - INTERVAL "
                   "3 HOUR WHERE line = %s" % (state, line_of(system, paired)))
        page = paired.browser.see('/status')
        assert words in text_of(page) and 'Ordered 3 h ago' in text_of(page)
        assert 'data-order-state="%s"' % state in page.body.decode()


def test_the_mark_is_the_host_s(system, paired):
    paired.report(supply(50))
    with system.configured(['status'], order_at_percent=35):
        page = paired.browser.see('/status')
        assert 'x="35"' in supplies(page)['1'] and '35 %' in text_of(page)


def test_last_heard(system, paired):
    assert 'heard from the printer just now' in text_of(
        paired.browser.see('/status'))
    for minutes, words in ((25, '25 min ago'), (200, '3 h ago'),
                           (2880, '2 days ago')):
        system.sql("UPDATE registration SET seen_at = UTC_TIMESTAMP() - "
                   "INTERVAL %d MINUTE WHERE device_id = '%s'"
                   % (minutes, paired.device_id))
        page = paired.browser.see('/status')
        assert words in text_of(page)
        seen, = re.findall(r'datetime="([^"]+)"[^>]*>\s*<span>\d', re.search(
            r'<p class="heard">.*?</p>', page.body.decode(), re.S).group(0))
        assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', seen)


def test_what_is_noted_every_15_minutes_is_told_no_closer(system, paired):
    system.sql("UPDATE registration SET seen_at = UTC_TIMESTAMP() - INTERVAL "
               "14 MINUTE WHERE device_id = '%s'" % paired.device_id)
    assert 'less than 20 min ago' in text_of(paired.browser.see('/status'))


def days_ago(days):
    return time.strftime('%Y-%m-%dT12:00:00Z',
                         time.gmtime(time.time() - days * 86400))


def test_pages_of_thirty_days(system, paired):
    assert b'class="day"' not in paired.browser.see('/status').body
    # Kept, where counting took long: also none, on a busy machine.
    system.sql('DELETE FROM page_count')
    paired.report(job(impressions=40, when=days_ago(29)),
                  job(impressions=10, when=days_ago(29), kind='Copy'),
                  job(impressions=25, when=days_ago(2), kind='FaxIn'),
                  job(impressions=999, when=days_ago(30)),
                  job(impressions=999, when=days_ago(-2)))
    page = paired.browser.see('/status')
    bars = re.findall(r'class="day" x="(\d+)" y="(\d+)" width="8" '
                      r'height="(\d+)"', page.body.decode())
    assert [bar[0] for bar in bars] == [str(10 * i + 1) for i in range(30)]
    assert [int(bar[2]) for bar in bars] == [56] + [0] * 26 + [28, 0, 0]
    assert 'All pages 75 Most on one day 50' in text_of(page)
    for words in ('Print 1 40', 'Copy 1 10', 'Fax received 1 25'):
        assert words in text_of(page)
    assert '<title>%s: 50</title>' % days_ago(29)[:10] in page.body.decode()


def test_pages_of_another_owner_are_not_told(system, paired):
    """Whoever pairs it after a release begins anew; its jobs stay known."""
    mine = job(impressions=111, when=None)
    paired.report(mine)
    assert 'All pages 111' in text_of(paired.browser.see('/status'))
    system.sql("UPDATE job SET received_at = received_at - INTERVAL 1 MINUTE "
               "WHERE line = %s" % line_of(system, paired))
    paired.browser.release()
    paired.register()
    paired.browser = system.browser()
    paired.browser.pair(paired)
    paired.instruct('start')
    assert paired.report(mine, job(impressions=7, when=None)).status == 200
    assert 'All pages 7 ' in text_of(paired.browser.see('/status'))


def test_many_jobs_are_not_counted_each_time(system, paired):
    paired.report(job(impressions=7, when=days_ago(1)))
    line = line_of(system, paired)
    assert 'All pages 7' in text_of(paired.browser.see('/status'))
    # Even so few, on a machine that is busy.
    system.sql('DELETE FROM page_count WHERE line = ' + line)
    system.sql("INSERT INTO job (line, job, kind, state, completed_at, "
               "received_at, impressions) SELECT %s, UNHEX(MD5(CONCAT(%s, "
               "'-', seq))), 'Copy', 'completed', UTC_TIMESTAMP() - INTERVAL "
               "2 DAY, UTC_TIMESTAMP(), 1 FROM seq_1_to_60000" % (line, line))
    assert 'All pages 60007' in text_of(paired.browser.see('/status'))
    seconds, = system.sql(
        'SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), good_until) FROM '
        'page_count WHERE line = ' + line)[0]
    assert 0 < int(seconds) <= 900
    paired.report(job(impressions=1, when=days_ago(1)))
    assert 'All pages 60007' in text_of(paired.browser.see('/status'))
    system.sql('UPDATE page_count SET good_until = UTC_TIMESTAMP() WHERE '
               'line = ' + line)
    page = paired.browser.see('/status')
    assert 'All pages 60008' in text_of(page)
    assert 'Copy 60000 60000' in text_of(page) and 'Print 2 8' in text_of(page)
    system.sql('DELETE FROM job WHERE line = ' + line)


def test_others_side_by_side(system, browser):
    low, waits, over = (system.pending(model='Model %d' % i, serial='N0%d' % i)
                        for i in range(3))
    for device in (low, waits, over):
        browser.pair(device)
        browser.roam()
    low.instruct('start')
    low.report(supply(77, 1), supply(12, 2, colorant='black'),
               supply(-3, 3))
    over.instruct('end')
    newest = system.pending()
    browser.pair(newest)
    cards = re.findall(r'<li class="card">(.*?)</li>',
                       browser.see('/status').body.decode(), re.S)
    assert len(cards) == 3
    cards = {re.search(r'Model \d', card).group(0): card for card in cards}
    assert 'Lowest supply: <span>12</span> %' in cards['Model 0']
    assert 'The service is on' in cards['Model 0'] and 'N00' in cards['Model 0']
    assert 'OK</kbd> key' in cards['Model 1']
    assert 'released' in cards['Model 2'] and 'Lowest' not in cards['Model 2']


# --- paired again

def test_a_device_that_asks_again(system, paired):
    """It is told to whoever holds it, not its code, nor to others."""
    stranger = system.paired()
    paired.register()
    page = paired.browser.see('/status')
    assert page.screen == 'status', 'the pairing stays in force'
    assert 'asks to be paired again' in text_of(page)
    assert paired.code.encode() not in page.body
    assert b'asks to be paired' not in stranger.browser.see('/status').body
    # Another code with this DeviceId proves nothing.
    other = system.paired()
    system.pending(device_id=other.device_id, code=new_code())
    assert b'asks to be paired' not in other.browser.see('/status').body
    system.sql("UPDATE registration SET expires_at = UTC_TIMESTAMP() - "
               "INTERVAL 1 SECOND WHERE device_id = '%s' AND live = 0"
               % paired.device_id)
    assert b'asks to be paired' not in paired.browser.see('/status').body


def test_released_asks_again_and_leads_there(system, paired):
    page = paired.browser.release()
    assert b'asks to be paired' not in page.body
    paired.register()
    page = paired.browser.see('/status')
    assert page.screen == 'released'
    assert 'asks to be paired again' in text_of(page)
    assert b'href="pair"' in page.body


def test_without_a_line_nothing_is_counted(system, browser):
    """However slow the counting is: there is no pairing to count for."""
    body = (system.prefix / 'share' / 'tallystick' / 'schema' / 'procedures'
            / 'count_pages.sql').read_text()
    assert '> 4000' in body
    try:
        system.sql('DELIMITER //\n%s//' % body.replace('> 4000', '>= 0'))
        system.part('restart', 'status')
        assert browser.submit(new_code()).screen == 'code-unknown'
        page = system.paired().browser.release()
        assert page.screen == 'released'
    finally:
        system.sql('DELIMITER //\n%s//' % body)


def test_released_by_a_newer_pairing(system, paired):
    paired.register(paired.token)
    newer = system.browser()
    newer.pair(paired)
    page = paired.browser.see('/status')
    assert page.screen == 'released' and 'paired anew' in text_of(page)


# --- how levels fell

def kept(system, device):
    return system.sql("SELECT DATEDIFF(UTC_DATE(), day), REPLACE(levels, ' ', "
                      "'') FROM level_day WHERE line = %s ORDER BY day"
                      % line_of(system, device))


def age(system, device, days):
    """All that is known of the device was so many days ago."""
    line = line_of(system, device)
    system.sql('UPDATE level_day SET place = place + 100 WHERE line = {1};'
               'UPDATE level_day SET day = day - INTERVAL {0} DAY, place = '
               'TO_DAYS(day) MOD 32 WHERE line = {1};'
               'UPDATE registration SET levels_at = levels_at - INTERVAL {0} '
               'DAY WHERE line = {1};'
               'UPDATE episode SET opened_at = opened_at - INTERVAL {0} DAY '
               'WHERE line = {1}'.format(days, line))


def test_the_first_levels_of_a_day_are_kept(system, paired):
    paired.report(supply(90), supply(70, 2))
    for level in (89, 88, 87):
        paired.report(supply(level), supply(70, 2))
    assert kept(system, paired) == [['0', '{"1":90,"2":70}']]
    age(system, paired, 1)
    for level in (86, 85):
        paired.report(supply(level), supply(70, 2))
    assert kept(system, paired) == [['1', '{"1":90,"2":70}'],
                                    ['0', '{"1":86,"2":70}']]
    # A slot that was not told before; the others' first levels stay.
    for _ in range(2):
        paired.report(supply(84), supply(33, 3))
    assert [row[0] for row in kept(system, paired)] == ['1', '0']
    assert json.loads(kept(system, paired)[1][1]) == {'1': 86, '2': 70,
                                                      '3': 33}


def test_the_usual_report_has_no_statement_more(system, paired):
    """That it is not the day's first costs nothing."""
    def inserts():
        return int(system.sql("SHOW GLOBAL STATUS LIKE 'Com_insert'")[0][1])

    for _ in range(3):
        paired.report(supply(90))
    before = inserts()
    for _ in range(20):
        assert paired.report(supply(90)).status == 200
    assert inserts() - before < 10, 'others insert once in a while'


def test_more_slots_than_fit_a_history(paired):
    """The report is kept, whatever becomes of the history."""
    for first in (1, 33, 65, 97):
        done = paired.report(*(supply(15000, slot, capacity=20000)
                               for slot in range(first, first + 32)))
        assert done.status == 200
    assert len(supplies(paired.browser.see('/status'))) == 128


def test_thirty_two_days_are_kept(system, paired):
    for day in range(35):
        paired.report(supply(100 - day))
        age(system, paired, 1)
    rows = kept(system, paired)
    assert [int(row[0]) for row in rows] == list(range(32, 0, -1))
    assert rows[0][1] == '{"1":97}'


def test_how_long_it_lasts(system, paired):
    for day in range(8):
        paired.report(supply(90 - 2 * day, 1), supply(60, 2))
        assert b'Lasts about' not in paired.browser.see('/status').body \
            or day >= 5
        if day < 7:
            age(system, paired, 1)
    found = supplies(paired.browser.see('/status'))
    range_ = re.search(r'Lasts about <span>(\d+)</span> to <span>(\d+)</span>',
                       found['1'])
    least, most = map(int, range_.groups())
    assert least < 76 / 2 < most and most - least < 20, (least, most)
    assert 'Lasts' not in found['2'], 'it did not fall'
    paired.report(supply(99, 1), supply(60, 2))
    assert b'Lasts about' not in paired.browser.see('/status').body


def test_levels_of_a_successor_go_on(system, paired):
    paired.report(supply(90))
    age(system, paired, 3)
    paired.register(paired.token)
    system.browser().pair(paired)
    paired.instruct('start')
    paired.report(supply(80))
    assert [row[1] for row in kept(system, paired)] == ['{"1":90}',
                                                        '{"1":80}']


# --- weight

def test_no_screen_is_heavy(system, paired):
    """30 KB in all, with style, script and picture."""
    paired.report(*[job(impressions=i, when=days_ago(i), kind=kind)
                    for i in range(30) for kind in ('Print', 'Copy', 'Scan')],
                  *[supply(3, i, colorant=colorant) for i, colorant in
                    enumerate(('black', 'cyan', 'magenta', 'yellow'), 1)],
                  *[supply(-3, i, kind='opc') for i in range(5, 9)])
    page = paired.browser.see('/status')
    assert eventually(lambda: len(supplies(page)) == 8)
    more = [paired.browser.get(path).body
            for path in ('/style.css', '/status.js', '/favicon.svg')]
    total = len(page.body) + sum(map(len, more))
    print('%d bytes, %d of them the page' % (total, len(page.body)))
    assert total < 30 * 1024
