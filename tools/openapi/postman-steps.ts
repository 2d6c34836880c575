import { refusalDetail } from '../../lib/http/responses.ts';

// The text of the Postman files. The requests themselves are generated from the description.

export const NAME = 'Latchkey';

/** With constant ids, Postman offers to replace an earlier import. */
export const COLLECTION_ID = '5b0a5e0c-7b0f-4c1e-9a53-0c6d3f2a9e10';
export const ENVIRONMENT_ID = 'c2f1d7f4-2d8e-4f0b-8f5e-6a1b9d4e7c21';

export const INTRODUCTION = `Select the environment "${NAME}" and set \`baseUrl\`, without a slash at the end, \`username\` and \`password\`. Then run the folder "First steps", or send "Log in".

- "Log in" and a refresh store the token in \`token\`. Protected requests send \`Authorization: JWT {{token}}\`.
- "List the sessions" stores the id of another session in \`sid\`, for "End one session".
- "Change the password of the caller" is skipped until \`newPassword\` is set.
- The whole collection can be run: "Log out" is its last request.
- The description of a request lists its responses. Saved examples show recorded ones.`;

/** Variables of the environment. Those with `secret` are masked by Postman. */
export const ENVIRONMENT = [
  { key: 'baseUrl', value: 'http://localhost:8000', type: 'default' },
  { key: 'username', value: 'admin', type: 'default' },
  { key: 'password', value: '', type: 'secret' },
  { key: 'token', value: '', type: 'secret' },
] as const;

/** Variables of the collection. An empty `sid` would call the endpoint that ends the other sessions. */
export const VARIABLES = [
  { key: 'newPassword', value: '' },
  { key: 'sid', value: 'unknown' },
] as const;

/** Fields and parameters that are sent with the value of a variable. */
export const VALUES: Readonly<Record<string, string>> = {
  username: '{{username}}',
  password: '{{password}}',
  token: '{{token}}',
  current_password: '{{password}}',
  new_password: '{{newPassword}}',
  sid: '{{sid}}',
};

/** Values of optional headers and parameters, for a developer who enables them. */
export const OPTIONAL_VALUES: Readonly<Record<string, string>> = {
  'Idempotency-Key': '{{$guid}}',
  'Latchkey-Device': 'Postman',
  limit: '10',
  current: 'true',
};

const SAVE_TOKEN = ["if (pm.response.code === 200) pm.environment.set('token', pm.response.json().token);"];

/** What runs before the request of an operation and after its response. */
export interface Scripts {
  readonly before?: readonly string[];
  readonly after?: readonly string[];
}

export const SCRIPTS: Readonly<Record<string, Scripts>> = {
  obtainToken: { after: SAVE_TOKEN },
  refreshToken: { after: SAVE_TOKEN },
  listSessions: {
    after: [
      'const other = pm.response.code === 200 && pm.response.json().find(({ current }) => !current);',
      "if (other) pm.collectionVariables.set('sid', other.id);",
    ],
  },
  changePassword: {
    before: [
      '// A run of the collection must not change the password by itself.',
      "if (!pm.variables.get('newPassword')) pm.execution.skipRequest();",
    ],
    after: ["if (pm.response.code === 204) pm.environment.set('password', pm.variables.get('newPassword'));"],
  },
};

/** The operations that come last in their folders, because they end the sessions that others use. */
export const LAST: readonly string[] = ['endSessions'];

/** The last folder: after a logout, protected requests fail. */
export const LOGOUT = { operation: 'revokeToken', folder: { name: 'Log out' } };

/** A request of the folder "First steps". */
interface Step {
  readonly name: string;
  /** The `operationId` in the description. */
  readonly operation: string;
  /** Sends no `Authorization`. */
  readonly isAnonymous?: boolean;
  readonly script: readonly string[];
}

/** A failure shows the body, which says why. */
const returns = (status: number): string =>
  `pm.test('returns ${status}', () => pm.expect(pm.response.code, pm.response.text()).to.eql(${status}));`;
const TOKEN = [
  'const { token } = pm.response.json();',
  String.raw`pm.test('returns a token', () => pm.expect(token).to.match(/^[\w-]+\.[\w-]+\.[\w-]+$/));`,
];
const MISSING = JSON.stringify({ detail: refusalDetail('credentials_missing') });

export const STEPS: readonly Step[] = [
  {
    name: '1. Posts without a token',
    operation: 'listPosts',
    isAnonymous: true,
    script: [
      returns(401),
      `pm.test('says that the token is missing', () => pm.expect(pm.response.json()).to.eql(${MISSING}));`,
      "pm.test('has WWW-Authenticate', () => pm.response.to.have.header('WWW-Authenticate'));",
    ],
  },
  {
    name: '2. Log in',
    operation: 'obtainToken',
    script: [
      '// The run ends here, so that the next steps do not pass with a token of an earlier run. That token stays usable.',
      'if (pm.response.code !== 200) pm.execution.setNextRequest(null);',
      returns(200),
      ...TOKEN,
      "if (token) pm.environment.set('token', token);",
    ],
  },
  {
    name: '3. Posts with the token',
    operation: 'listPosts',
    script: [
      returns(200),
      "pm.test('returns a list of posts', () => {",
      '  const posts = pm.response.json();',
      "  pm.expect(posts).to.be.an('array');",
      "  for (const post of posts) pm.expect(post).to.include({ model: 'blog.post' });",
      '});',
    ],
  },
  {
    name: '4. Verify the token',
    operation: 'verifyToken',
    script: [
      returns(200),
      "pm.test('returns the same token', () => pm.expect(pm.response.json().token).to.eql(pm.environment.get('token')));",
    ],
  },
  {
    name: '5. Refresh the token',
    operation: 'refreshToken',
    script: [
      returns(200),
      ...TOKEN,
      '// Within one second of the login, this is the token of the login.',
      "if (token) pm.environment.set('token', token);",
    ],
  },
];

export const STEPS_FOLDER = {
  name: 'First steps',
  description: 'Five checks of a service, in order. Run the folder: each request has tests.',
};
