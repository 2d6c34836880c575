import { describe, expect, it, vi } from 'vitest';
import { readFields, textFields } from '../../lib/http/fields.ts';
import { createHttpHandler } from '../../lib/http/stack.ts';
import { lambdaContext, post, proxyEvent } from '../../tools/harness/events.ts';
import { MULTIPART_TYPE, multipartForms } from '../support/multipart-forms.ts';

const silent = { info: () => {}, error: () => {} };
const RULES = textFields({ username: 'trimmed', password: 'verbatim' });

/** Responds with the two fields that it read. */
const handler = createHttpHandler(
  { logger: silent, allowedOrigins: [] },
  { name: 'echo', access: 'public', failures: 'token', operations: { POST: {} } },
  async ({ body }) => ({ status: 200, body: JSON.stringify(readFields(body, RULES)) }),
);

async function errorResponse(event: unknown): Promise<[number, unknown]> {
  const { statusCode, body } = await handler(event, lambdaContext());
  return [statusCode, JSON.parse(body)];
}
const send = (type: string, body: string | Uint8Array) => errorResponse(post(type, body));

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const FIELDS = '{"username":"deku","password":"x"}';
const READ = [200, { username: 'deku', password: 'x' }];
const REQUIRED = 'This field is required.';
const NOTHING = [400, { username: [REQUIRED], password: [REQUIRED] }];
const bytesOf = (text: string) => Buffer.from(text, 'latin1');
const malformed = (detail: RegExp) => [400, { detail: expect.stringMatching(detail) }];

describe('media type of a request', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8; v=1',
    'application/json;',
    'application/*',
    '*/*',
    '*/json',
  ])('selects the JSON parser: %s', async (type) => {
    expect(await send(type, FIELDS)).toEqual(READ);
  });

  it.each([
    'application/x-www-form-urlencoded',
    '*/x-www-form-urlencoded',
    'APPLICATION/X-WWW-Form-Urlencoded',
  ])('selects the form parser: %s', async (type) => {
    expect(await send(type, 'username=deku&password=x')).toEqual(READ);
  });

  it.each([
    'text/plain',
    'text/plain; charset=UTF-8',
    'application/json, text/plain',
    'application/vnd.api+json',
    'multipart/mixed; boundary=x',
    'application',
    '*',
    '',
    ';application/json',
  ])('is quoted in full if it is rejected: %j', async (type) => {
    expect(await send(type, FIELDS)).toEqual([
      415,
      { detail: `Unsupported media type "${type}" in request.` },
    ]);
  });

  it('is treated as empty if it is missing', async () => {
    expect(await errorResponse(proxyEvent('POST', { body: FIELDS }))).toEqual([
      415,
      { detail: 'Unsupported media type "" in request.' },
    ]);
  });

  it('is ignored if the body is empty', async () => {
    for (const type of [JSON_TYPE, FORM_TYPE, MULTIPART_TYPE, 'text/plain', '']) {
      expect(await send(type, '')).toEqual(NOTHING);
      expect(await send(type, new Uint8Array())).toEqual(NOTHING);
    }
    expect(await errorResponse(proxyEvent('POST'))).toEqual(NOTHING);
  });

  it('is read from a header in any letter case, and from multi-value headers', async () => {
    const event = proxyEvent('POST', { body: FIELDS, headers: { 'cOnTeNt-TyPe': JSON_TYPE } });
    expect(await errorResponse(event)).toEqual(READ);
    expect(await errorResponse({ ...event, headers: null })).toEqual(READ);
  });
});

describe('size of a body', () => {
  const filled = (bytes: number) => `{"username":"deku","password":"${'x'.repeat(bytes - 33)}"}`;

  it.each([JSON_TYPE, FORM_TYPE, MULTIPART_TYPE])('is limited to 64 KiB for %s', async (type) => {
    const [status] = await send(type, filled(65_536));
    expect(status).not.toBe(413);
    const refused = [413, { detail: 'The body is larger than 65536 bytes.' }];
    expect(await send(type, filled(65_537))).toEqual(refused);
    expect(await send(type, Buffer.from(filled(65_537)))).toEqual(refused);
  });

  it('is counted in bytes, not in characters', async () => {
    expect((await send(JSON_TYPE, `"${'é'.repeat(32_767)}"`))[0]).toBe(400);
    expect((await send(JSON_TYPE, `"${'é'.repeat(32_768)}"`))[0]).toBe(413);
  });
});

