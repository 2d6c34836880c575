// Which file may import which, type imports included. `npm run lint` checks it.
//
// TypeScript 7 has no JavaScript API, so swc parses the sources. It does not tell type imports from others:
// tests/unit/architecture.test.ts checks which folders are imported for their types only.

/** The folders and files of this project that each one may import, besides itself, as regular expressions. */
const ALLOWED = {
  functions: [
    'lib/container',
    'lib/errors',
    'lib/http',
    'lib/posts',
    'lib/sessions',
    'lib/users',
    'docs/openapi',
  ],

  'lib/aws-request': [],
  'lib/clock': [],
  'lib/deadline-handler': [],
  'lib/email-length': [],
  'lib/errors': [],
  'lib/logger': [],
  'lib/memoize-async': ['lib/clock'],
  'lib/metrics': [],
  'lib/tracing': [],
  'lib/password-length': [],
  'lib/python-strip': [],
  'lib/retry-on-conflict': ['lib/clock', 'lib/errors'],
  'lib/tokens': ['lib/clock', 'lib/errors'],
  'lib/passwords': ['lib/errors', 'lib/(password-length|python-strip)'],
  'lib/secrets': ['lib/aws-request', 'lib/deadline-handler', 'lib/errors'],
  'lib/throttling': ['lib/clock', 'lib/errors'],
  'lib/posts': ['lib/clock', 'lib/errors'],
  'lib/sessions': ['lib/clock', 'lib/errors', 'lib/retry-on-conflict', 'lib/tokens', 'lib/users/account'],
  'lib/users': [
    'lib/clock',
    'lib/errors',
    'lib/(password-length|python-strip)',
    'lib/retry-on-conflict',
    'lib/sessions',
    'lib/throttling',
  ],
  'lib/django': ['lib/email-length', 'lib/posts', 'lib/users/user'],
  'lib/dynamodb': [
    'lib/aws-request',
    'lib/clock',
    'lib/deadline-handler',
    'lib/errors',
    'lib/retry-on-conflict',
    'lib/posts',
    'lib/sessions',
    'lib/throttling',
    'lib/tokens',
    'lib/users/(account|user)',
  ],
  'lib/http': [
    'lib/clock',
    'lib/errors',
    'lib/logger',
    'lib/memoize-async',
    'lib/python-strip',
    'lib/sessions/token-validity',
  ],
  'lib/settings': ['lib/errors', 'lib/tokens'],
  'lib/config': ['lib/(aws-request|clock|memoize-async|passwords|sessions|settings|throttling|tokens)'],
  'lib/wiring': ['lib/(clock|dynamodb|passwords|posts|sessions|throttling|tokens|users)'],
  'lib/container': ['lib'],

  deploy: ['lib/settings', 'tools/kit'],
  local: ['lib', 'deploy/(unset-empty|settings|unknown-settings)', 'tools/kit'],
  manage: [
    'lib',
    'deploy/(settings|unknown-settings|unsupported-settings|stage-option|aws-error)',
    // The data of this machine, without --stage.
    'local/(store|data-folder)',
    'tools/kit',
    // The version.
    'package',
  ],
  // The client is a package of its own, for phones and browsers.
  'client/src': [],
  contract: [],
  'tools/kit': [],
  'tools/smoke': [
    'tools/kit',
    'contract',
    'lib',
    // What --stage needs: smoke connects to a table as manage does.
    'manage/(connection|failure)',
    'deploy/stage-option',
  ],
  'tools/harness': ['functions', 'lib', 'local'],
  'tools/openapi': ['tools/(kit|harness)', 'functions', 'lib'],
  'tools/client-kit': ['tools/(kit|harness)', 'client/src', 'lib', 'local/gateway'],
  'tools/bench': ['tools/(kit|harness)', 'lib', 'local', 'deploy/(bundle|native-files)'],
  'tools/soak': ['tools/(kit|harness)', 'lib', 'local'],
  'tools/(require-node|node-version)': [],
};

/** Libraries that one file or folder knows, so that replacing them changes nothing else. */
const ONE_PLACE = {
  jose: 'lib/tokens/signature',
  argon2: 'lib/passwords/argon2id',
  'p-limit': 'lib/passwords/passwords',
  'ipaddr.js': 'lib/throttling/network',
  bcryptjs: 'lib/passwords/django-hashes',
  '@aws-sdk/client-dynamodb': '(lib/dynamodb|local/create-table|deploy/(preflight|plugin|table-shape))',
  '@aws-sdk/lib-dynamodb': 'lib/dynamodb',
  '@aws-sdk/client-sts': 'manage/account',
  '@smithy/node-http-handler': 'lib/deadline-handler',
  '@aws-sdk/util-dynamodb': 'lib/dynamodb/http-api',
  '@aws-lambda-powertools/metrics': 'lib/metrics',
  '@aws-lambda-powertools/tracer': 'lib/tracing',
  fflate: '(lib/django/decompress|deploy/archive)',
  '@middy/core': 'lib/http',
  'lossless-json': '(lib/http/json-body|lib/django/parse-record)',
  'cli-progress': 'tools/kit/progress',
};

/** The folder of a name, or the file of that name. */
const at = (name) => `^${name}(/|\\.(ts|js|json)$)`;
const places = Object.keys(ALLOWED);

export default {
  forbidden: [
    ...Object.entries(ALLOWED).map(([from, to]) => ({
      name: `${from} imports`,
      comment:
        to.length === 0
          ? 'Imports nothing of this project.'
          : `Imports only ${to.join(', ')} of this project.`,
      severity: 'error',
      from: { path: at(from) },
      to: { dependencyTypes: ['local'], pathNot: [from, ...to].map(at) },
    })),
    {
      name: 'no place',
      comment: 'A new folder or file needs a line in ALLOWED of .dependency-cruiser.mjs.',
      severity: 'error',
      from: { path: '^(functions|lib|deploy|local|manage|contract|tools|client)/', pathNot: places.map(at) },
      to: {},
    },
    ...Object.entries(ONE_PLACE).map(([library, place]) => ({
      name: `${library} has one place`,
      comment: `Only ${place} imports ${library}. The harness of the tests and bench may, too.`,
      severity: 'error',
      from: {
        path: '^(functions|lib|deploy|local|manage|contract|tools)/',
        pathNot: [at(place), '^tools/(bench|harness)/'],
      },
      to: { path: `^node_modules/${library.replace('.', '\\.')}/` },
    })),
    {
      name: 'lib/container is for functions',
      comment: 'It reads the environment of a Lambda function.',
      severity: 'error',
      from: { path: '.', pathNot: '^functions/' },
      to: { path: '^lib/container\\.ts$' },
    },
    {
      name: 'lib/http is for functions',
      comment: 'It handles the events of API Gateway. tools/openapi describes them.',
      severity: 'error',
      from: { path: '.', pathNot: '^(functions|lib/http|tests|tools/openapi)/|^lib/container\\.ts$' },
      to: { path: '^lib/http/' },
    },
    {
      name: 'no cycle',
      comment: 'Move what both modules need to a module of its own.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no development dependency',
      comment: 'After `npm ci --omit=dev`, manage and smoke work. So does what they import.',
      severity: 'error',
      from: { path: '^(functions|lib|manage|local/(?!gateway/)|contract|tools/(kit|smoke))/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: '^node_modules/(@types|@smithy/types)/' },
    },
    {
      name: 'client has no dependency',
      comment: 'It runs in React Native, browsers and Node.js alike.',
      severity: 'error',
      from: { path: '^client/src/' },
      to: { dependencyTypesNot: ['local'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: '^node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json', '.d.ts'],
    },
  },
};
