import { describe, expect, it } from 'vitest';
import { problemsOf, readSettings } from '../../deploy/settings.ts';
import { UNSUPPORTED_SETTINGS } from '../../deploy/unsupported-settings.ts';

const TARGET = { stage: 'prod', region: 'eu-central-1' };
const CERTIFICATE = 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-0000-0000-0000-000000000000';

describe('readSettings', () => {
  it('names the table and the parameter after the stage', () => {
    expect(readSettings('prod', {})).toMatchObject({
      TABLE_NAME: 'latchkey-prod',
      JWT_SECRET_PARAMETER: '/latchkey/prod/jwt-secret-key',
    });
  });

  it('reserves no concurrency by default, because the limits of a new account do not allow it', () => {
    expect(readSettings('prod', {}).OBTAIN_RESERVED_CONCURRENCY).toBe('none');
  });

  it('parses numbers', () => {
    expect(
      readSettings('prod', {
        API_RATE_LIMIT: '50',
        OBTAIN_RESERVED_CONCURRENCY: '20',
        WAF_RATE_LIMIT: '300',
      }),
    ).toMatchObject({ API_RATE_LIMIT: 50, OBTAIN_RESERVED_CONCURRENCY: 20, WAF_RATE_LIMIT: 300 });
  });

  it('treats an empty variable as not set', () => {
    expect(readSettings('prod', { API_RATE_LIMIT: '', TABLE_NAME: '' })).toEqual(readSettings('prod', {}));
  });
});

describe('problemsOf', () => {
  it('accepts the defaults', () => {
    expect(problemsOf(TARGET, {})).toEqual([]);
  });

  it('accepts every setting at once', () => {
    const all = {
      TABLE_NAME: 'my.table_1',
      CREATE_TABLE: 'false',
      JWT_SECRET_PARAMETER: '/team/prod/secret.key',
      OBTAIN_RESERVED_CONCURRENCY: '50',
      API_RATE_LIMIT: '500',
      API_BURST_LIMIT: '1000',
      WAF_RATE_LIMIT: '1000',
      AUTHORIZER_RESULT_TTL_SECONDS: '3600',
      LOG_RETENTION_DAYS: '365',
      API_DOMAIN: 'api.example.com',
      API_CERTIFICATE_ARN: CERTIFICATE,
      ALARM_EMAIL: 'ops@example.com',
      ALARM_FAILED_LOGINS: '500',
    };
    expect(problemsOf(TARGET, all)).toEqual([]);
  });

  it.each([
    ['OBTAIN_RESERVED_CONCURRENCY', 'abc', 'is neither none nor a whole number from 1 to 100000'],
    ['OBTAIN_RESERVED_CONCURRENCY', '0', 'is neither none nor a whole number from 1 to 100000'],
    ['API_RATE_LIMIT', 'fast', 'is not a whole number from 1 to 1000000'],
    ['API_RATE_LIMIT', '1e3', 'is not a whole number from 1 to 1000000'],
    ['API_BURST_LIMIT', '-1', 'is not a whole number from 1 to 1000000'],
    ['WAF_RATE_LIMIT', '9', 'is not a whole number from 10 to 2000000000'],
    ['AUTHORIZER_RESULT_TTL_SECONDS', '9999', 'is not a whole number from 0 to 3600'],
    ['LOG_RETENTION_DAYS', '31', /^LOG_RETENTION_DAYS is not one of 1, 3, 5/],
    ['JWT_SECRET_PARAMETER', 'latchkey/prod', /is not the path of a parameter/],
    ['JWT_SECRET_PARAMETER', '/aws/secret', /is not the path of a parameter/],
    ['JWT_SECRET_PARAMETER', '/latchkey//prod', /is not the path of a parameter/],
    ['TABLE_NAME', 'a b', /is not a table name/],
    ['CREATE_TABLE', 'no', 'is neither true nor false'],
    ['ALARM_EMAIL', 'ops', 'is not an e-mail address'],
    ['JWT_ALGORITHM', 'RS256', 'is not HS256, HS384 or HS512'],
    ['CORS_ALLOWED_ORIGINS', 'example.com', /contains a value that is neither an origin/],
  ])('reports %s=%s without its value', (name, value, message) => {
    const [problem, ...others] = problemsOf(TARGET, { [name]: value });
    expect(others).toEqual([]);
    if (typeof message === 'string') expect(problem).toBe(`${name} ${message}`);
    else expect(problem).toMatch(message);
  });

  it.each(Object.entries(UNSUPPORTED_SETTINGS))(
    'rejects %s unless it has the default of djangorestframework-jwt',
    (name, { accepted }) => {
      for (const value of [accepted, accepted.toLowerCase(), '', undefined]) {
        expect(problemsOf(TARGET, { [name]: value })).toEqual([]);
      }
      for (const value of ['False', 'access_token', 'app.utils.handler']) {
        expect(problemsOf(TARGET, { [name]: value })).toEqual([
          expect.stringMatching(
            new RegExp(`^${name} is not supported: .+ \\(docs/from-django\\.md, "Settings"\\)$`),
          ),
        ]);
      }
    },
  );

  it.each(['my_stage', 'Prod', '1st', '-a', 'a'.repeat(33), ''])('rejects the stage name "%s"', (stage) => {
    expect(problemsOf({ ...TARGET, stage }, {})).toEqual([expect.stringContaining('--stage')]);
  });

  it('requires a certificate in the region of the stage for a domain, and a domain for a certificate', () => {
    const domain = { API_DOMAIN: 'api.example.com' };
    expect(problemsOf(TARGET, domain)).toEqual(['API_CERTIFICATE_ARN is not set, but API_DOMAIN is']);
    expect(problemsOf(TARGET, { API_CERTIFICATE_ARN: CERTIFICATE })).toEqual([
      'API_DOMAIN is not set, but API_CERTIFICATE_ARN is',
    ]);
    expect(
      problemsOf({ ...TARGET, region: 'us-east-1' }, { ...domain, API_CERTIFICATE_ARN: CERTIFICATE }),
    ).toEqual(['API_CERTIFICATE_ARN is not in the region of the stage, us-east-1']);
  });

  it('reports all problems of the deployment and the functions at once', () => {
    const problems = problemsOf(
      { ...TARGET, stage: 'my_stage' },
      { API_RATE_LIMIT: 'fast', JWT_LEEWAY: 'x', SESSIONS_PER_USER: '1000', ALARM_EMAIL: 'ops' },
    );
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      '--stage:',
      'API_RATE_LIMIT',
      'ALARM_EMAIL',
      'JWT_LEEWAY',
      'SESSIONS_PER_USER',
    ]);
  });
});