describe('JSON body parser', () => {
  const pair = (username: string, password = '"x"') => `{"username":${username},"password":${password}}`;

  it('parses text and bytes', async () => {
    const fields = { username: '데쿠', password: 'émoji 🔑' };
    expect(await send(JSON_TYPE, JSON.stringify(fields))).toEqual([200, fields]);
    expect(await send(JSON_TYPE, Buffer.from(JSON.stringify(fields)))).toEqual([200, fields]);
  });

  it.each([
    ['1.0', '1.0'],
    ['1e3', '1000.0'],
    ['12345678901234567890', '12345678901234567890'],
    ['-0', '0'],
    ['1E400', 'inf'],
  ])('converts the number %s to the text %s on every Node version', async (number, text) => {
    expect(await send(JSON_TYPE, pair(number, number))).toEqual([200, { username: text, password: text }]);
  });

  it('uses the last of two members with the same name', async () => {
    const body = '{"username":1,"username":"deku","password":null,"password":"x"}';
    expect(await send(JSON_TYPE, body)).toEqual(READ);
  });

  it('does not read members of the prototype', async () => {
    expect(await send(JSON_TYPE, `{"__proto__":${FIELDS}}`)).toEqual(NOTHING);
    expect(await send(JSON_TYPE, `{"constructor":{"prototype":${FIELDS}}}`)).toEqual(NOTHING);
  });

  it.each([
    '{"username": "deku"',
    '{"username": "deku',
    '{"username": "de\\',
    '{\'username\': "deku"}',
    '{"a":1,}',
    '{1:2}',
    '{1.5 : 2}',
    '[01]',
    '[1.]',
    '[+1]',
    '[1 2]',
    '[1"2"]',
    'NaN',
    '{"username":Infinity}',
    '[-Infinity]',
    'undefined',
    ' ',
    '\u00a0{}',
    '\ufeff{}',
    '"\n"',
  ])('rejects %j without quoting it in the response', async (body) => {
    expect(await send(JSON_TYPE, body)).toEqual(
      malformed(/^JSON parse error - The text is not well-formed\.$/),
    );
  });

  it.each([
    [900, [400, { non_field_errors: ['Invalid data. Expected a dictionary, but got list.'] }]],
    [901, malformed(/^JSON parse error - The text is nested too deeply\.$/)],
    [30_000, malformed(/^JSON parse error - The text is nested too deeply\.$/)],
  ])('limits the nesting depth to 900: %i', async (depth, response) => {
    expect(await send(JSON_TYPE, '['.repeat(depth) + ']'.repeat(depth))).toEqual(response);
  });

  it('rejects an integer of more than 4,300 digits', async () => {
    expect((await send(JSON_TYPE, pair('1'.repeat(4300))))[0]).toBe(200);
    expect(await send(JSON_TYPE, pair('1'.repeat(4301)))).toEqual(malformed(/^JSON parse error - /));
  });

  it('allows any number of brackets in a string', async () => {
    expect((await send(JSON_TYPE, pair(`"\\"${'['.repeat(5000)}"`)))[0]).toBe(200);
  });

  it.each([
    ['latin-1', bytesOf(pair('"\xe9"')), 'é'],
    ['"ISO-8859-1"', bytesOf(pair('"\x80"')), '\x80'],
    ['utf-16le', Buffer.from(pair('"é"'), 'utf16le'), 'é'],
    ['utf-16', Buffer.from(`\ufeff${pair('"é"')}`, 'utf16le'), 'é'],
    ['UTF-16', Buffer.from(`\ufeff${pair('"é"')}`, 'utf16le').swap16(), 'é'],
    ['utf_16', Buffer.from(pair('"é"'), 'utf16le'), 'é'],
    ['euc-kr', Buffer.from([...bytesOf('{"username":"'), 0xb0, 0xa1, ...bytesOf('","password":"x"}')]), '가'],
    ['no-such-charset', Buffer.from(pair('"é"')), 'é'],
    ['""', Buffer.from(pair('"é"')), 'é'],
  ])(
    'decodes the charset %s by the label of the Encoding Standard, or as UTF-8 if the label is unknown',
    async (charset, body, username) => {
      expect(await send(`${JSON_TYPE}; charset=${charset}`, body)).toEqual([
        200,
        { username, password: 'x' },
      ]);
    },
  );

  it.each([
    ['utf-8', bytesOf('{"\xff\xfe"}')],
    ['utf-8', bytesOf('"\xed\xa0\x80"')],
    ['euc-kr', bytesOf('"\xff"')],
    ['cp949', bytesOf(pair('"\xb0\xa1"'))],
  ])('rejects bytes that are invalid in the charset %s', async (charset, body) => {
    expect(await send(`${JSON_TYPE}; charset=${charset}`, body)).toEqual(
      malformed(/^JSON parse error - The bytes/),
    );
  });
});

