"""Lighthouse on every screen of the running system, as a phone on a slow
line would have it. Once a screen, in English; the languages differ in words
alone, and axe-core, from which the accessibility score is made, sees all.
Lighthouse judges no page that comes with an error's status, so refused,
unavailable and not-found are axe-core's alone."""
import json
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
WANTED = {'performance': 99, 'accessibility': 100, 'best-practices': 100}
# One for each screen, and the forms that hold the most.
FORMS = ('enter-code', 'code-invalid', 'name-device', 'too-many-tries',
         'code-unknown', 'operate-device', 'status', 'released-user')


@pytest.mark.timeout(400)
def test_scores(system, stage):
    asked = [{'name': scene.name,
              'url': system.base + scene.path.format(language='en'),
              'jar': {name: value for name, (value, _)
                      in scene.browser.jar.items()}}
             for scene in stage if scene.name in FORMS]
    assert len(asked) == len(FORMS)
    done = subprocess.run(['node', str(HERE / 'lighthouse.js')],
                          input=json.dumps(asked), capture_output=True,
                          text=True, timeout=380)
    assert done.returncode == 0, done.stderr
    wrong = []
    for line in done.stdout.splitlines():
        print(line)
        said = json.loads(line)
        if any(said['scores'][name] < least
               for name, least in WANTED.items()):
            wrong.append(line)
    assert len(done.stdout.splitlines()) == len(FORMS)
    assert not wrong, '\n'.join(wrong)
