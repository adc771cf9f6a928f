"""HTML that a validator accepts: every screen as it was built, and as the
programs fill it."""
import json
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent


def faults(pages, *words):
    done = subprocess.run(['node', str(HERE / 'markup.js'), *words],
                          input=json.dumps(pages), capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_validator_sees_what_is_wrong():
    assert faults({'page': '<!DOCTYPE html><html lang="en"><head><title>x'
                   '</title></head><body><p><div id="a"></div></p><i id="a">'
                   '</i></body></html>'})


def test_built_screens(system):
    www = system.prefix / 'share' / 'tallystick' / 'www'
    # problem/ is XML under the names that lighttpd looks for.
    pages = {str(path.relative_to(www)): path.read_text()
             for path in www.rglob('*.html')
             if path.relative_to(www).parts[0] != 'problem'}
    assert len(pages) >= 10
    said = faults(pages, 'forms')
    assert not said, '\n'.join(said)


def test_filled_screens(stage):
    pages = {}
    for scene in stage:
        page = scene.browser.see(scene.path.format(language='en'))
        pages[scene.name] = page.body.decode()
    said = faults(pages)
    assert not said, '\n'.join(said)
    # Nothing is left of what tells the programs where to fill in.
    for name, text in pages.items():
        if not scene_is_static(text):
            assert not re.search(r'\sdata-(if|unless|each|text|value)=',
                                 text), name


def scene_is_static(text):
    return re.search(r'data-screen="(code-invalid|name-device|'
                     r'too-many-tries)"', text)


@pytest.mark.parametrize('limit', [30 * 1024])
def test_a_screen_is_small(stage, limit):
    """With its style, script and pictures, each counted once."""
    sizes = {}
    for scene in stage:
        page = scene.browser.see(scene.path.format(language='en'))
        parts = set(re.findall(r'(?:href|src)="(?:\.\./)*([\w./-]+\.(?:css|js'
                               r'|svg|png|webp))"', page.body.decode()))
        sizes[scene.name] = len(page.body) + sum(
            len(scene.browser.get('/' + part).body) for part in parts)
    assert max(sizes.values()) <= limit, sizes
