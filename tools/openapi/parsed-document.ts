import * as v from 'valibot';
import type { Json } from './json-schema.ts';

const FORM = 'application/x-www-form-urlencoded';

const nameOf = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1);
const referenceSchema = v.object({ $ref: v.pipe(v.string(), v.transform(nameOf)) });
const describedSchema = v.object({ description: v.string() });
const examplesSchema = v.optional(v.record(v.string(), v.object({ value: v.unknown() })), {});
const responseSchema = v.object({
  ...describedSchema.entries,
  content: v.optional(v.record(v.string(), v.object({ examples: examplesSchema })), {}),
});
const parameterSchema = v.object({
  ...describedSchema.entries,
  name: v.string(),
  in: v.picklist(['path', 'query', 'header']),
});
const operationSchema = v.object({
  operationId: v.string(),
  tags: v.tuple([v.string()]),
  summary: v.string(),
  description: v.optional(v.string()),
  security: v.optional(v.array(v.unknown())),
  parameters: v.optional(v.array(parameterSchema), []),
  requestBody: v.optional(v.object({ content: v.object({ [FORM]: v.object({ schema: referenceSchema }) }) })),
  responses: v.record(v.string(), v.union([referenceSchema, responseSchema])),
});
const documentSchema = v.object({
  info: describedSchema,
  tags: v.array(v.object({ ...describedSchema.entries, name: v.string() })),
  paths: v.record(v.string(), v.record(v.string(), operationSchema)),
  components: v.object({
    schemas: v.record(v.string(), v.unknown()),
    responses: v.record(v.string(), responseSchema),
  }),
});
const bodySchema = v.object({ properties: v.record(v.string(), describedSchema) });

export interface Named {
  readonly name: string;
  readonly description: string;
}

/** An operation of the description, with its path. References are resolved. */
export interface Endpoint {
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string | undefined;
  readonly method: string;
  readonly path: string;
  /** Whether a request without a token is refused. */
  readonly isProtected: boolean;
  readonly parameters: readonly v.InferOutput<typeof parameterSchema>[];
  /** The members of the body. */
  readonly fields: readonly Named[];
  readonly responses: readonly (v.InferOutput<typeof responseSchema> & { readonly status: number })[];
}

export interface ParsedDocument {
  readonly description: string;
  readonly tags: readonly Named[];
  readonly endpoints: readonly Endpoint[];
}

/**
 * Parses the description of the API, as `createDocument` creates it.
 *
 * @throws {ValiError} for a description of another form
 */
export function parseDocument(document: Json): ParsedDocument {
  const { info, tags, paths, components } = v.parse(documentSchema, document);
  const endpoints = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId,
      tag: operation.tags[0],
      summary: operation.summary,
      description: operation.description,
      method: method.toUpperCase(),
      path,
      // The description requires a token by default. Only operations that differ have their own `security`.
      isProtected: operation.security === undefined,
      parameters: operation.parameters,
      fields: operation.requestBody
        ? Object.entries(
            v.parse(bodySchema, components.schemas[operation.requestBody.content[FORM].schema.$ref])
              .properties,
          ).map(([name, { description }]) => ({ name, description }))
        : [],
      responses: Object.entries(operation.responses).map(([status, response]) => ({
        status: Number(status),
        ...('$ref' in response ? v.parse(responseSchema, components.responses[response.$ref]) : response),
      })),
    })),
  );
  return { description: info.description, tags, endpoints };
}
