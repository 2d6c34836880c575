import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { CODE_NOTES, SENTENCE_NOTES } from '../../tools/openapi/details.ts';
import { readPage } from './documentation.ts';

/** An error response that docs/openapi.json describes. */
export interface DescribedError {
  /** A method and a path, as docs/api.md writes it. */
  readonly endpoint: string;
  readonly isProtected: boolean;
  readonly status: number;
  readonly code: string | undefined;
  /** The fixed sentence. Undefined if it depends on the request, or if API Gateway writes the response. */
  readonly sentence: string | undefined;
  /** Whether the body has a member with the name of a field. */
  readonly isField: boolean;
}

/** A row of the table in docs/mobile.md. */
export interface Decision {
  readonly endpoints: readonly string[];
  readonly statuses: readonly string[];
  /** Codes, sentences and `<field>`; empty for any. */
  readonly names: readonly string[];
  /** The verb of what the app does. */
  readonly action: string;
  /** The code of the error of the client library; undefined if it throws none. */
  readonly clientCode: string | undefined;
}

/** Sentences by their text in the description, which adds their meaning. */
const SENTENCES = new Map(
  Object.entries(SENTENCE_NOTES).map(([sentence, note]) => [`${sentence} ${note}`, sentence]),
);
const NOTES = new Map(Object.entries(CODE_NOTES).map(([code, note]) => [note, code]));
const documentSchema = v.object({
  paths: v.record(
    v.string(),
    v.record(
      v.string(),
      v.object({
        responses: v.record(
          v.string(),
          v.union([v.object({ $ref: v.string() }), v.object({ description: v.string() })]),
        ),
      }),
    ),
  ),
  components: v.object({ responses: v.record(v.string(), v.object({ description: v.string() })) }),
});

/** Returns the error responses of the endpoints that an app calls, as docs/openapi.json lists them. */
export function describedErrors(): DescribedError[] {
  const text = readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8');
  const { paths, components } = v.parse(documentSchema, JSON.parse(text));
  const operations = Object.entries(paths)
    .filter(([path]) => path !== '/api/openapi.json')
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]) => ({
        endpoint: `${method.toUpperCase()} ${path.replace('{sid}', '{id}')}/`,
        responses,
      })),
    );
  return operations.flatMap(({ endpoint, responses }) =>
    Object.entries(responses)
      .filter(([status]) => Number(status) >= 400)
      .flatMap(([status, response]) => {
        const shared = '$ref' in response ? response.$ref.split('/').at(-1) : undefined;
        const description =
          '$ref' in response ? components.responses[shared ?? '']?.description : response.description;
        const base = { endpoint, isProtected: '401' in responses, status: Number(status) };
        return [undefined, ...(description ?? '').split('\n- ').slice(1)].map((note) => ({
          ...base,
          ...partsOf(note),
        }));
      }),
  );
}

/** @param note an item of the list in a description; undefined for a response of API Gateway */
function partsOf(note: string | undefined): Pick<DescribedError, 'code' | 'sentence' | 'isField'> {
  const [, code, text = ''] = /^(?:`(\w+)`: )?(.*)$/.exec(note ?? '') ?? [];
  const noted = NOTES.get(text);
  return {
    code: code ?? noted,
    sentence: noted === undefined ? SENTENCES.get(text) || text || undefined : undefined,
    isField: noted === 'input_invalid',
  };
}

/** Reads the table of docs/mobile.md. */
export function decisions(): Decision[] {
  const section =
    readPage('docs/mobile.md').split('## What the app does on an error')[1]?.split('\n## ')[0] ?? '';
  const rows = [...section.matchAll(/^\|(.*)\|$/gm)].slice(2).map(([, row = '']) => row.split('|'));
  return rows.map(([endpoint = '', status = '', names = '', app = '', client = '']) => ({
    endpoints: quoted(endpoint).length > 0 ? quoted(endpoint) : [endpoint.trim()],
    statuses: status.split(',').map((text) => text.trim()),
    names: quoted(names),
    action: /\*\*(\w+)/.exec(app)?.[1] ?? '',
    clientCode: quoted(client)[0],
  }));
}

const quoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

/** Returns whether a row has the name of an error: its code, its sentence or `<field>`. */
const names = ({ names }: Decision, { code, sentence, isField }: DescribedError): boolean =>
  names.some((name) => name === code || name === sentence || (isField && name === '<field>'));

/** Returns whether a row is about an error. */
export const fits = (row: Decision, error: DescribedError): boolean =>
  row.endpoints.some((name) =>
    name === 'protected' ? error.isProtected : name === 'every' || name === error.endpoint,
  ) &&
  row.statuses.some((status) => status === 'every' || status === String(error.status)) &&
  (row.names.length === 0 || names(row, error));
