/**
 * The evaluation of answers, as `crates/forms` does it: the two are held equal by `vectors.jsonl` and by 100,000 generated pairs of form and
 * answers (`./cast test portal`). The platform decides; this is so that a person sees at once what it will say.
 */
import { holds, ordered, textOf } from './condition';
import { fieldsOf, type Answers, type Choice, type Definition, type Field, type Json } from './definition';
import { day, dayText, decimal, isPersonNumber, millionths, whole } from './numbers';
import { address, deceives, lengthOf, line, number, paragraphs, showsNothing } from './text';

export type Code =
  | 'missing'
  | 'wrongType'
  | 'unknownKey'
  | 'unreadable'
  | 'noSuchOption'
  | 'repeated'
  | 'tooShort'
  | 'tooLong'
  | 'tooSmall'
  | 'tooLarge'
  | 'tooEarly'
  | 'tooLate'
  | 'tooFew'
  | 'tooMany'
  | 'notADay'
  | 'reversed'
  | 'badNumber';

export interface Finding {
  path: string;
  code: Code;
  limit: string;
}

export interface Bound {
  personName?: string | undefined;
  personNumber?: string | undefined;
  workplace?: string | undefined;
}

export interface Evaluation {
  shown: string[];
  answers: Answers;
  dropped: string[];
  found: Finding[];
}

const OTHER = 'other';
const OTHER_LENGTH = 200;

type Found = Finding[];
/** Says what is wrong; the answer counts as missing. */
function say(found: Found, path: string, code: Code, limit = ''): Json | undefined {
  found.push({ path, code, limit });
  return undefined;
}
const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const has = (choices: Choice[] | undefined, key: string) => choices?.some((choice) => choice.key === key) ?? false;
/** What stands in the object itself, not what every object inherits. */
const own = (object: Record<string, Json>, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;

/** There is no answer. */
export const isNone = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0);

function plain(reading: (typed: string) => string, typed: string, path: string, found: Found): Json | undefined {
  if (showsNothing(typed)) return undefined;
  if (deceives(typed)) return say(found, path, 'unreadable');
  return reading(typed) || undefined;
}

function coded(read: string, is: (text: string) => boolean, path: string, found: Found): Json | undefined {
  if (!read) return undefined;
  return is(read) ? read : say(found, path, 'badNumber');
}

/** Letters of ASCII alone, as the platform does. */
const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const isId = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

function choice(field: Field, value: Json, path: string, found: Found): Json | undefined {
  if (typeof value === 'string') return has(field.options, value) ? value : say(found, path, 'noSuchOption');
  if (field.other && isObject(value) && Object.keys(value).length === 1) {
    const typed = own(value, OTHER);
    if (typeof typed !== 'string') return say(found, path, 'wrongType');
    const at = `${path}.${OTHER}`;
    const before = found.length;
    const words = plain(line, typed, at, found);
    if (words === undefined) return found.length === before ? say(found, at, 'missing') : undefined;
    if (typeof words === 'string' && lengthOf(words) > OTHER_LENGTH)
      return say(found, at, 'tooLong', String(OTHER_LENGTH));
    return { other: words };
  }
  return say(found, path, 'wrongType');
}

function several(field: Field, chosen: Json[], path: string, found: Found): Json | undefined {
  const before = found.length;
  const read: Json[] = [];
  for (const [at, value] of chosen.entries()) {
    const one = choice(field, value, `${path}[${String(at)}]`, found);
    if (one === undefined) continue;
    if (read.some((earlier) => textOf(earlier) === textOf(one))) return say(found, path, 'repeated');
    read.push(one);
  }
  return found.length === before ? read : undefined;
}

function files(uploads: Json[], path: string, found: Found): Json | undefined {
  const before = found.length;
  const read: Json[] = [];
  for (const [at, value] of uploads.entries()) {
    const place = `${path}[${String(at)}]`;
    if (typeof value !== 'string') {
      say(found, place, 'wrongType');
      continue;
    }
    const one = coded(lower(value), isId, place, found);
    if (one === undefined) continue;
    if (read.includes(one)) return say(found, path, 'repeated');
    read.push(one);
  }
  return found.length === before && read.length > 0 ? read : undefined;
}

