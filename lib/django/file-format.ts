/** The command that writes a dump. */
const DUMPDATA = 'python manage.py dumpdata auth.user blog.post --output dump.json';
const AS_JSON = `Write a dump as JSON: ${DUMPDATA}`;

/** A problem and its remedy. @param file the file in a command of the remedy */
type Explanation = (file: string) => string;

/** Pipes, because a redirection to the file itself would empty it. */
const pipe = (command: string, file: string) => `${command} ${file} | npm run manage -- loaddata -`;
const decompressWith =
  (format: string, command: string): Explanation =>
  (file) =>
    `It is compressed by ${format}. Decompress it: ${pipe(command, file)}`;
const convertFrom = (encoding: string, file: string) => pipe(`iconv -f ${encoding} -t UTF-8`, file);
const utf32: Explanation = (file) => `It is UTF-32, not UTF-8. Convert it: ${convertFrom('UTF-32', file)}`;

/** The first bytes of other formats, as Latin-1, with the explanation of each. */
const SIGNATURES: readonly (readonly [string, Explanation])[] = [
  ['\xfd7zXZ\0', decompressWith('xz', 'xz -dc')],
  ['BZh', decompressWith('bzip2', 'bzip2 -dc')],
  ['\x28\xb5\x2f\xfd', decompressWith('zstd', 'zstd -dc')],
  ['7z\xbc\xaf\x27\x1c', () => 'It is a 7-Zip archive. Extract it, and load its files by name.'],
  ['Rar!', () => 'It is a RAR archive. Extract it, and load its files by name.'],
  ['PK\x05\x06', () => 'It is an empty zip archive.'],
  ['SQLite format 3\0', () => `It is an SQLite database. ${AS_JSON}`],
  ['PGDMP', () => `It is a dump of PostgreSQL. ${AS_JSON}`],
  ['\xff\xfe\0\0', utf32],
  ['\0\0\xfe\xff', utf32],
];
/** In PowerShell, `>` writes UTF-16. */
const utf16 = (encoding: string, file: string) =>
  `It is UTF-16, not UTF-8. Use --output of dumpdata instead of >, or convert it: ${convertFrom(encoding, file)}`;

/** The beginnings of other text formats, after white space, with the sentence for each. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/^<(?:!doctype html|html|head|body)\b/i, `It is an HTML page. ${AS_JSON}`],
  [/^<(?:\?xml|django-objects)/, `It is XML. ${AS_JSON}`],
  [/^(?:---\s+)?- (?:model|fields|pk):/, `It is YAML. ${AS_JSON}`],
  [
    /^(?:--|\/\*|(?:begin|pragma|create|insert|drop|set|start|use|copy)\s)/i,
    `It is an SQL script. ${AS_JSON}`,
  ],
];

const TAR_MARK_AT = 257;
/**
 * The beginning of a dump after other text, such as log lines. White space before a record does not span lines: from each line, a
 * search would read all empty lines again.
 */
const DUMP_IN_TEXT = /\[\s*\{\s*"(?:model|pk|fields)"|^[ \t]*\{\s*"(?:model|pk|fields)"/m;

/** The problem of a record whose bytes are not UTF-8. */
export const notUtf8 = (path: string | undefined): string =>
  `it is not UTF-8; if the file is Windows-1252, convert it: ${convertFrom('CP1252', shellWord(path))}`;
const NOT_AN_ARRAY = `A dump is a JSON array of records. ${AS_JSON}`;

/**
 * Names the format of a file that is not a dump, and the remedy, in one or two sentences. Returns undefined if it may be a
 * JSON array or JSON lines.
 *
 * @param head the beginning of the file, decompressed; all of it if it is shorter than a few kilobytes
 * @param path the file for the commands of the remedy; undefined for standard input
 */
export function describeOtherFormat(head: Buffer, path?: string): string | undefined {
  const file = shellWord(path);
  const bytes = head.toString('latin1');
  const signature = SIGNATURES.find(([start]) => bytes.startsWith(start));
  if (signature) return signature[1](file);
  if (bytes.startsWith('\xff\xfe') || bytes.startsWith('\xfe\xff')) return utf16('UTF-16', file);
  if (bytes.slice(TAR_MARK_AT).startsWith('ustar')) {
    return `It is a tar archive. Extract it, and load its files by name: tar -xf ${file}`;
  }
  if (/^\0[^\0]/.test(bytes)) return utf16('UTF-16BE', file);
  if (/^[^\0]\0/.test(bytes)) return utf16('UTF-16LE', file);
  return describeText(head.toString('utf8').replace(/^\ufeff/, ''), file);
}

function describeText(head: string, file: string): string | undefined {
  const text = head.replace(/^[ \t\r\n]+/, '');
  if (text === '') return `It is empty. ${AS_JSON}`;
  // A record, an empty array, or a value that is not a record. The reader reports the position of such a value.
  if (/^(?:\[\s*(?:[{\]"[]|$)|\{)/.test(text)) return undefined;
  if (/^\[\s*(?:null|true|false|NaN|-?Infinity|-?[\d.eE+]+)\s*[,\]]/.test(text)) return undefined;
  const known = TEXTS.find(([start]) => start.test(text));
  const found = DUMP_IN_TEXT.exec(head);
  if (found) {
    const line = head.slice(0, found.index + found[0].search(/[[{]/)).split('\n').length;
    return `Other text comes before the JSON, which begins in line ${line}. Use --output of dumpdata instead of >, or remove it: ${pipe(`tail -n +${line}`, file)}`;
  }
  if (known) return known[1];
  return isCsv(text) ? `It is CSV. ${AS_JSON}` : NOT_AN_ARRAY;
}

/** Returns whether the first two lines have the same number of separators. */
function isCsv(text: string): boolean {
  const [first = '', second = ''] = text.split(/\r?\n/, 2);
  return [',', ';', '\t'].some((separator) => {
    const columns = first.split(separator).length;
    return columns > 1 && second.split(separator).length === columns;
  });
}

/** Returns the path as one word of a POSIX shell. */
function shellWord(path = 'FILE'): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
