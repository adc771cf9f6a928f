"""QR codes read back by a decoder that is not ours: zbarimg."""
import re
import shutil
import struct
import subprocess

import pytest

# A line of the terminal's: its half blocks between two colours.
LINE = re.compile('\x1b\\[[0-9;]+m([█▀▄ ]+)\x1b\\[0m')
HALVES = {'█': (1, 1), '▀': (1, 0), '▄': (0, 1), ' ': (0, 0)}
DPI = 203  # of a usual label printer: 8 dots a millimetre


def need(*tools):
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(tool + ' is not installed')


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True,
                          timeout=60)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout.decode()


def decode(image):
    """What the one QR code of an image says."""
    need('zbarimg')
    text = run('zbarimg', '-q', '--raw', '-Sdisable', '-Sqrcode.enable',
               image)
    assert text.count('\n') == 1, text
    return text.rstrip('\n')


def of_svg(path):
    need('rsvg-convert')
    image = path.with_suffix('.png')
    run('rsvg-convert', '-d', DPI, '-p', DPI, '-o', image, path)
    return decode(image)


def of_pdf(path):
    need('pdftoppm')
    base = path.with_suffix('')
    run('pdftoppm', '-r', DPI, '-png', '-singlefile', path, base)
    return decode(base.with_suffix('.png'))


def of_raster(path):
    """PWG 5102.4: a head of 1796 bytes, then lines, packed."""
    data = path.read_bytes()
    assert data[:4] == b'RaS2' and data[4:13] == b'PwgRaster'
    width, height, _, _, bits, line_bytes = struct.unpack('>6I',
                                                          data[376:400])
    size, at, lines = bits // 8, 1800, []
    assert line_bytes == width * size
    while at < len(data):
        count, at, line = data[at] + 1, at + 1, b''
        while len(line) < line_bytes:
            code, at = data[at], at + 1
            if code == 128:
                line = line.ljust(line_bytes, b'\xff')
            elif code < 128:
                line += data[at:at + size] * (code + 1)
                at += size
            else:
                line += data[at:at + size * (257 - code)]
                at += size * (257 - code)
        lines += [line] * count
    assert len(lines) == height
    image = path.with_suffix('.pnm')
    image.write_bytes(b'P%d %d %d 255\n' % (5 if size == 1 else 6, width,
                                           height) + b''.join(lines))
    return decode(image)


def modules(text):
    """What a terminal shows: rows of modules, True where it is light."""
    rows = []
    for line in LINE.findall(text):
        for half in (0, 1):
            rows.append([bool(HALVES[block][half]) for block in line])
    return rows[:len(rows[0])] if rows else []


def of_terminal(text, folder):
    rows = modules(text)
    image = folder / 'terminal.pgm'
    lines = [b''.join(b'\xff' * 6 if light else b'\0' * 6 for light in row)
             for row in rows]
    image.write_bytes(b'P5 %d %d 255\n' % (len(rows[0]) * 6, len(rows) * 6)
                      + b''.join(line * 6 for line in lines))
    return decode(image)
