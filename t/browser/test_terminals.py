"""The whole story in w3m and lynx, by keyboard, as there is no other way."""
import html
import re

import pytest

from client import new_code, supply
from terminal import Lynx, W3m


class Words:
    """What the English screens say, read from the screens."""

    def __init__(self, system):
        self.folder = system.prefix / 'share' / 'tallystick' / 'www' / 'en'

    def title(self, screen):
        return self.find(screen, r'<title>(.*?)</title>')

    def button(self, screen, action):
        """Of the form that goes there."""
        return self.find(screen, r'<form[^>]*action="\.\./%s"(?:(?!</form>).)*'
                         r'<button[^>]*>(.*?)</button>' % action)

    def link(self, screen, to):
        return self.find(screen, r'<main>.*?<a [^>]*href="\.\./%s"[^>]*>(.*?)'
                         '</a>' % to)

    def find(self, screen, pattern):
        text = (self.folder / (screen + '.html')).read_text()
        found = re.search(pattern, text, re.DOTALL)
        assert found, (screen, pattern)
        return html.unescape(' '.join(re.sub(
            '<[^>]*>', '', found.group(1)).split()))


@pytest.fixture
def words(system):
    return Words(system)


@pytest.fixture(params=[W3m, Lynx], ids=['w3m', 'lynx'])
def terminal(request, system):
    terminal = request.param(system.base)
    yield terminal
    terminal.stop()


def pair(terminal, words, code):
    terminal.sees(words.title('enter-code'))
    terminal.enter(code)
    terminal.follow(words.button('enter-code', 'pair'))


def test_the_whole_story(terminal, words, device):
    terminal.start('/')
    pair(terminal, words, device.code.lower())
    terminal.sees(words.title('operate-device'))
    terminal.sees(device.device_id[-4:])
    assert device.instruct('start').status == 200
    assert device.report(supply(63), supply(7, index=2)).status == 200
    terminal.follow(words.link('operate-device', 'status'))
    terminal.sees(words.title('status'))
    terminal.sees('63')
    terminal.follow(words.button('status', 'status'))
    terminal.sees(words.title('released'))
    assert device.connect(0).status == 410


def test_the_mistake_is_there_to_be_corrected(terminal, words, device):
    terminal.start('/pair')
    pair(terminal, words, 'ABCD-FGH?')
    terminal.sees(words.title('code-invalid'))
    typed = 'ABCD-FGH?' if terminal.keeps_typed else ''
    terminal.sees(typed)
    terminal.enter(device.code, instead=typed)
    terminal.follow(words.button('code-invalid', 'pair'))
    terminal.sees(words.title('operate-device'))


def test_the_code_first(terminal, words, system):
    device = system.device(code=new_code())
    terminal.start('/pair')
    pair(terminal, words, device.code)
    terminal.sees(words.title('code-unknown'))
    device.register()
    terminal.follow(words.link('code-unknown', 'status'))
    terminal.sees(words.title('operate-device'))
