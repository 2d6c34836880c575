import { describe, expect, it } from 'vitest';
import { readFields, textFields } from '../../lib/http/fields.ts';
import { createHttpHandler } from '../../lib/http/stack.ts';
import { lambdaContext, post, proxyEvent } from '../../tools/harness/events.ts';
import { cpuTimeOf } from '../support/cpu-time.ts';

const silent = { info: () => {}, error: () => {} };
const handler = createHttpHandler(
  { logger: silent, allowedOrigins: ['https://app.example'] },
  { name: 'echo', access: 'public', failures: 'token', operations: { POST: {} } },
  async ({ body }) => ({
    status: 200,
    body: JSON.stringify(readFields(body, textFields({ username: 'trimmed', password: 'verbatim' }))),
  }),
);

/** Sends an event and checks what holds for every response: no 5xx, a JSON object, in time. */
async function assertHandled(event: unknown): Promise<number> {
  const { statusCode, body } = await handler(event, lambdaContext());
  expect(statusCode).toBeLessThan(500);
  expect(JSON.parse(body)).toBeTypeOf('object');
  return statusCode;
}

/** Generates pseudo-random integers below a limit, the same in every run (mulberry32). */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const MULTIPART = ['username', 'password']
  .map((name) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\nx\r\n`)
  .join('');

const TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded; charset=shift_jis',
  'multipart/form-data; boundary=b',
  'multipart/form-data; boundary="b; charset=\\"',
  '*/*',
  'text/plain',
];
const BODIES = [
  '{"username":"deku","password":"x"}',
  '[1.5,{"__proto__":null},"\\ud800"]',
  'username=deku&password=%C3%A9+x',
  `${MULTIPART}--b--\r\n`,
];
const SPLINTERS = [
  ...['"', '\\', '{', '}', '[', ']', ':', ',', '\0', '\ud800', '\ufeff', '1e999', '-', '.', '\\u'],
  ...['--b', '--b--', '\r\n', '\r\n\r\n', ';', '=', '&', '%', '%00', '+', ' ', 'é', '💥'],
  ...['"__proto__":', 'filename="x"', 'null', 'NaN', '1'.repeat(5000), '['.repeat(1000)],
];

describe('malformed input', () => {
  it.each([1, 2, 3])('never causes a 5xx: mutated bodies and types, seed %i', async (seed) => {
    const below = numbers(seed);
    const pick = (list: readonly string[]): string => list[below(list.length)] ?? '';
    const mutated = (text: string, times: number): string => {
      let result = text;
      for (let time = 0; time < times; time += 1) {
        const place = below(result.length + 1);
        result = result.slice(0, place) + pick(SPLINTERS) + result.slice(place + below(4));
      }
      return result;
    };
    for (let round = 0; round < 500; round += 1) {
      const type = below(4) === 0 ? mutated(pick(TYPES), 2) : pick(TYPES);
      const body = mutated(pick(BODIES), 1 + below(5));
      await assertHandled(post(type, below(2) === 0 ? body : Buffer.from(body, 'latin1')));
    }
  });

  it.each([4, 5])('never causes a 5xx: random bytes of every type, seed %i', async (seed) => {
    const below = numbers(seed);
    for (let round = 0; round < 100; round += 1) {
      const bytes = Uint8Array.from({ length: below(300) }, () => below(256));
      for (const type of TYPES) await assertHandled(post(type, bytes));
    }
  });

  it.each([
    ['no headers', { headers: null, multiValueHeaders: null }],
    ['headers without values', { headers: { 'Content-Type': null }, multiValueHeaders: { Origin: null } }],
    ['empty lists of values', { headers: null, multiValueHeaders: { 'content-type': [] } }],
    ['a header named like an object member', { headers: { constructor: 'x', __proto__: 'x' } }],
    ['no body', { body: null }],
    ['a body that is not base64', { body: '\0*?!', isBase64Encoded: true }],
    ['a lone surrogate', { body: '"\ud800' }],
    ['no context', { requestContext: null }],
    ['no query', { queryStringParameters: undefined, isBase64Encoded: null }],
  ])('never causes a 5xx: %s', async (_what, changes) => {
    await assertHandled({ ...post('application/json', '{"username":1}'), ...changes });
    await assertHandled({ ...proxyEvent('POST'), ...changes });
  });

  it.each([
    ['lists', '['],
    ['objects', '{"a":'],
    ['objects in lists', '[{"a":'],
    ['quotes', '"\\"'],
    ['unterminated strings', '"\\'],
    ['minus signs', '-'],
    ['digits', '1'],
    ['exponents', '1e'],
    ['spaces', ' '],
    ['spaces before a colon', '1 '],
    ['delimiters', '--b\r\n'],
    ['parts', '--b\r\n\r\n'],
    ['headers', '--b\r\nContent-Disposition: form-data; name="'],
    ['semicolons', ';"'],
    ['percent signs', '%f'],
    ['ampersands', '&'],
  ])('takes less than a second of CPU time with 64 KiB of %s', async (_what, piece) => {
    const body = piece.repeat(Math.floor(65_536 / piece.length));
    for (const type of TYPES) {
      expect(await cpuTimeOf(() => assertHandled(post(type, body)))).toBeLessThan(1000);
    }
    await assertHandled(post(piece.repeat(2000), body));
  });

  it.each([65_535, 65_536, 65_537, 200_000, 5_000_000])('never causes a 5xx: %i bytes', async (size) => {
    for (const type of TYPES.slice(0, 6)) {
      const status = await assertHandled(post(type, Buffer.alloc(size, '[')));
      expect(status === 413).toBe(size > 65_536);
    }
  });
});
