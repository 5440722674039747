import { inflateRawSync } from 'node:zlib';

/** A part of a ZIP archive, by its central directory. */
function part(archive: Buffer, name: string): string {
  let at = archive.readUInt32LE(archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1')) + 16);
  while (archive.readUInt32LE(at) === 0x02014b50) {
    const [size, length] = [archive.readUInt32LE(at + 20), archive.readUInt16LE(at + 28)];
    const [extra, comment] = [archive.readUInt16LE(at + 30), archive.readUInt16LE(at + 32)];
    if (archive.toString('utf8', at + 46, at + 46 + length) === name) {
      const local = archive.readUInt32LE(at + 42);
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      return inflateRawSync(archive.subarray(start, start + size)).toString('utf8');
    }
    at += 46 + length + extra + comment;
  }
  throw new Error(`${name} is not in the archive`);
}

/** The rows of the first sheet of a workbook, as texts; a number, so a date, as it is written. */
export function rowsOf(workbook: Buffer): string[][] {
  const sheet = part(workbook, 'xl/worksheets/sheet1.xml');
  const plain = (text: string) =>
    text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  return [...sheet.matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map(([, row]) =>
    [...(row ?? '').matchAll(/<c [^>]*>(?:<is><t[^>]*>(.*?)<\/t><\/is>|<v>(.*?)<\/v>)<\/c>/gs)].map(([, text, value]) =>
      plain(text ?? value ?? ''),
    ),
  );
}
