const MAX_INTEGER_DIGITS = 4300;

/** A number in a JSON text, as Python reads and writes it. */
export class JsonNumber {
  readonly kind: 'int' | 'float';
  /** The result of Python's `str`: all digits of an integer, the shortest form of a float that reads back the same. */
  readonly text: string;

  /**
   * @param source a number in JSON notation
   * @throws {RangeError} for an integer of more digits than Python converts
   * @see https://docs.python.org/3/library/stdtypes.html#integer-string-conversion-length-limitation
   */
  constructor(source: string) {
    this.kind = /[.eE]/.test(source) ? 'float' : 'int';
    if (this.kind === 'int' && source.replace('-', '').length > MAX_INTEGER_DIGITS) {
      throw new RangeError(`an integer has more than ${MAX_INTEGER_DIGITS} digits`);
    }
    this.text = this.kind === 'float' ? formatFloat(Number(source)) : source.replace(/^-0$/, '0');
  }
}

/** @see https://docs.python.org/3/library/functions.html#repr, format `r`: an exponent below -4 or from 16 on */
function formatFloat(value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  // Without an argument, toExponential returns the shortest digits that read back the same.
  const [mantissa = '', power = ''] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    const magnitude = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${magnitude}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
