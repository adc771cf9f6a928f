"""POST /device/report: jobs, duplicates, atomicity, sequence, bounds."""
import html
import re
import uuid

import pytest

from client import NS, job, job_report, supply

BIG = 2 ** 31 - 1


def stored(system, device):
    return system.sql(
        "SELECT LOWER(HEX(j.job)), j.kind, j.state, j.completed_at, "
        "j.impressions, j.impressions_full_color, j.media_sheets FROM job j "
        "JOIN registration r ON r.line = j.line WHERE r.device_id = '%s' "
        "AND r.state = 'paired' ORDER BY j.impressions" % device.device_id)


def levels(system, device):
    return dict(system.sql(
        "SELECT s.slot, s.level FROM supply_now s JOIN registration r ON r.id "
        "= s.registration WHERE r.device_id = '%s' AND r.state = 'paired'"
        % device.device_id))


def test_the_receipt(paired):
    answer = paired.report(job(), job(), supply(18))
    assert answer.status == 200
    assert answer.headers['content-type'] == 'application/xml; charset=utf-8'
    assert answer.headers['cache-control'] == 'no-store'
    root = answer.xml
    assert root.tag == NS + 'Receipt'
    assert [child.tag for child in root] == [
        NS + name for name in ('Accepted', 'Duplicate', 'Order')]
    assert answer.counts == (2, 0)
    assert answer.version == paired.version + 1
    assert set(root.find(NS + 'Order').attrib) == {'supply', 'state', 'id'}


def test_what_is_stored(system, paired):
    first, second = uuid.uuid4(), (7, 123456)
    paired.report(
        job(first, 12, 'Copy', 'aborted', '2026-11-22T13:30:00+02:00', 4, 6),
        job(None, 13, 'FaxIn', when=None, number=second))
    rows = stored(system, paired)
    assert rows[0] == [first.hex, 'Copy', 'aborted', '2026-11-22 11:30:00',
                       '12', '4', '6']
    assert rows[1][0] == '%08x%08x' % second
    assert rows[1][1:3] == ['FaxIn', 'completed']
    assert rows[1][4:] == ['13', 'NULL', 'NULL']
    now, = system.sql("SELECT ABS(TIMESTAMPDIFF(SECOND, '%s', "
                      "UTC_TIMESTAMP())) < 30" % rows[1][3])
    assert now == ['1'], 'the time of arrival'


@pytest.mark.parametrize('kind', ['Print', 'Copy', 'Scan', 'FaxIn', 'FaxOut',
                                  'Other'])
@pytest.mark.parametrize('state', ['completed', 'canceled', 'aborted'])
def test_kinds_and_states(paired, kind, state):
    assert paired.report(job(kind=kind, state=state)).counts == (1, 0)


def test_an_empty_report_is_a_report(paired):
    assert paired.report().counts == (0, 0)


def test_duplicates(paired):
    name = uuid.uuid4()
    body = job(name)
    assert paired.report(body).counts == (1, 0)
    assert paired.report(body).counts == (0, 1)
    assert paired.report(body, job()).counts == (1, 1)
    # UUIDs compare without case; what came later changes nothing.
    assert paired.report(job(str(name).upper(), 99)).counts == (0, 1)
    # Within one report, too.
    other = uuid.uuid4()
    assert paired.report(job(other), job(), job(str(other).upper())).counts \
        == (2, 1)


def test_a_duplicate_changes_nothing(system, paired):
    name = uuid.uuid4()
    paired.report(job(name, 3))
    before = stored(system, paired)
    paired.report(job(name, 77, 'Scan', 'aborted'))
    assert stored(system, paired) == before


def test_jobs_named_by_number_and_time(paired):
    assert paired.report(job(number=(1, 100))).counts == (1, 0)
    assert paired.report(job(number=(1, 100)), job(number=(1, 200)),
                         job(number=(2, 100)),
                         job(number=(1, 200))).counts == (2, 2)


def test_a_job_of_one_device_is_no_other_s(system, paired):
    body = job()
    other = system.paired()
    assert paired.report(body).counts == other.report(body).counts == (1, 0)


@pytest.mark.parametrize('bad', [
    '<Job><JobUuid>urn:uuid:1</JobUuid></Job>', job(impressions=-1),
    job(impressions=''), job(impressions=BIG + 1), job(impressions='1.5'),
    job(kind='Fax'), job(state='done'), job(when='yesterday'),
    job(when='2026-02-30T00:00:00Z'), job(when='2026-11-22T12:00:00'),
    job(name='x'), job(color=-1), job(sheets='many'),
    job(number=(BIG + 1, 1)), '<Other/>', '<Job/>'])
def test_all_or_nothing(system, paired, bad):
    good = job()
    answer = paired.report(good + '\n', bad, job())
    assert (answer.status, answer.problem) == (422, 'invalid')
    assert re.search(r'line [12]\b', answer.detail), answer.detail
    assert stored(system, paired) == []
    assert paired.report(good).counts == (1, 0)


def test_a_bad_supply_refuses_the_jobs_too(system, paired):
    answer = paired.report(job(), supply(50), supply(-4, 2))
    assert (answer.status, answer.problem) == (422, 'invalid')
    assert stored(system, paired) == [] and levels(system, paired) == {}


def test_a_thousand_jobs_and_no_more(paired):
    jobs = [job(when=None) for _ in range(1001)]
    assert len(''.join(jobs)) < 512 * 1024
    assert paired.report(*jobs).problem == 'invalid'
    assert paired.report(*jobs[:1000]).counts == (1000, 0)
    assert paired.report(*jobs[:1000]).counts == (0, 1000)


