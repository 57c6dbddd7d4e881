// Writes the *.jsonl beside it anew: texts of the kinds that people write, each with what a reader that is not ours makes of it.
// npm install yaml cron-parser @js-temporal/polyfill, in a folder of its own, and there: node …/make.mjs
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const from = createRequire(join(process.cwd(), 'x.js'));
const YAML = from('yaml');
const { CronExpressionParser } = from('cron-parser');
const { Temporal } = from('@js-temporal/polyfill');
let seed = 17;
const random = () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const below = n => Math.floor(random() * n);
const one = list => list[below(list.length)];
const some = (most, make) => Array.from({ length: below(most + 1) }, make);
const write = (name, rows) => writeFileSync(join(dirname(fileURLToPath(import.meta.url)), name), rows.map(r => JSON.stringify(r) + '\n').join(''));
const unique = rows => [...new Map(rows.map(r => [r.text, r])).values()];

// Scalars without quotes, by YAML 1.2's core schema and by YAML 1.1.
const typed = value => value === null ? 'null' : typeof value === 'boolean' ? `bool ${value}` : typeof value === 'bigint' ? `number ${value}`
  : typeof value === 'number' ? `number ${value}` : typeof value === 'string' ? `text ${value}` : 'other';
const plain = (text, version) => {
  const found = YAML.parseDocument('a: ' + text, { version, schema: version === '1.1' ? 'yaml-1.1' : 'core', intAsBigInt: true });
  const node = found.errors.length ? null : found.get('a', true);
  return node?.type === 'PLAIN' && node.source === text ? typed(node.value) : null;
};
const scalars = ['yes', 'No', 'ON', 'off', 'y', 'N', 'true', 'True', 'TRUE', 'false', 'null', '~', 'Null', '12:30:45', '1:30', '190:20:30.15', '01234', '0o17',
  '0x1F', '0b101', '1_000', '1_000.5', '+12', '-12', '.5', '5.', '1e3', '1E+3', '-0', '0', '00', '007', '1.10', '.inf', '-.Inf', '.NaN', '2026-03-01', '2026-03-01T12:00:00Z',
  'yesterday', '1.2.3', '12e45678', '0x', '0xZZ', '08', '0.10', '-.5', '+.5e1', '1__0', '_1', '1_', '0o8', '1,000', '12:60', 'é', '１２'];
while (scalars.length < 500) scalars.push(some(6, () => one([...'0123456789012.+-eE_:xXobaF'])).join(''));
write('yaml-scalars.jsonl', unique(scalars.filter(s => s).map(text => ({ text, core: plain(text, '1.2'), old: plain(text, '1.1') })).filter(r => r.core !== null)));

