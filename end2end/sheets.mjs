// Workbooks (.xlsx) as a spreadsheet program writes and reads them: one sheet, text and numbers.
import { readFileSync, writeFileSync } from 'node:fs';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/** Writes rows of cells; nothing stands for an empty one. */
export function writeWorkbook(file, rows) {
  const relation = (type, target) =>
    `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="r1" Type="${OFFICE}/${type}" Target="${target}"/></Relationships>`;
  const type = (kind) => `application/vnd.openxmlformats-officedocument.spreadsheetml.${kind}+xml`;
  const cell = (value, at) => {
    if (value === undefined || value === null || value === '') return '';
    if (typeof value === 'number') return `<c r="${at}"><v>${value}</v></c>`;
    return `<c r="${at}" t="inlineStr"><is><t xml:space="preserve">${escaped(value)}</t></is></c>`;
  };
  const lines = rows.map((cells, n) => `<row r="${n + 1}">${cells.map((value, m) => cell(value, `${letters(m)}${n + 1}`)).join('')}</row>`);
  writeFileSync(file, zip({
    '[Content_Types].xml': `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${type('sheet.main')}"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${type('worksheet')}"/></Types>`,
    '_rels/.rels': relation('officeDocument', 'xl/workbook.xml'),
    'xl/workbook.xml': `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relation('worksheet', 'worksheets/sheet1.xml'),
    'xl/worksheets/sheet1.xml': `${HEAD}<worksheet xmlns="${MAIN}"><sheetData>${lines.join('')}</sheetData></worksheet>`,
  }));
}

/** The rows of the first sheet; the first one has the number 1 in a spreadsheet program. */
export function readWorkbook(file) {
  const parts = unzip(readFileSync(file));
  const text = (name) => parts.get(name)?.().toString('utf8') ?? '';
  const words = (xml) => [...xml.matchAll(/<t(?: [^>]*)?>([\s\S]*?)<\/t>/g)].map(([, word]) => plain(word)).join('');
  const shared = [...text('xl/sharedStrings.xml').matchAll(/<si>([\s\S]*?)<\/si>/g)].map(([, xml]) => words(xml));
  const rows = [];
  for (const [, attributes, inside] of text('xl/worksheets/sheet1.xml').matchAll(/<c ([^>]*?)(?:\/>|>([\s\S]*?)<\/c>)/g)) {
    const [, column, row] = /r="([A-Z]+)(\d+)"/.exec(attributes);
    const kind = /t="(\w+)"/.exec(attributes)?.[1];
    const value = /<v>([\s\S]*?)<\/v>/.exec(inside ?? '')?.[1];
    const read = { s: () => shared[Number(value)], inlineStr: () => words(inside), str: () => plain(value ?? '') }[kind];
    (rows[Number(row) - 1] ??= [])[number(column)] = read ? read() : value && Number(value);
  }
  return rows;
}

const letters = (n) => (n < 26 ? '' : letters(Math.floor(n / 26) - 1)) + String.fromCharCode(65 + (n % 26));
const number = (column) => [...column].reduce((n, letter) => n * 26 + letter.charCodeAt(0) - 64, 0) - 1;
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => ENTITIES[sign]);
const plain = (xml) => Object.entries(ENTITIES).reverse().reduce((text, [sign, entity]) => text.replaceAll(entity, sign), xml);

/** An archive of parts, packed. */
function zip(parts) {
  const [files, entries] = [[], []];
  let at = 0;
  for (const [name, text] of Object.entries(parts)) {
    const [path, data] = [Buffer.from(name), Buffer.from(text)];
    const packed = deflateRawSync(data);
    const both = Buffer.alloc(26);
    both.writeUInt16LE(20, 0);
    both.writeUInt16LE(0x0800, 2); // the name is UTF-8
    both.writeUInt16LE(8, 4); // deflate
    both.writeUInt32LE(0x00210000, 6); // the first day of 1980
    both.writeUInt32LE(crc32(data), 10);
    both.writeUInt32LE(packed.length, 14);
    both.writeUInt32LE(data.length, 18);
    both.writeUInt16LE(path.length, 22);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(20, 4);
    both.copy(entry, 6);
    entry.writeUInt32LE(at, 42);
    entries.push(entry, path);
    const file = [Buffer.from('PK\x03\x04', 'latin1'), both, path, packed];
    files.push(...file);
    at += file.reduce((sum, part) => sum + part.length, 0);
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length / 2, 8);
  end.writeUInt16LE(entries.length / 2, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...files, directory, end]);
}

/** The parts of an archive, each unpacked when it is asked for. */
function unzip(bytes) {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new Error('no archive');
  const parts = new Map();
  let at = bytes.readUInt32LE(end + 16);
  for (let n = bytes.readUInt16LE(end + 10); n > 0; n -= 1) {
    const [method, packed] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)];
    const [name, extra, remark] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    const from = bytes.readUInt32LE(at + 42);
    const data = from + 30 + bytes.readUInt16LE(from + 26) + bytes.readUInt16LE(from + 28);
    const raw = bytes.subarray(data, data + packed);
    parts.set(bytes.toString('utf8', at + 46, at + 46 + name), () => (method === 8 ? inflateRawSync(raw) : raw));
    at += 46 + name + extra + remark;
  }
  return parts;
}

const CRC = Int32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(data) {
  let value = -1;
  for (const byte of data) value = CRC[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ -1) >>> 0;
}