describe('form body parser', () => {
  const form = (body: string | Uint8Array, type = FORM_TYPE) => send(type, body);

  it.each([
    ['username=a&password=x+y%20z%2B', { username: 'a', password: 'x y z+' }],
    ['username=a&username=b&password=x', { username: 'b', password: 'x' }],
    ['user%6Eame=a=b&password==', { username: 'a=b', password: '=' }],
    ['&&username=a&&password=x&', { username: 'a', password: 'x' }],
    ['username=%&password=%zz%4', { username: '%', password: '%zz%4' }],
    ['username=%ff&password=%ED%A0%80', { username: '\ufffd', password: '\ufffd\ufffd\ufffd' }],
    ['username=é&password=%C3%A9', { username: 'é', password: 'é' }],
    ['username=%EF%BB%BFa&password=+x', { username: '\ufeffa', password: ' x' }],
  ])('parses %s as Django does', async (body, fields) => {
    expect(await form(body)).toEqual([200, fields]);
  });

  it('decodes bytes that are not UTF-8 as Latin-1', async () => {
    expect(await form(bytesOf('username=\xe9&password=%C3%A9'))).toEqual([
      200,
      { username: 'é', password: 'é' },
    ]);
  });

  it('uses the charset of the content type', async () => {
    const body = bytesOf('username=%e9&password=\xe9');
    expect(await form(body, `${FORM_TYPE}; charset=latin-1`)).toEqual([
      200,
      { username: 'é', password: 'é' },
    ]);
  });

  it('does not treat semicolons as separators', async () => {
    expect(await form('username=a;password=b')).toEqual([400, { password: [REQUIRED] }]);
  });

  it('treats a name without a value as empty', async () => {
    const blank = ['This field may not be blank.'];
    expect(await form('username&password=')).toEqual([400, { username: blank, password: blank }]);
  });

  it('allows 1000 fields', async () => {
    const filled = (more: number) => `username=deku&password=x${'&a=b'.repeat(more)}`;
    expect(await form(filled(998))).toEqual(READ);
    expect(await form(filled(999))).toEqual(malformed(/^The form has more than 1000 fields\.$/));
  });
});

