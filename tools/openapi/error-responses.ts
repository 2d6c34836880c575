import { AUTHORIZATION_ERRORS, BODY_ERRORS, type ErrorCode, FAULTS, TOKEN_ERRORS } from '../../lib/errors.ts';
import { type ErrorRow, errorRow, refusalDetail } from '../../lib/http/responses.ts';
import type { Method, Operation, Route } from '../../lib/http/route.ts';
import { CODE_NOTES, SENTENCE_NOTES, STATUSES } from './details.ts';
import { gatewayStatuses, type Place } from './gateway.ts';
import { exactly, type Json } from './json-schema.ts';

/** A kind of error response of an operation, before its examples are added. */
export interface ErrorResponse {
  readonly status: number;
  /** The bodies, of which one is sent. */
  readonly bodies: readonly Json[];
  readonly description: string;
  /** Its name among the shared responses. Operations may share it if they have the same bodies. */
  readonly name: string;
}

const text = { type: 'string' };
const DETAIL: Json = { $ref: '#/components/schemas/Detail' };

/** The schemas that error responses refer to. */
export const ERROR_SCHEMAS = {
  Detail: { ...exactly({ detail: text }), description: 'A sentence for people.' },
  Messages: { type: 'array', items: text, minItems: 1, description: 'Sentences for people.' },
};

/** An operation of a route, and its place in serverless.yml. */
export interface PlacedOperation {
  readonly route: Route;
  readonly method: Method;
  readonly operation: Operation;
  readonly place: Place;
}

/** Returns the error responses of an operation, by ascending status. */
export function errorResponses(described: PlacedOperation): ErrorResponse[] {
  const { route, method, place } = described;
  const gateway = gatewayStatuses(place, method);
  const responses = codesOf(described).map((code) => ({ code, ...errorRow(code, route.failures) }));
  const statuses = new Set([...gateway, ...responses.map(({ status }) => status)]);
  return [...statuses]
    .sort((a, b) => a - b)
    .map((status) => {
      const own = responses.filter((response) => response.status === status);
      const { name, text: meaning } = statusOf(status);
      const notes = [
        ...(status === 401 ? refusals() : []),
        ...own.map(({ code, sentence, hasCode }) => noteOf(code, sentence, hasCode)),
      ];
      const list = [...new Set(notes)].map((note) => `- ${note}`).join('\n');
      return {
        status,
        name: own.length === 0 ? name : `${name}Of${capitalized(route.failures)}`,
        description: list === '' ? meaning : `${meaning}\n\n${list}`,
        bodies: distinct([...bodiesOf(own, described.operation), ...(gateway.has(status) ? [DETAIL] : [])]),
      };
    });
}

/** @throws {Error} for a status without a text */
export function statusOf(status: number): { name: string; text: string } {
  const known = STATUSES[status];
  if (known === undefined) throw new Error(`STATUSES of tools/openapi/details.ts has no ${status}`);
  return known;
}

const codesOf = ({ operation, method, place }: PlacedOperation): readonly ErrorCode[] => [
  // A handler reads the account again, so it may refuse a token that the authorizer has accepted.
  ...(place.isProtected ? TOKEN_ERRORS : []),
  ...(method === 'GET' ? [] : BODY_ERRORS),
  ...(operation.body || operation.query ? (['input_invalid'] as const) : []),
  ...(operation.errors ?? []),
  ...FAULTS,
];

/** The sentences of the authorizer. */
const refusals = (): string[] => AUTHORIZATION_ERRORS.map((code) => withNote(refusalDetail(code)));

function withNote(sentence: string): string {
  const note = SENTENCE_NOTES[sentence];
  return note === undefined ? sentence : `${sentence} ${note}`;
}

function noteOf(code: ErrorCode, sentence: string, hasCode: boolean): string {
  const note = CODE_NOTES[code] ?? withNote(sentence);
  return hasCode ? `\`${code}\`: ${note}` : note;
}

type CodeResponse = ErrorRow & { readonly code: ErrorCode };

/** Returns the schemas of the bodies that a function sends: one with the names of fields, and those with `detail`. */
function bodiesOf(responses: readonly CodeResponse[], operation: Operation): Json[] {
  const isByField = ({ code, shape }: CodeResponse) => code === 'input_invalid' || shape !== 'detail';
  const details = responses.filter((response) => !isByField(response));
  const kinds = [details.filter(({ hasCode }) => hasCode), details.filter(({ hasCode }) => !hasCode)];
  return [
    ...(responses.some(isByField) ? [byField(operation)] : []),
    ...kinds.filter(({ length }) => length > 0).map(withDetail),
  ];
}

const byField = ({ body, query }: Operation): Json => {
  const names = [
    ...Object.keys({ ...body?.entries, ...query?.entries }),
    ...(body ? ['non_field_errors'] : []),
  ];
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, { $ref: '#/components/schemas/Messages' }])),
    minProperties: 1,
    additionalProperties: false,
  };
};

function withDetail(responses: readonly CodeResponse[]): Json {
  const codes = responses.flatMap(({ code, hasCode }) => (hasCode ? [code] : []));
  const hasRequestId = responses.some((response) => response.hasRequestId);
  if (codes.length === 0 && !hasRequestId) return DETAIL;
  return exactly({
    detail: text,
    ...(hasRequestId && { request_id: text }),
    ...(codes.length > 0 && { code: { type: 'string', enum: codes } }),
  });
}

/** Removes repeated schemas. */
const distinct = (bodies: readonly Json[]): Json[] => [
  ...new Map(bodies.map((body) => [JSON.stringify(body), body])).values(),
];

/** Returns a word with an upper-case first letter. */
export const capitalized = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
