"""What the system is measured beside on the same machine and the same MariaDB: echo, the straightforward program."""
import secrets

import stage


def database_make():
    """A database of its own for the straightforward program; the option file that reaches it."""
    word = secrets.token_hex(16)
    stage.sql(f"""DROP DATABASE IF EXISTS bench; CREATE DATABASE bench;
        CREATE OR REPLACE USER bench@localhost IDENTIFIED BY '{word}';
        GRANT SELECT, INSERT ON bench.* TO bench@localhost""", database='mysql')
    stage.sql((stage.HERE / 'reference.sql').read_text(), database='bench')
    path = stage.RUN / 'bench.cnf'
    path.write_text(f'[bench]\nuser = bench\npassword = {word}\ndatabase = bench\nsocket = {stage.RUN}/db.sock\n')
    path.chmod(0o600)
    return path


def stored():
    return stage.number('SELECT COUNT(*) FROM registration', database='bench')


def start():
    """The port of the web server, and the sessions of each process by name."""
    echo, reference = stage.BUILD / 'bench/echo', stage.BUILD / 'bench/reference'
    where = {'BENCH_DATABASE': str(database_make())}
    sessions = {
        'echo': stage.pool_start('echo', [echo], 8),
        'echo-kept': stage.pool_start('echo-kept', [echo], 64),
        'reference-8': stage.pool_start('reference-8', [reference], 8, **where),
        'reference-32': stage.pool_start('reference-32', [reference], 32, **where),
        'reference-kept': stage.pool_start('reference-kept', [reference], 64, **where),
    }
    port = stage.port_free()
    conf = stage.fill_in('nginx.conf', stage.RUN / 'beside.conf', PORT=port)
    sessions['nginx'] = {stage.start('beside', ['nginx', '-e', 'stderr', '-c', conf, '-g', 'daemon off;'])}
    stage.port_await(port)
    return port, sessions
