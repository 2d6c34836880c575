import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import * as v from 'valibot';

/** A response, and the request that it answers. */
export interface Exchange {
  readonly method: string;
  /** With or without the name of a stage in front. */
  readonly path: string;
  readonly status: number;
  /** Returns a response header by its name in lower case. */
  header(name: string): string | undefined;
  /** The text of the body. */
  readonly body: string;
}

const headerSchema = v.object({ required: v.optional(v.boolean(), false) });
const responseSchema = v.union([
  v.object({ $ref: v.string() }),
  v.object({
    headers: v.optional(v.record(v.string(), v.object({ $ref: v.string() })), {}),
    content: v.optional(v.record(v.string(), v.unknown()), {}),
  }),
]);
const documentSchema = v.looseObject({
  paths: v.record(
    v.string(),
    v.record(v.string(), v.looseObject({ responses: v.record(v.string(), responseSchema) })),
  ),
  components: v.looseObject({
    headers: v.record(v.string(), headerSchema),
    responses: v.record(v.string(), responseSchema),
  }),
});

const FILE = new URL('../../docs/openapi.json', import.meta.url);
const METHODS_OF_ALL = ['OPTIONS'];

/** Finds out whether responses are as docs/openapi.json describes them. */
export class Description {
  readonly #document: v.InferOutput<typeof documentSchema>;
  readonly #paths: readonly (readonly [RegExp, string])[];
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #ajv = new Ajv2020({
    // The document has more members than those of JSON Schema.
    strict: false,
    allErrors: true,
    formats: { 'date-time': (text: string) => v.is(v.pipe(v.string(), v.isoTimestamp()), text) },
  });

  constructor(document: unknown = JSON.parse(readFileSync(FILE, 'utf8'))) {
    this.#document = v.parse(documentSchema, document);
    this.#ajv.addSchema(this.#document, 'description', undefined, false);
    this.#paths = Object.keys(this.#document.paths).map((path) => [
      new RegExp(`^(?:/[\\w-]+)?${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`),
      path,
    ]);
  }

  /**
   * Returns how a response differs from the description, or undefined. A path without a route has no description, so it
   * never differs.
   */
  problemOf(exchange: Exchange): string | undefined {
    const { method, path, status } = exchange;
    const template = this.#paths.find(([pattern]) => pattern.test(path))?.[1];
    if (template === undefined) return undefined;
    const problem = this.#problemAt(template, exchange);
    return problem && `${method} ${path}, ${status}: ${problem} (docs/openapi.json)`;
  }

  #problemAt(template: string, exchange: Exchange): string | undefined {
    const { method, status } = exchange;
    const operations = this.#document.paths[template] ?? {};
    const name = (method === 'HEAD' ? 'GET' : method).toLowerCase();
    if (operations[name] === undefined) {
      if (status === (METHODS_OF_ALL.includes(method) ? 204 : 405)) return undefined;
      const isKnown = Object.values(operations).some(({ responses }) => String(status) in responses);
      return isKnown && status >= 400 ? undefined : 'the status is not described';
    }
    const pointer = [template, name, 'responses', String(status)];
    const described = operations[name].responses[status];
    if (described === undefined) return 'the status is not described';
    if (!('$ref' in described)) return this.#compare(described, pointerOf('paths', ...pointer), exchange);
    const shared = this.#document.components.responses[described.$ref.split('/').at(-1) ?? ''];
    if (shared === undefined || '$ref' in shared) return `${described.$ref} is missing`;
    return this.#compare(shared, described.$ref.slice(1), exchange);
  }

  #compare(
    {
      headers,
      content,
    }: { headers: Readonly<Record<string, unknown>>; content: Readonly<Record<string, unknown>> },
    pointer: string,
    { method, header, body }: Exchange,
  ): string | undefined {
    const missing = Object.keys(headers).filter(
      (name) => this.#document.components.headers[name]?.required && header(name.toLowerCase()) === undefined,
    );
    if (missing.length > 0) return `there is no header ${missing.join(', ')}`;
    const types = Object.keys(content);
    if (types.length === 0 || method === 'HEAD') return body === '' ? undefined : 'there is a body';
    const type = header('content-type') ?? '';
    if (!types.includes(type)) return `the content type is ${type}`;
    const validate = this.#validatorOf(`${pointer}/content/${escaped(type)}/schema`);
    return validate(JSON.parse(body))
      ? undefined
      : `${this.#ajv.errorsText(validate.errors)} in ${body.slice(0, 500)}`;
  }

  #validatorOf(pointer: string): ValidateFunction {
    const known = this.#validators.get(pointer);
    if (known !== undefined) return known;
    const validate = this.#ajv.compile({ $ref: `description#${encodeURI(pointer)}` });
    this.#validators.set(pointer, validate);
    return validate;
  }
}

/** @see RFC 6901 §3 */
const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
const pointerOf = (...names: readonly string[]): string => names.map((name) => `/${escaped(name)}`).join('');

let description: Description | undefined;

/** The description of the API, read once. */
export function describedApi(): Description {
  description ??= new Description();
  return description;
}
