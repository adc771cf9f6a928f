"""oidc-provider, a peer: JavaScript, the device grant of OAuth 2. All in memory, so nothing it says is kept."""
import http.cookiejar
import json
import re
import urllib.request

import stage

FORM = 'client_id=bench&scope=openid'


def page_open(port):
    """The cookies and the form of a browser that types a code which a device was told."""
    jar = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(strict_ns_domain=0))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar))
    base = f'http://127.0.0.1:{port}/device'
    with opener.open(f'{base}/auth', FORM.encode(), timeout=10) as answer:
        code = json.load(answer)['user_code']
    with opener.open(base, timeout=10) as answer:
        word = re.search(r'name="xsrf" value="([^"]+)"', answer.read().decode()).group(1)
    return '; '.join(f'{cookie.name}={cookie.value}' for cookie in jar), f'xsrf={word}&user_code={code}'


def start():
    """Its port and its session."""
    port = stage.port_free()
    session = stage.start('oidc', ['node', stage.HERE / 'peers/oidc.mjs', stage.RUN / 'npm/node_modules', port],
                          NODE_ENV='production')
    stage.port_await(port)
    return port, session
