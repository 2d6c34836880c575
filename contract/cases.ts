import { readFileSync } from 'node:fs';
import * as v from 'valibot';

/** The signing secret of the recorded tokens. It is public. */
export const CONTRACT_SECRET = 'latchkey-contract-secret-do-not-use-in-production-0123456789';

const strings = v.record(v.string(), v.string());
const members = v.record(v.string(), v.unknown());

/** The description of a token. Its claims may be relative to the current time, and parts of it may be invalid on purpose. */
const mintSchema = v.object({
  alg: v.string(),
  key: v.optional(v.string()),
  header: v.optional(members),
  payload: v.optional(members),
  rawPayload: v.optional(v.string()),
  tamper: v.optional(v.picklist(['signature', 'payload'])),
  forged: v.optional(members),
});

const caseSchema = v.object({
  id: v.string(),
  why: v.string(),
  /** Why the response is not the original's. */
  differs: v.optional(v.string()),
  request: v.object({
    method: v.string(),
    path: v.string(),
    headers: v.optional(strings, {}),
    body: v.optional(v.string()),
    bodyBase64: v.optional(v.string()),
  }),
  mint: v.optional(v.record(v.string(), mintSchema), {}),
  login: v.optional(v.record(v.string(), v.object({ username: v.string(), password: v.string() })), {}),
  expect: v.object({
    status: v.number(),
    contentType: v.optional(v.string()),
    wwwAuthenticate: v.optional(v.string()),
    allow: v.optional(v.string()),
    body: v.optional(v.unknown()),
    token: v.optional(v.object({ same: v.optional(v.string()), claims: v.optional(members) })),
  }),
});

/** The expected body of an error whose detail is recorded up to a position. */
export const detailStartSchema = v.object({ detail: v.object({ $startsWith: v.string() }) });

export type TokenTemplate = v.InferOutput<typeof mintSchema>;
export type ContractCase = v.InferOutput<typeof caseSchema>;

export const FIXTURE = new URL('./fixture.json', import.meta.url);

/** Requests with the recorded responses of the Django service. */
export const CASES: readonly ContractCase[] = v.parse(
  v.array(caseSchema),
  JSON.parse(readFileSync(new URL('./cases.json', import.meta.url), 'utf8')),
);