function matrix(field: Field, rows: Record<string, Json>, path: string, found: Found): Json | undefined {
  const before = found.length;
  const read: Record<string, Json> = {};
  for (const [row, column] of Object.entries(rows)) {
    const at = `${path}.${row}`;
    if (!has(field.rows, row)) say(found, at, 'unknownKey');
    else if (isNone(column)) continue;
    else if (typeof column !== 'string') say(found, at, 'wrongType');
    else if (has(field.options, column)) read[row] = column;
    else say(found, at, 'noSuchOption');
  }
  if (field.required && Object.keys(read).length > 0) {
    for (const row of field.rows ?? []) {
      const at = `${path}.${row.key}`;
      if (!Object.hasOwn(read, row.key) && !found.slice(before).some((finding) => finding.path === at))
        say(found, at, 'missing');
    }
  }
  return found.length === before && Object.keys(read).length > 0 ? read : undefined;
}

function period(value: Record<string, Json>, path: string, found: Found): Json | undefined {
  const before = found.length;
  if (Object.keys(value).some((key) => key !== 'from' && key !== 'to')) return say(found, path, 'wrongType');
  const end = (name: string) => {
    const typed = own(value, name);
    if (isNone(typed)) return undefined;
    const known = typeof typed === 'string' ? day(typed) : undefined;
    if (known === undefined) say(found, `${path}.${name}`, 'notADay');
    return known;
  };
  const from = end('from');
  const to = end('to');
  if (found.length > before) return undefined;
  if (from === undefined) return to === undefined ? undefined : say(found, `${path}.from`, 'missing');
  if (to === undefined) return { from: dayText(from) };
  return to < from ? say(found, path, 'reversed') : { from: dayText(from), to: dayText(to) };
}

function table(field: Field, rows: Json[], path: string, found: Found): Json | undefined {
  const before = found.length;
  const columns = field.columns ?? [];
  const read: Json[] = [];
  for (const [index, row] of rows.entries()) {
    const at = `${path}[${String(index)}]`;
    if (!isObject(row)) {
      say(found, at, 'wrongType');
      continue;
    }
    const beforeRow = found.length;
    const cells: Record<string, Json> = {};
    const missing: Found = [];
    for (const column of columns) {
      const place = `${at}.${column.key}`;
      const beforeCell = found.length;
      const cell = readAnswer(column, own(row, column.key), place, found);
      if (cell !== undefined) cells[column.key] = cell;
      else if (found.length === beforeCell && column.required) say(missing, place, 'missing');
    }
    for (const key of Object.keys(row))
      if (!columns.some((column) => column.key === key)) say(found, `${at}.${key}`, 'unknownKey');
    if (Object.keys(cells).length === 0 && found.length === beforeRow) continue;
    found.push(...missing);
    read.push(cells);
  }
  return found.length === before && read.length > 0 ? read : undefined;
}

/** The limits of a field, as numbers; what is limited is told by `measure`. */
export function limitsOf(field: Field): [number, number] | undefined {
  const options = (field.options?.length ?? 0) + (field.other ? 1 : 0);
  const usual: Partial<Record<Field['type'], [number, number]>> = {
    text: [0, 200],
    paragraphs: [0, 2000],
    integer: [-999_999_999, 999_999_999],
    scale: [-999_999_999, 999_999_999],
    money: [0, 10_000_000_000_000],
    decimal: [-999_999_999_999_999, 999_999_999_999_999],
    date: [10_101, 99_991_231],
    multiple: [0, options],
    ranking: [options, options],
    file: [0, 5],
    table: [0, 20],
  };
  const range = usual[field.type];
  if (!range) return undefined;
  const limit = (given: number | string | undefined) => {
    if (given === undefined) return undefined;
    if (field.type === 'decimal' || field.type === 'date') return ordered(field, given);
    return whole(given);
  };
  const min = limit(field.min) ?? range[0];
  return [min, limit(field.max) ?? Math.max(range[1], min)];
}

function measure(field: Field, value: Json): number | undefined {
  if (typeof value === 'string' && (field.type === 'text' || field.type === 'paragraphs')) return lengthOf(value);
  if (Array.isArray(value)) return value.length;
  return ordered(field, value);
}

function shownLimit(field: Field, limit: number): string {
  if (field.type === 'decimal') return decimal(limit);
  if (field.type === 'date') return dayText(limit);
  // Fen as yuan.
  if (field.type === 'money') return String(limit / 100);
  return String(limit);
}

