"""What a hostile device calls itself, on every screen that repeats it."""
import json

import pytest

from client import supply
from system import eventually

# Escaped for XML: what the device means is what a browser would run.
NAMES = {
    'script': '&lt;script&gt;alert(1)&lt;/script&gt;'
              '&lt;img src=x onerror=alert(1)&gt;',
    'attribute': '&quot; onmouseover=&quot;alert(1)&quot; x=&quot;\' &amp;lt;',
    'right-to-left': 'MFC \u202egnp.exe\u202d \u2066\u2067 \u05d0\u05d1 1',
    'wide': '\u6f22' * 42,
    'one-word': 'W' * 127,
    'marks': 'Z' + '\u0361\u0489' * 30,
}
SIZES = ((320, 640), (390, 844), (1280, 800))
RIGHTMOST = """
    Math.max(...[...document.querySelectorAll('body *')]
        .filter((e) => e.checkVisibility() &&
            getComputedStyle(e).display !== 'inline')
        .map((e) => e.getBoundingClientRect().right)) - innerWidth
"""


def judge(window, screen):
    """Nothing ran, nothing came, and the page holds together."""
    window.comes(screen)
    seen = window.call('seen')
    assert seen['said'] == [], seen['said']
    assert all(url.startswith(window.driver.base + '/')
               and not url.endswith('/x') for url in seen['asked'])
    assert window.look('document.querySelectorAll("main script, main '
                       '[onmouseover], main [onerror], main img[src=x]")'
                       '.length') == 0
    for width, height in SIZES:
        window.call('size', width=width, height=height)
        assert window.overflow() <= 0, (screen, width)
        assert window.look(RIGHTMOST) <= 1, (screen, width)
    # Whatever direction the name has, the page's own words keep theirs.
    assert window.look("getComputedStyle(document.querySelector('main'))"
                       ".direction") == 'ltr'


def loose(window, mark):
    """Where a name with this sign could turn the words beside it: those on
    its line, unless an element around it keeps its direction to itself."""
    found = window.look("""
        (() => {
            const walk = document.createTreeWalker(document.body,
                NodeFilter.SHOW_TEXT);
            const found = [];
            while (walk.nextNode()) {
                const name = walk.currentNode.data;
                let place = walk.currentNode.parentElement, kept = false;
                if (!name.includes(%s)) continue;
                for (;; place = place.parentElement) {
                    const style = getComputedStyle(place);
                    if (style.display !== 'inline') break;
                    if (/isolate|plaintext/.test(style.unicodeBidi))
                        kept = true;
                }
                found.push(kept || place.textContent.trim() === name.trim()
                    ? '' : place.outerHTML);
            }
            return found;
        })()""" % json.dumps(mark))
    return [place for place in found if place]


def look(chromium, browser, screen):
    with chromium.window() as window:
        window.resume(browser)
        window.go('/status')
        judge(window, screen)
        assert loose(window, '\u202e') == []


@pytest.mark.parametrize('kind', NAMES)
def test_a_name_is_only_text(system, chromium, kind):
    device = system.pending(model=NAMES[kind], serial='1\u202e&lt;b&gt;42')
    browser = system.browser()
    browser.pair(device)
    look(chromium, browser, 'operate-device')
    device.instruct('start')
    assert device.report(
        supply(50, index=1, colorant='&lt;script&gt;alert(2)&lt;/script&gt;'
               '\u202e', serial='&lt;i&gt;'),
        supply(4, index=2, colorant='\u6f22' * 21)).status == 200
    # Each step of an order is news, and moves the page on.
    assert eventually(lambda: b'data-order-state="delivered"'
                      in browser.see('/status').body)
    look(chromium, browser, 'status')
    browser.release()
    look(chromium, browser, 'released')


def test_names_in_the_list_of_others(system, chromium):
    browser = system.browser()
    for name in NAMES.values():
        device = system.pending(model=name)
        browser.pair(device)
        device.instruct('start')
    browser.pair(system.pending())
    look(chromium, browser, 'operate-device')