describe('multipart body parser', () => {
  const part = (headers: string, value: string) => `--b0undary\r\n${headers}\r\n\r\n${value}\r\n`;
  const field = (name: string, value: string, more = '') =>
    part(`Content-Disposition: form-data; name="${name}"${more}`, value);
  const END = '--b0undary--\r\n';
  const USERNAME = field('username', 'deku');
  const PASSWORD = field('password', 'x');
  const WHOLE = USERNAME + PASSWORD + END;
  const multipart = (body: string | Uint8Array, type = MULTIPART_TYPE) => send(type, body);

  it.each([
    ['with its parts in order', WHOLE],
    ['with a preamble and an epilogue', `before\r\n${WHOLE}after`],
    ['with the last value of a name', field('username', 'a') + WHOLE],
    [
      'with parts that have no name',
      part('X-Y: z', 'a') + part('Content-Disposition: form-data', 'b') + WHOLE,
    ],
    ['with spaces around a name', field(' username ', 'deku') + PASSWORD + END],
    [
      'with headers in any case',
      part('CONTENT-disposition:FORM-DATA;NAME=username', 'deku') + PASSWORD + END,
    ],
    [
      'with an empty file name, which does not count as a file',
      field('username', 'deku', '; filename=""') + PASSWORD + END,
    ],
    ['with a file that has no usable name', field('username', 'z', '; filename=".."') + WHOLE],
    ['with an additional file', field('avatar', 'GIF89a', '; filename="a.gif"') + WHOLE],
  ])('parses a form %s', async (_how, body) => {
    expect(await multipart(body)).toEqual(READ);
  });

  it('keeps spaces and line breaks of values, and replaces invalid UTF-8', async () => {
    const body = bytesOf(field('username', '\xff') + field('password', '\r\n x \r\n') + END);
    expect(await multipart(body)).toEqual([200, { username: '\ufffd', password: '\r\n x \r\n' }]);
  });

  it('uses the charset of the request, not of a part', async () => {
    const latin = bytesOf(field('username', '\xe9') + PASSWORD + END);
    expect(await multipart(latin, `${MULTIPART_TYPE}; charset=latin-1`)).toEqual([
      200,
      { username: 'é', password: 'x' },
    ]);
    const labeled = field('username', 'é', '\r\nContent-Type: text/plain; charset=latin-1') + PASSWORD + END;
    expect(await multipart(labeled)).toEqual([200, { username: 'é', password: 'x' }]);
  });

  it.each([
    ['ZGVrdQ==', 'deku'],
    ['ZG Vr\r\ndQ==', 'deku'],
    ['ZGVrdQ==!!', 'deku'],
    ['ZGVrdQ', 'ZGVrdQ'],
    ['Z', 'Z'],
  ])('decodes a value only if it is valid base64: %j', async (value, username) => {
    const body = field('username', value, '\r\nContent-Transfer-Encoding: BASE64') + PASSWORD + END;
    expect(await multipart(body)).toEqual([200, { username, password: 'x' }]);
  });

  it('prefers a file to a text field of the same name, and does not accept a file as text', async () => {
    const file = field('username', 'deku', '; filename="deku.txt"');
    const response = [400, { username: ['Not a valid string.'] }];
    expect(await multipart(file + WHOLE)).toEqual(response);
    expect(await multipart(USERNAME + file + PASSWORD + END)).toEqual(response);
    const encoded = field('username', 'deku', "; filename*=UTF-8''d%20eku");
    expect(await multipart(encoded + WHOLE)).toEqual(response);
  });

  it.each([
    ['multipart/form-data', 'Invalid boundary in multipart: None'],
    ['multipart/*', 'Invalid boundary in multipart: None'],
    ['multipart/form-data; boundary=', 'Invalid boundary in multipart: '],
    ['multipart/form-data; boundary="a "', 'Invalid boundary in multipart: a '],
    [`multipart/form-data; boundary=${'b'.repeat(202)}`, `Invalid boundary in multipart: ${'b'.repeat(202)}`],
    ['Multipart/form-data; boundary=b', 'Invalid Content-Type: Multipart/form-data; boundary=b'],
    [
      'multipart/form-data; boundary=é',
      'Invalid non-ASCII Content-Type in multipart: multipart/form-data; boundary=é',
    ],
  ])('rejects the content type %s with the message of the original', async (type, reason) => {
    expect(await multipart(WHOLE, type)).toEqual([400, { detail: `Multipart form parse error - ${reason}` }]);
  });

  it('accepts a quoted boundary', async () => {
    expect(await multipart(WHOLE, 'multipart/form-data; boundary="b0undary"; x=";"')).toEqual(READ);
  });

  // tests/django/original.long.test.ts sends the same forms to the original.
  it.each(multipartForms('deku', 'x'))('$title is read as Django reads it', async ({ body, errors }) => {
    expect(await multipart(body)).toEqual(Object.keys(errors).length > 0 ? [400, errors] : READ);
  });

  it('responds to a body that is cut at any byte', async () => {
    for (let end = 1; end < WHOLE.length; end += 1) {
      const [status] = await multipart(WHOLE.slice(0, end));
      expect([200, 400]).toContain(status);
    }
  });

  it('allows 1000 parts', async () => {
    const small = (count: number) => '--b0undary\r\nA: b\r\n\r\nc\r\n'.repeat(count);
    expect(await multipart(small(998) + WHOLE)).toEqual(READ);
    expect(await multipart(small(999) + WHOLE)).toEqual(malformed(/more than 1000 fields/));
  });

  it('parses no more than 1000 parts of a larger number', async () => {
    const from = vi.spyOn(Buffer, 'from');
    const body = '--b0undary\r\nA: b\r\n\r\nc\r\n'.repeat(2500);
    expect(await multipart(body)).toEqual(malformed(/more than 1000 fields/));
    // Each parsed part converts its content once.
    const parsed = from.mock.calls.filter((call: unknown[]) => call[1] === 'latin1').length;
    from.mockRestore();
    expect(parsed).toBeLessThanOrEqual(1001);
    expect(parsed).toBeGreaterThan(900);
  });

  it('treats a malformed body as a form without fields', async () => {
    for (const body of [
      'garbage',
      '--b0undary--',
      '--b0undary',
      '\r\n',
      '{}',
      WHOLE.replaceAll('\r\n', '\n'),
    ]) {
      expect(await multipart(body)).toEqual(NOTHING);
    }
  });
});
