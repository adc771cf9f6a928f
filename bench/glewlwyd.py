"""glewlwyd, a peer: C, MariaDB, the device grant of OAuth 2. Durable, in the same MariaDB."""
import gzip
import http.cookiejar
import json
import secrets
import sys
import urllib.error
import urllib.request

import stage

TABLES = '/usr/share/doc/glewlwyd/database/init.mariadb.sql.gz'
FORM = 'client_id=bench&scope=bench'
PLUGIN = {
    'module': 'oauth2-glewlwyd', 'name': 'glwd', 'display_name': 'bench', 'order_rank': 0, 'readonly': False,
    'parameters': {
        'url': 'glwd', 'jwt-type': 'sha', 'jwt-key-size': '256', 'key': 'for a bench', 'access-token-duration': 3600,
        'refresh-token-duration': 1209600, 'code-duration': 600, 'refresh-token-rolling': False,
        'auth-type-code-enabled': True, 'auth-type-implicit-enabled': False, 'auth-type-password-enabled': False,
        'auth-type-client-enabled': False, 'auth-type-refresh-enabled': True, 'auth-type-device-enabled': True,
        'device-authorization-expiration': 3600, 'device-authorization-interval': 5, 'scope': []}}
# What its administrator does once, in a browser else.
STEPS = (
    ('POST', 'auth', {'username': 'admin', 'password': 'password'}),
    ('POST', 'scope/', {'name': 'bench', 'display_name': 'bench', 'description': 'bench', 'password_required': False,
                        'scheme': {}}),
    ('POST', 'mod/plugin/', PLUGIN),
    ('POST', 'client/', {'client_id': 'bench', 'name': 'bench', 'enabled': True, 'confidential': False,
                         'scope': ['bench'], 'authorization_type': ['device_authorization'],
                         'redirect_uri': ['http://127.0.0.1/']}),
    ('PUT', 'user/admin', {'username': 'admin', 'name': 'admin', 'enabled': True,
                           'scope': ['g_admin', 'g_profile', 'bench']}),
    ('PUT', 'auth/grant/bench', {'scope': 'bench'}))


def database_make():
    word = secrets.token_hex(16)
    stage.sql(f"""DROP DATABASE IF EXISTS glewlwyd; CREATE DATABASE glewlwyd CHARACTER SET utf8mb4;
        CREATE OR REPLACE USER glewlwyd@localhost IDENTIFIED BY '{word}';
        GRANT ALL ON glewlwyd.* TO glewlwyd@localhost""", database='mysql')
    with gzip.open(TABLES, 'rt', encoding='utf-8') as file:
        stage.sql(file.read(), database='glewlwyd')
    return word


def session_open(port):
    """Set it up; the cookie of a user who is signed in."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar))
    for method, path, body in STEPS:
        request = urllib.request.Request(f'http://127.0.0.1:{port}/api/{path}', json.dumps(body).encode(),
                                         {'Content-Type': 'application/json'}, method=method)
        try:
            opener.open(request, timeout=10).close()
        except urllib.error.HTTPError as error:
            sys.exit(f'bench: glewlwyd refused {path}: {error}')
    return '; '.join(f'{cookie.name}={cookie.value}' for cookie in jar)


def start():
    """Its port, its session, and the cookie of a user who is signed in."""
    port = stage.port_free()
    (stage.RUN / 'nothing').mkdir(exist_ok=True)
    conf = stage.fill_in('peers/glewlwyd.conf', stage.RUN / 'glewlwyd.conf', PORT=port, WORD=database_make())
    conf.chmod(0o600)
    # It knows no setting for the database's socket.
    session = stage.start('glewlwyd', ['glewlwyd', f'--config-file={conf}'], MYSQL_UNIX_PORT=f'{stage.RUN}/db.sock')
    stage.port_await(port)
    return port, session, session_open(port)


def authorized():
    return stage.number('SELECT COUNT(*) FROM gpg_device_authorization', database='glewlwyd')


def verified():
    return stage.number('SELECT COUNT(*) FROM gpg_device_authorization WHERE gpgda_status = 1', database='glewlwyd')
