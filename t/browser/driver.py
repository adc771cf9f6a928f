"""Real browsers: a process of driver.js each, and the windows in them."""
import json
import os
import pathlib
import signal
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PHONE = (390, 844)
DESKTOP = (1280, 800)
SCREEN = "document.body !== null && document.readyState === 'complete' && " \
    'document.body.dataset.screen === %s'


class Driver:
    """A browser; one process serves all tests of a file."""

    def __init__(self, name, base, script=True):
        self.name = name
        self.base = base
        self.script = script
        self.folder = tempfile.TemporaryDirectory(prefix='tallystick-home-')
        self.process = subprocess.Popen(
            ['node', str(HERE / 'driver.js'), name]
            + ([] if script else ['no-script']),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True,
            env=dict(os.environ, HOME=self.folder.name))

    def call(self, call, window=None, **given):
        self.process.stdin.write(json.dumps(
            {'call': call, 'window': window, 'with': given}) + '\n')
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, '%s has ended' % self.name
        said = json.loads(line)
        assert 'error' not in said, '%s: %s' % (call, said['error'])
        return said['value']

    def window(self, size=PHONE, language='en'):
        return Window(self, self.call('open', language=language,
                                      width=size[0], height=size[1]))

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process.stdout.close()
        self.folder.cleanup()


class Window:
    def __init__(self, driver, number):
        self.driver = driver
        self.number = number

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.call('close')

    def call(self, call, **given):
        return self.driver.call(call, self.number, **given)

    # --- what a person does

    def go(self, path):
        self.call('go', url=self.driver.base + path)

    def press(self, *keys):
        self.call('press', keys=keys)

    def type(self, text):
        self.call('type', text=text)

    def tab_to(self, selector):
        """By keyboard alone; how many times Tab was pressed."""
        count = self.call('tab_to', selector=selector, limit=60)
        assert count is not None, 'no Tab leads to ' + selector
        return count

    def enter(self, selector, text):
        """Type in place of what stands in a field."""
        self.tab_to(selector)
        self.press('Control+a')
        self.type(text)

    def follow(self, selector):
        self.tab_to(selector)
        self.press('Enter')

    def resume(self, browser):
        """Be the browser that client.Browser was so far."""
        self.call('cookies', url=self.driver.base, jar={
            name: value for name, (value, _) in browser.jar.items()})

    # --- what the person sees

    def look(self, expression):
        return self.call('look', expression=expression)

    def wait(self, expression, limit_s=15):
        """Milliseconds until it was so; None after limit_s."""
        return self.call('wait', expression=expression,
                         limit_ms=limit_s * 1000)

    def comes(self, screen, limit_s=15):
        """Milliseconds until this screen is there."""
        waited = self.wait(SCREEN % json.dumps(screen), limit_s)
        assert waited is not None, '%s did not come, but %s' % (
            screen, self.screen)
        return waited

    @property
    def screen(self):
        return self.look("document.body.dataset.screen || 'none'")

    @property
    def url(self):
        return self.look('location.href')

    def data(self, name):
        return self.look('document.body.dataset[%s]' % json.dumps(name))

    def text(self, selector='main'):
        return self.look('document.querySelector(%s).innerText'
                         % json.dumps(selector))

    def value(self, selector):
        return self.look('document.querySelector(%s).value'
                         % json.dumps(selector))

    def there(self, selector):
        """Whether such an element is there and shown."""
        return self.look('[...document.querySelectorAll(%s)].some((found) =>'
                         ' found.checkVisibility())'
                         % json.dumps(selector))

    def overflow(self):
        """By how many pixels the page is wider than the window."""
        return self.look('document.documentElement.scrollWidth - '
                         'document.documentElement.clientWidth')

    def cut(self):
        """By how many pixels what is in the page goes beyond the window's
        sides, also where the style cuts it off there."""
        return self.look("""
            (() => {
                const all = document.createRange();
                all.selectNodeContents(document.body);
                const rects = [...all.getClientRects()];
                return Math.ceil(Math.max(0, ...rects.map((rect) =>
                    Math.max(rect.right - innerWidth, -rect.left))) - 1);
            })()""")
