import { closest, distance } from 'fastest-levenshtein';
import type { Environment } from '../lib/settings/read.ts';
import { SETTINGS } from '../lib/settings/table.ts';
import { LOCAL_SETTINGS } from './local-settings.ts';
import { DEPLOYMENT_SETTINGS } from './settings.ts';
import { UNSUPPORTED_SETTINGS } from './unsupported-settings.ts';

/** Beginnings of names that no other program is likely to read. */
const OWN_PREFIXES = [
  'ALARM_',
  'AUTHORIZER_',
  'CORS_',
  'JWT_',
  'OBTAIN_',
  'REFRESH_',
  'SESSIONS_',
  'THROTTLE_',
  'TRUSTED_PROXY_',
  'WAF_',
];
/** The SDKs read further variables, some of which differ from a setting by one letter. */
const OF_AWS = 'AWS_';
/** The number of letters by which a typing error differs. */
const TYPING_ERROR = 2;

const NAMES = [
  ...[SETTINGS.entries, DEPLOYMENT_SETTINGS].flatMap(Object.keys),
  ...LOCAL_SETTINGS.map(([name]) => name),
].filter((name) => !name.startsWith(OF_AWS));
const KNOWN = new Set([...NAMES, ...Object.keys(UNSUPPORTED_SETTINGS)]);

/**
 * Returns a warning for each variable that looks like a setting but is not one, such as a typing error. A function cannot have
 * one: a deployment passes the settings of the table only.
 */
export const unknownSettingWarnings = (environment: Environment): string[] =>
  Object.entries(environment).flatMap(([name, value]) => {
    if (!value || KNOWN.has(name)) return [];
    const similar = similarTo(name);
    if (similar === undefined) return [];
    return [
      `${name} is not a setting and has no effect. Did you mean ${similar}? All settings: docs/settings.md`,
    ];
  });

/** Returns the most similar setting that begins with the same word. Undefined if the name may belong to another program. */
function similarTo(name: string): string | undefined {
  const word = /^[A-Z]+_/.exec(name)?.[0];
  const candidates = NAMES.filter((one) => word !== undefined && one.startsWith(word));
  if (candidates.length === 0) return undefined;
  const similar = closest(name, candidates);
  const isOwn = OWN_PREFIXES.some((prefix) => name.startsWith(prefix));
  return isOwn || distance(name, similar) <= TYPING_ERROR ? similar : undefined;
}