function limited(field: Field, value: Json, path: string, found: Found): Json | undefined {
  const limits = limitsOf(field);
  const size = limits && measure(field, value);
  if (!limits || size === undefined) return value;
  const [min, max] = limits;
  const [below, above]: [Code, Code] =
    field.type === 'text' || field.type === 'paragraphs'
      ? ['tooShort', 'tooLong']
      : Array.isArray(value)
        ? ['tooFew', 'tooMany']
        : field.type === 'date'
          ? ['tooEarly', 'tooLate']
          : ['tooSmall', 'tooLarge'];
  if (size < min) return say(found, path, below, shownLimit(field, min));
  if (size > max) return say(found, path, above, shownLimit(field, max));
  return value;
}

function typed(field: Field, value: Json, path: string, found: Found): Json | undefined {
  switch (field.type) {
    case 'text':
      if (typeof value === 'string') return plain(line, value, path, found);
      break;
    case 'paragraphs':
      if (typeof value === 'string') return plain(paragraphs, value, path, found);
      break;
    case 'integer':
    case 'scale':
    case 'money':
      return whole(value) ?? say(found, path, 'wrongType');
    case 'decimal': {
      if (typeof value !== 'string') break;
      const read = millionths(address(value));
      return read === undefined ? say(found, path, 'badNumber') : decimal(read);
    }
    case 'date':
      if (typeof value === 'string') return day(value) === undefined ? say(found, path, 'notADay') : value;
      break;
    case 'period':
      if (isObject(value)) return period(value, path, found);
      break;
    case 'single':
      return choice(field, value, path, found);
    case 'multiple':
    case 'ranking':
      if (Array.isArray(value)) return several(field, value, path, found);
      break;
    case 'matrix':
      if (isObject(value)) return matrix(field, value, path, found);
      break;
    case 'yesNo':
      if (typeof value === 'boolean') return value;
      break;
    case 'agree':
      if (typeof value === 'boolean') return value || undefined;
      break;
    case 'division':
      if (typeof value === 'string') return coded(number(value), (text) => /^\d{6}$/.test(text), path, found);
      break;
    case 'discipline':
      if (typeof value === 'string') return coded(number(value), (text) => /^\d{3}$/.test(text), path, found);
      break;
    case 'organisation':
      if (typeof value === 'string') return coded(lower(value), isId, path, found);
      break;
    case 'person':
      if (typeof value === 'string') return coded(number(value), isPersonNumber, path, found);
      break;
    case 'file':
      if (Array.isArray(value)) return files(value, path, found);
      break;
    case 'table':
      if (Array.isArray(value)) return table(field, value, path, found);
      break;
  }
  return say(found, path, 'wrongType');
}

/** One answer in normal form; `undefined` if there is none, or if it is wrong: then `found` says why. */
export function readAnswer(field: Field, value: Json | undefined, path: string, found: Found): Json | undefined {
  if (value === undefined || isNone(value)) return undefined;
  const read = typed(field, value, path, found);
  return read === undefined ? undefined : limited(field, read, path, found);
}

/** Evaluates answers to a form that the platform has checked. `today`: 20261129. */
export function evaluate(form: Definition, given: Answers, today: number, bound: Bound = {}): Evaluation {
  const fields = new Map<string, Field>();
  const read = new Map<string, Json>();
  const result: Evaluation = { shown: [], answers: {}, dropped: [], found: [] };
  const { found } = result;
  const held = (condition: Field['condition']) => !condition || holds(condition, fields, read, today);
  for (const section of form.pages.flatMap((page) => page.sections)) {
    const open = held(section.condition);
    for (const field of section.fields) {
      const value = own(given, field.key);
      const shown = open && held(field.condition);
      fields.set(field.key, field);
      if (!shown) {
        if (value !== undefined && value !== null) result.dropped.push(field.key);
        continue;
      }
      result.shown.push(field.key);
      const before = found.length;
      const answer = field.binding ? bound[field.binding] : readAnswer(field, value, field.key, found);
      if (answer !== undefined) read.set(field.key, answer);
      else if (field.required && found.length === before) say(found, field.key, 'missing');
    }
  }
  for (const key of Object.keys(given)) if (!fields.has(key)) say(found, key, 'unknownKey');
  result.answers = Object.fromEntries(read);
  return result;
}

/** The answers of another version that this one can take over, as they were typed, as the platform takes them over. */
export function carry(form: Definition, given: Answers): Answers {
  const fields = new Map(fieldsOf(form).map((field) => [field.key, field]));
  return Object.fromEntries(
    Object.entries(given).filter(([key, value]) => {
      const field = fields.get(key);
      return field && !field.binding && readAnswer(field, value, key, []) !== undefined;
    }),
  );
}
