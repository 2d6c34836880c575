/** Enough for the directory of one file, and for the longest comment after it. */
const KEPT_BYTES = 131_072;

const END = Buffer.from('PK\u0005\u0006', 'latin1');
const ZIP64_LOCATOR = Buffer.from('PK\u0006\u0007', 'latin1');
const ZIP64_LOCATOR_BYTES = 20;
const ZIP64_END_BYTES = 56;
const ENTRY = Buffer.from('PK\u0001\u0002', 'latin1');
const ENTRY_BYTES = 46;

/**
 * Returns whether a file of an archive is neither a folder nor in `__MACOSX`, the folder of additional files that macOS
 * Finder creates.
 */
export const isOwnFile = (name: string): boolean => !name.endsWith('/') && !name.startsWith('__MACOSX/');

/**
 * The central directory of a zip archive, at its end. It has the checksum of each file, which the header before the file may
 * lack.
 *
 * @see APPNOTE.TXT 6.3.10, 4.3.12 to 4.3.16
 */
export class ZipDirectory {
  #end = Buffer.alloc(0);

  /** Keeps the end of an archive that is read in chunks. */
  add(chunk: Uint8Array): void {
    const joined = Buffer.concat([this.#end, chunk]);
    this.#end = Buffer.from(joined.subarray(-KEPT_BYTES));
  }

  /** Returns the CRC-32 of the only file of the archive; undefined if the directory is damaged, or there are more files. */
  findChecksum(): number | undefined {
    const own = this.#entries().filter(({ name }) => isOwnFile(name));
    return own.length === 1 ? own[0]?.checksum : undefined;
  }

  #entries(): { name: string; checksum: number }[] {
    const bytes = this.#end;
    const entries = [];
    let at = this.#start() ?? bytes.length;
    while (at + ENTRY_BYTES <= bytes.length && bytes.subarray(at, at + ENTRY.length).equals(ENTRY)) {
      const [nameBytes = 0, ...others] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
      const nameAt = at + ENTRY_BYTES;
      const name = bytes.subarray(nameAt, nameAt + nameBytes).toString('latin1');
      entries.push({ name, checksum: bytes.readUInt32LE(at + 16) });
      at = others.reduce((sum, length) => sum + length, nameAt + nameBytes);
    }
    return entries;
  }

  /** Returns where the directory starts. */
  #start(): number | undefined {
    const bytes = this.#end;
    const end = bytes.lastIndexOf(END);
    if (end < 0 || end + 16 > bytes.length) return undefined;
    const locator = end - ZIP64_LOCATOR_BYTES;
    const isZip64 =
      locator >= ZIP64_END_BYTES &&
      bytes.subarray(locator, locator + ZIP64_LOCATOR.length).equals(ZIP64_LOCATOR);
    const zip64End = locator - ZIP64_END_BYTES;
    const start = isZip64
      ? zip64End - Number(bytes.readBigUInt64LE(zip64End + 40))
      : end - bytes.readUInt32LE(end + 12);
    return start >= 0 ? start : undefined;
  }
}