def test_thirty_two_supplies_and_no_more(system, paired):
    many = [supply(50, index) for index in range(1, 34)]
    assert paired.report(*many).problem == 'invalid'
    assert paired.report(*many[:32]).status == 200
    assert len(levels(system, paired)) == 32


def test_an_index_once_each(system, paired):
    answer = paired.report(supply(50, 3), supply(60, 3))
    assert (answer.status, answer.problem) == (422, 'invalid')
    assert levels(system, paired) == {}


@pytest.mark.parametrize('body,status', [
    (supply(50, 0), 422), (supply(50, 65535), 200), (supply(50, 65536), 422),
    (supply(50, -1), 422), (supply(50, 'x'), 422),
    (supply(0), 200), (supply(-1), 200), (supply(-2), 200), (supply(-3), 200),
    (supply(-4), 422), (supply(BIG), 200), (supply(BIG + 1), 422),
    (supply(5, capacity=0), 422), (supply(5, capacity=-1), 200),
    (supply(5, capacity=-2), 200), (supply(5, capacity=-3), 422),
    (supply(5, capacity=BIG), 200), (supply(5, capacity=BIG + 1), 422),
    (supply(50, kind='toners'), 422), (supply(50, kind='inkCartridge'), 200),
    (supply(50, unit='pages'), 422), (supply(50, unit='impressions'), 200),
    (supply(50, colorant=None), 200), (supply(50, serial='s' * 64), 200),
    (supply(50, serial='s' * 65), 422), (supply(50, spares=0), 200),
    (supply(50, spares=-1), 422), (supply(50, group='other'), 422)])
def test_bounds_of_a_supply(system, paired, body, status):
    answer = paired.report(body)
    assert answer.status == status, answer
    assert len(levels(system, paired)) == (1 if status == 200 else 0)


def test_supplies_are_kept_as_sent(system, paired):
    paired.report(supply(500, 1), supply(-2, 2), supply(-3, 3),
                  supply(7, 4, capacity=-2), supply(-1, 5))
    assert levels(system, paired) == {'1': '500', '2': '-2', '3': '-3',
                                      '4': '7', '5': '-1'}


@pytest.mark.parametrize('text', [
    'a"b\\c/', "it's", '{"j":1}', '日本語 😀', 'a\u2028b', '%s %n', '\\u0041',
    '&lt;b&gt; &amp;amp;', "'); DROP TABLE job; --", 'x' * 64], ids=ascii)
def test_any_text_is_kept_as_it_is(system, paired, text):
    assert paired.report(supply(50, colorant=text, serial=text)).status == 200
    rows = system.sql(
        "SELECT HEX(s.colorant), HEX(s.serial_number) FROM supply s JOIN "
        "registration r ON r.line = s.line WHERE r.device_id = '%s'"
        % paired.device_id)
    kept = html.unescape(text).encode().hex().upper()
    assert rows == [[kept, kept]]


def test_a_supply_that_is_missing_says_nothing(system, paired):
    paired.report(supply(60, 1), supply(50, 2))
    paired.report(supply(40, 2))
    assert levels(system, paired) == {'1': '60', '2': '40'}


# --- sequence

def test_a_late_repeat_brings_no_old_level_back(system, paired):
    assert paired.report(job(), supply(80), sequence=5).counts == (1, 0)
    paired.report(supply(70), sequence=6)
    for number in (6, 5, 0):
        answer = paired.report(job(), supply(1), sequence=number)
        assert answer.counts == (1, 0), 'its jobs count all the same'
        assert not answer.orders
        assert levels(system, paired) == {'1': '70'}
    paired.report(supply(60), sequence=7)
    assert levels(system, paired) == {'1': '60'}


def test_without_sequence_the_order_of_arrival_rules(system, paired):
    paired.report(supply(80), sequence=2 ** 40)
    paired.report(supply(70))
    assert levels(system, paired) == {'1': '70'}
    paired.report(supply(75), sequence=2 ** 40)
    assert levels(system, paired) == {'1': '70'}, 'not above the newest'
    paired.report(supply(65), sequence=2 ** 40 + 1)
    assert levels(system, paired) == {'1': '65'}


@pytest.mark.parametrize('number,status', [
    (0, 200), (2 ** 63 - 1, 200), (2 ** 63, 422), (-1, 422), ('', 422),
    ('x', 422), ('1.0', 422)])
def test_bounds_of_the_sequence(paired, number, status):
    assert paired.report(supply(60), sequence=number).status == status


def test_sequence_zero_is_one_too(system, paired):
    paired.report(supply(60), sequence=0)
    paired.report(supply(50), sequence=0)
    assert levels(system, paired) == {'1': '60'}


# --- shape

@pytest.mark.parametrize('parts', [
    [supply(50), job()], ['text'], ['<Supply/>'],
    [job().replace('<JobKind>Print</JobKind>', '')],
    [job().replace('</JobUuid>', '</JobUuid><JobId>1</JobId>')],
    [supply(50).replace('index="1"', '')],
    [supply(50).replace('<Type>toner</Type>', '')],
    [supply(50).replace('index="1"', 'index="1" colour="x"')]])
def test_what_breaks_the_schema(paired, parts):
    answer = paired.report(*parts)
    assert (answer.status, answer.problem) == (422, 'invalid')


def test_sixteen_thousand_elements(paired):
    alien = '<x xmlns="urn:x"/>'
    body = job_report([alien * 15998])
    assert paired.post_xml('/device/report', body,
                           paired.token).status == 200
    body = job_report([alien * 16000])
    answer = paired.post_xml('/device/report', body, paired.token)
    assert (answer.status, answer.problem) == (422, 'invalid')