// Documents in every style, some of them broken.
const tame = ['plan', 'seats', 'x1', 'a-b', 'é', '日本', 'no', '012', '1.5', 'a:b', 'c#d', 'it\'s', 'say "x"', 'q?'];
const word = () => one(below(12) ? tame : ['plan', 'a b', 'it\'s', '"x"', 'yes', '012', 'a: b', 'a #b', '#c', '- d', '[e', '{f}', '*g', '&h i', '!t', '%j', '@k', '`l`', '|m', '>', 'n,', ':', 'é ü', '日本', '🙂', '1.5', '-7', 'null', '~', 'a\tb', 'x:y', '? q']);
const words = () => Array.from({ length: 1 + below(3) }, word).join(' ');
const indents = pad => [pad + ' ', '\t' + pad, pad + '\t', pad.slice(2)].concat(Array(30).fill(pad));
const lines = (pad, make) => Array.from({ length: 1 + below(4) }, () => below(9) ? one(indents(pad)) + make() : '').join('\n');
const value = (depth, pad) => {
  switch (below(depth > 2 ? 7 : 9)) {
    case 0: return ' ' + words();
    case 1: return ` ${words()}\n${lines(pad + '  ', words)}`;
    case 2: return ` '${words().replaceAll('\'', '\'\'')}${one(['', '\n' + lines(pad + '  ', () => word().replaceAll('\'', '\'\''))])}'`;
    case 3: return ` "${words().replaceAll('"', '\\"')}${one(['', '\\n', '\\t', '\\u00e9', '\n' + lines(pad + '  ', () => word().replaceAll('"', '\\"')), '\\\n' + pad + '  x'])}"`;
    case 4: return ` ${one(['|', '>'])}${one(['', '-', '+', '2', '2-'])}${one(['', '', ' # note'])}\n${lines(pad + '  ', words)}`;
    case 5: return ` [${some(3, () => one(['a', '1', '"b"', '\'c\'', '[d]', '{e: f}', '~', 'a: b'])).join(one([', ', ',', ',\n' + pad + '   ']))}]${one(['', ' # note'])}`;
    case 6: return ` {${some(3, (_, i) => `k${i}: ${one(['a', '1', '"b"', '\'c\'', '[d]', 'null', ''])}`).join(one([', ', ',\n' + pad + '   ']))}}`;
    case 7: { const at = pad + one(['', '  ']); return '\n' + Array.from({ length: 1 + below(3) }, () => `${at}-${value(3, at + '  ')}`).join('\n'); }
    default: return '\n' + map(depth + 1, pad + '  ');
  }
};
const map = (depth, pad) => Array.from({ length: 1 + below(3) }, (_, i) =>
  `${pad}${one([`key${i}`, `"q${i}"`, `'s${i}'`, `a b${i}`])}:${value(depth, pad)}${one(['', '', '', '\n', `\n${pad}# note`, ' # note'])}`).join('\n');
const document = () => {
  let text = one(['', '', '', '---\n', '# head\n', '%YAML 1.2\n---\n']) + map(0, '') + one([...Array(9).fill('\n'), '\n...\n', '', '\n---\nb: c\n']);
  if (below(4) === 0) {
    const at = below(text.length);
    text = text.slice(0, at) + one(['', '\t', ' ', '\n', '\n\t', ':', '"', '\'', '#', '- ', '\r\n', '}', ']', '&a ', '*a']) + text.slice(at + below(2));
  }
  return below(8) === 0 ? text.replaceAll('\n', '\r\n') : text;
};
write('yaml-documents.jsonl', unique(Array.from({ length: 500 }, document).map(text => {
  const read = YAML.parseDocument(text, { version: '1.2', schema: 'core', prettyErrors: true });
  try {
    return { text, value: read.errors.length ? undefined : read.toJS({ maxAliasCount: 10 }), wrong: read.errors[0]?.code };
  } catch {
    return { text };
  }
})));

// Cron lines, with the next times after one instant.
const field = (min, max, names) => {
  const number = () => names && below(4) === 0 ? one(names) : below(20) === 0 ? max + 1 : min + below(max - min + 1);
  const part = () => one([() => '*', number, () => `${number()}-${number()}`, () => `*/${1 + below(max + 2)}`, () => `${number()}-${number()}/${1 + below(9)}`, () => `${number()}/${1 + below(20)}`])();
  return below(3) === 0 ? '*' : one([part, part, () => `${part()},${part()}`])();
};
const months = ['JAN', 'feb', 'Mar', 'DEC'], days = ['SUN', 'mon', 'Fri', 'SAT'];
const now = '2026-02-26T11:22:33Z';
write('cron.jsonl', unique(Array.from({ length: 600 }, () => {
  const text = [...(below(2) ? [field(0, 59)] : []), field(0, 59), field(0, 23), field(1, 31), field(1, 12, months), field(0, 7, days)].join(' ');
  try {
    const times = CronExpressionParser.parse(text, { currentDate: now, tz: 'UTC' });
    return { text, next: [1, 2, 3].map(() => times.next().toDate().toISOString()) };
  } catch (e) {
    return { text, wrong: e.message };
  }
})));

// Times with an offset, as RFC 3339 writes them and as others do; the reference takes nine digits of a second.
const two = n => String(n).padStart(2, '0');
write('times.jsonl', unique(Array.from({ length: 500 }, () => {
  const text = `${one(['0001', '1969', '1970', '2024', '2026', '9998', '26'])}-${two(below(14))}-${two(below(33))}${one(['T', 'T', 't', ' ', '_', ''])}`
    + `${two(below(25))}:${two(below(61))}${one([':' + two(below(60)), ':' + two(below(60)), ''])}${one(['', '.', '.1', '.000000001', '.1234567', '.12345678', '.999999999', '.9999999999999', ',5'])}`
    + one(['Z', 'z', '+00:00', '-00:00', '+05:30', '-11:59', '+14:00', '+24:00', '+0530', '+05', ' UTC', '']);
  try {
    return { text, nanoseconds: String(Temporal.Instant.from(text.replace(/(\.\d{9})\d+/, '$1')).epochNanoseconds) };
  } catch {
    return { text };
  }
})));

// Characters that nobody sees, as ranges of code points.
const ranges = test => {
  const found = [];
  for (let code = 0; code <= 0x10ffff; code++)
    if (!(code >= 0xd800 && code <= 0xdfff) && test.test(String.fromCodePoint(code)))
      if (found.at(-1)?.[1] === code - 1) found.at(-1)[1] = code; else found.push([code, code]);
  return found;
};
write('unseen.jsonl', [
  { text: 'ends', ranges: ranges(/^[\p{White_Space}\p{Cc}\p{Cf}\p{Z}]$/u) },
  { text: 'blank', ranges: ranges(/^[\p{White_Space}\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]$/u) },
]);

// Texts of many scripts, with the ends of the characters that people see in them.
const pieces = ['a', 'Z', ' ', 'é', 'e\u0301', 'ü', 'ñ', '日', '本', '한', '\u1112\u1161\u11ab', 'क', 'क्ष', 'नि', 'தி', 'ไทย', 'กำ', 'שָׁ', 'لا', 'مُ', '🙂', '👍🏽', '👨‍👩‍👧‍👦', '🇩🇪', '🇫🇷', '❤️',
  '🏴\u{e0067}\u{e0062}\u{e007f}', '\r\n', 'x\u0323\u0307', '𝒳', '𠜎', '\u200d', '\u0301', '—', '…'];
const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });
write('graphemes.jsonl', unique(Array.from({ length: 400 }, () => {
  const text = Array.from({ length: 2 + below(12) }, () => one(pieces)).join('');
  return { text, ends: [...segmenter.segment(text)].map(s => s.index + s.segment.length) };
})));
