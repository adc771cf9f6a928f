"""Browsers of the terminal, each in a tmux of its own: keys in, text out."""
import os
import re
import subprocess
import tempfile

from system import eventually

SIZE = ('100', '60')


class Terminal:
    """What w3m and lynx have in common."""
    command = None
    keeps_typed = True

    def __init__(self, base):
        self.base = base
        self.folder = tempfile.TemporaryDirectory(prefix='tallystick-tmux-')
        self.environment = dict(os.environ, HOME=self.folder.name,
                                LANG='C.UTF-8', LC_ALL='C.UTF-8',
                                TMPDIR=self.folder.name)
        for name in ('TMUX', 'http_proxy', 'HTTP_PROXY'):
            self.environment.pop(name, None)

    def tmux(self, *arguments):
        return subprocess.run(
            ['tmux', '-S', self.folder.name + '/socket', '-f', '/dev/null',
             *arguments], env=self.environment, capture_output=True,
            text=True, timeout=20, check=True).stdout

    def start(self, path):
        self.tmux('new-session', '-d', '-x', SIZE[0], '-y', SIZE[1],
                  *self.command, self.base + path)

    def stop(self):
        try:
            self.tmux('kill-server')
        finally:
            self.folder.cleanup()

    def press(self, *keys):
        self.tmux('send-keys', *keys)

    def type(self, text):
        self.tmux('send-keys', '-l', text)

    @property
    def text(self):
        return self.tmux('capture-pane', '-p')

    @property
    def focus(self):
        """The row that the cursor is in, from the cursor on."""
        column, row = self.tmux('display-message', '-p',
                                '#{cursor_x} #{cursor_y}').split()
        rows = self.text.split('\n')
        return rows[int(row)][int(column):] if int(row) < len(rows) else ''

    def sees(self, text, limit_s=15):
        """Wait for words, wherever the lines break."""
        wanted = ' '.join(text.split())
        shown = eventually(
            lambda: wanted in ' '.join(self.text.split()), limit_s, 0.05)
        assert shown, '%r is not in:\n%s' % (text, self.text)

    def tab_to(self, pattern):
        """By keyboard alone, past whatever stands before it."""
        for _ in range(60):
            if re.match(pattern, self.focus):
                return
            before = self.place()
            self.press('Tab')
            eventually(lambda: self.place() != before, 1, 0.02)
        raise AssertionError('no Tab leads to %r in:\n%s' % (pattern,
                                                             self.text))

    def place(self):
        return self.tmux('display-message', '-p', '#{cursor_x} #{cursor_y}')

    def follow(self, label):
        self.tab_to(r'(\W|BUTTON)*' + re.escape(label))
        self.press('Enter')


class W3m(Terminal):
    command = ('w3m', '-cookie', '-o', 'confirm_qq=0')

    def enter(self, text, instead=''):
        """Into the field that holds something else so far."""
        self.tab_to(r'\[?' + (re.escape(instead) or ' {8}'))
        self.press('Enter')
        self.sees('TEXT:')
        self.press('C-u')
        self.type(text)
        self.press('Enter')


class Lynx(Terminal):
    command = ('lynx', '-accept_all_cookies', '-nopause', '-show_cursor=on')
    # It takes an address's query for a part of its path, and so leaves out
    # the cookie of /pair at /pair?after=.
    keeps_typed = False

    def enter(self, text, instead=''):
        """The same; there the cursor comes to what is already typed."""
        self.tab_to('(%s)?_{8}' % re.escape(instead))
        self.press('C-u')
        self.type(text)
        self.press('Tab')
