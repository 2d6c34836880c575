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

export type Endpoint = ReturnType<typeof parseDocument>['endpoints'][number];

/**
 * Parses the description of the API, as `createDocument` creates it. Resolves its references.
 *
 * @throws {ValiError} for a description of another form
 */
export function parseDocument(document: Json) {
  const { info, tags, paths, components } = v.parse(documentSchema, document);
  const fieldsOf = (schema: string) => {
    const { properties } = v.parse(bodySchema, components.schemas[schema]);
    return Object.entries(properties).map(([name, { description }]) => ({ name, description }));
  };
  const endpoints = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody, responses, security, ...operation }]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
      // The description requires a token by default. Only operations that differ have their own `security`.
      isProtected: security === undefined,
      // The members of the body.
      fields: requestBody ? fieldsOf(requestBody.content[FORM].schema.$ref) : [],
      responses: Object.entries(responses).map(([status, response]) => ({
        status: Number(status),
        ...('$ref' in response ? v.parse(responseSchema, components.responses[response.$ref]) : response),
      })),
    })),
  );
  return { description: info.description, tags, endpoints };
}
