import { saveFile } from './save-file';

/** One cell (RFC 4180). What a spreadsheet would take for a formula is taken for text. */
function cell(value: string | number): string {
  const text =
    typeof value === 'number' ? String(value) : /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A table as CSV in UTF-8, with the mark by which spreadsheets know it. */
export function csv(rows: readonly (readonly (string | number)[])[]): string {
  return `\uFEFF${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** Gives a table to the person as a file. */
export function download(name: string, rows: readonly (readonly (string | number)[])[]): void {
  const file = new Blob([csv(rows)], { type: 'text/csv;charset=utf-8' });
  saveFile(`${name.replace(/[\\/:*?"<>|\s]+/g, '-')}.csv`, file);
}
