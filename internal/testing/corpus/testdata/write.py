"""Writes texts and archives into the current folder."""
import bz2, csv, gzip, io, json, lzma, sqlite3, tarfile, zipfile

GREETING = 'Grüße, 世界 😀\n'
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="200"><rect width="9" height="9"/></svg>'
FRAGMENT = '<section><h1>Hello</h1></section>\n'
PAGE = '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Title</title></head><body><h1>Hello</h1></body></html>\n'
XHTML = '<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Title</title></head><body><h1>Hello</h1></body></html>\n'


def write(name, text, encoding='utf-8'):
    with open(name, 'w', encoding=encoding, newline='') as f:
        f.write(text)


write('ad.txt', GREETING)
write('windows.txt', 'first\r\nsecond\r\n')
write('classic-mac.txt', 'first\rsecond\r')
write('mark.txt', 'Hello\n', 'utf-8-sig')
write('rtl.txt', 'שלום, עולם!\n')
write('thai.txt', 'สวัสดีชาวโลก\n')
write('escapes.txt', '\x1b[1mbold\x1b[0m\n')
write('long.txt', ''.join(f'line {n}\n' for n in range(1, 60_000)))
write('ad.md', '# Hello\n\nworld\n')
write('mark.md', '# Hello\n', 'utf-8-sig')
write('front-matter.md', '---\ntitle: Spring\n---\n\n# Hello\n')
write('table.md', '| Channel | Reach |\n|---|--:|\n| Mail | 12 |\n')
write('windows.markdown', '# Hello\r\n\r\nworld\r\n')
write('ad.html', FRAGMENT)
write('page.htm', PAGE)
write('mark.html', PAGE, 'utf-8-sig')
write('post.html', FRAGMENT)
write('deck.html', PAGE)
write('deck.xhtml', XHTML)
write('lines.json', '{"headline": "Hello"}\n{"headline": "Bye"}\n')
write('ad.json', json.dumps({'headline': 'Hello', 'price': 1.5}))
write('mark.json', json.dumps({'headline': 'Grüße'}, ensure_ascii=False, indent=2), 'utf-8-sig')
write('list.json', json.dumps(['a', None, True]))
write('drawing.svg', '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n' + SVG)
write('entity.svg', '<!DOCTYPE svg [<!ENTITY ns "http://www.w3.org/2000/svg">]>\n<svg xmlns="&ns;"/>')
write('commented.svg', '<!--' + 'made by hand ' * 2000 + '-->\n' + SVG)
write('wide-characters.svg', '<?xml version="1.0" encoding="UTF-16"?>\n' + SVG, 'utf-16')
write('data.xml', '<?xml version="1.0"?>\n<prices><price>1</price></prices>\n')
for name, delimiter in [('prices.csv', ','), ('prices.tsv', '\t')]:
    with open(name, 'w', newline='') as f:
        csv.writer(f, delimiter=delimiter).writerows([['channel', 'reach'], ['mail', 12]])

write('latin1.txt', 'Grüße\n', 'latin-1')
write('utf16le.txt', '\ufeff' + GREETING, 'utf-16-le')
write('utf16be.txt', '\ufeff' + GREETING, 'utf-16-be')
write('utf32.txt', GREETING, 'utf-32')
write('nul.txt', 'Hello\0world\n')
write('utf16.json', json.dumps({'headline': 'Hello'}), 'utf-16')
write('utf16.html', PAGE, 'utf-16')
with gzip.open('drawing.svgz', 'wb') as f:
    f.write(SVG.encode())

picture = open('quarters.png', 'rb').read()


class Unseekable(io.RawIOBase):
    """A pipe, into which an archive is written with its sizes behind the data."""

    def __init__(self, f):
        self.f = f

    def writable(self):
        return True

    def write(self, data):
        return self.f.write(data)


def archive(name, parts, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(name, 'w', compression) as z:
        for part, data in parts:
            stored = zipfile.ZIP_STORED if part == 'mimetype' else compression
            z.writestr(part, data, stored)


archive('deflated.zip', [('quarters.png', picture)])
archive('empty.zip', [])
archive('pictures.pptx', [('quarters.png', picture)])
with open('streamed.zip', 'wb') as f:
    archive(Unseekable(f), [('quarters.png', picture)])
for name, mode in [('pictures.tar', 'w'), ('pictures.tar.gz', 'w:gz'), ('pictures.tar.bz2', 'w:bz2'), ('pictures.tar.xz', 'w:xz')]:
    with tarfile.open(name, mode) as t:
        t.add('quarters.png')



def pdf(name, objects):
    data, places = b'%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', []
    for number, text in enumerate(objects, 1):
        places.append(len(data))
        data += f'{number} 0 obj{text}endobj\n'.encode()
    table = ''.join(f'{place:010d} 00000 n \n' for place in places)
    end = f'xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}trailer<</Size {len(places) + 1}/Root 1 0 R>>\nstartxref\n{len(data)}\n%%EOF\n'
    with open(name, 'wb') as f:
        f.write(data + end.encode())


pdf('minimal.pdf', ['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[3 0 R]/Count 1>>', '<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]>>'])

OPEN = 'application/vnd.openxmlformats-officedocument.'
DOCUMENT = 'application/vnd.oasis.opendocument.'


def office(name, part, main):
    types = f'<?xml version="1.0"?>\n<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/{part}" ContentType="{main}.main+xml"/></Types>'
    archive(name, [('docProps/thumbnail.png', picture), (part, '<x/>'), ('[Content_Types].xml', types)])


office('minimal.pptx', 'ppt/presentation.xml', OPEN + 'presentationml.presentation')
office('show.ppsx', 'ppt/presentation.xml', OPEN + 'presentationml.slideshow')
office('template.potx', 'ppt/presentation.xml', OPEN + 'presentationml.template')
office('macros.pptm', 'ppt/presentation.xml', 'application/vnd.ms-powerpoint.presentation.macroEnabled')
office('document.docx', 'word/document.xml', OPEN + 'wordprocessingml.document')
archive('minimal.odp', [('mimetype', DOCUMENT + 'presentation'), ('content.xml', '<x/>')])
archive('sums.ods', [('mimetype', DOCUMENT + 'spreadsheet'), ('content.xml', '<x/>')])
archive('book.epub', [('mimetype', 'application/epub+zip'), ('META-INF/container.xml', '<x/>')])

with sqlite3.connect('data.sqlite') as database:
    database.execute('CREATE TABLE prices (channel TEXT, reach INTEGER)')
