"""What a screen reader reads on the way through the pairing, and in which
order: Chromium's accessibility tree."""
import re

import pytest

from client import supply
from scenes import several

LANDMARKS = ['banner', 'main']
# No part of the tree that is operated may be without a name.
OPERATED = ('textbox', 'button', 'link', 'DisclosureTriangle', 'checkbox',
            'radio', 'combobox', 'searchbox')


@pytest.fixture
def window(chromium):
    with chromium.window() as window:
        yield window


def read(window):
    """(role, name, description) of what is read, checked for what holds on
    every screen."""
    tree = [tuple(node) for node in window.call('tree')]
    roles = [role for role, *_ in tree]
    assert tree[0][0] == 'RootWebArea' and tree[0][1], 'no title'
    assert [role for role in roles if role in LANDMARKS] == LANDMARKS, roles
    for role, name, _ in tree:
        assert role not in OPERATED or name.strip(), (role, tree)
    # One heading says what the screen is about; it begins the main part.
    after = roles[roles.index('main') + 1:]
    assert 'heading' in after
    for role in OPERATED:
        if role in after:
            assert after.index('heading') < after.index(role), after
    levels = window.look('[...document.querySelectorAll('
                         '"h1, h2, h3, h4")].filter((e) => '
                         'e.checkVisibility()).map((e) => +e.tagName[1])')
    assert levels[0] == 1 and levels.count(1) == 1, levels
    assert all(b <= a + 1 for a, b in zip(levels, levels[1:])), levels
    return tree


def place(tree, role=None, text=None):
    """Where it comes in the order, the first of them."""
    word = re.compile(r'(?<!\w)%s(?!\w)' % re.escape(text or ''))
    for at, (its_role, name, _) in enumerate(tree):
        if role in (None, its_role) and (text is None or word.search(name)):
            return at
    raise AssertionError('%s %s is not read in %s' % (role, text, tree))


def main_of(tree):
    return tree[place(tree, 'main'):]


def test_the_field(window):
    window.go('/pair')
    tree = main_of(read(window))
    field = place(tree, 'textbox')
    button = place(tree, 'button')
    assert place(tree, 'heading') < field < button
    # The label is its name; what helps is read with it.
    assert tree[field][1] == window.text('label[for="code"]').strip()
    assert tree[field][2].strip(), 'no description'


def test_the_mistake(window):
    window.go('/pair')
    window.type('ABC?')
    window.press('Enter')
    window.comes('code-invalid')
    tree = main_of(read(window))
    field = place(tree, 'textbox')
    assert place(tree, 'heading') < place(tree, 'alert') < field
    # What is wrong is read with the field, too.
    told = window.text('[role="alert"]').split()
    assert told and ' '.join(told) in tree[field][2]


def test_the_device_comes_before_what_is_done_with_it(window, device):
    window.go('/pair')
    window.type(device.code)
    window.press('Enter')
    window.comes('operate-device')
    tree = main_of(read(window))
    model = place(tree, text='Example MFC-9340')
    serial = place(tree, text=device.device_id[-4:])
    waiting = place(tree, 'status')
    release = place(tree, 'button')
    assert place(tree, 'heading') < model < serial < waiting
    assert serial < release

    device.instruct('start')
    device.report(supply(63), supply(7, index=2))
    window.comes('status')
    window.go('/status')
    tree = main_of(read(window))
    assert 'Example MFC-9340' in tree[place(tree, 'heading')][1]
    # Levels are words, too, not gauges alone.
    assert place(tree, text='63') < place(tree, text='7')


def test_several_devices(window, system):
    window.resume(several(system))
    window.go('/status')
    tree = main_of(read(window))
    last = place(tree, text='Example DCP-7065')
    assert last < place(tree, 'link', 'Sample LaserJet 400')
    assert last < place(tree, 'link', 'Example MFC-9340')
