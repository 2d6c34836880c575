import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpRequest } from '@smithy/core/transport';
import * as v from 'valibot';
import { awsEndpoint } from '../aws-endpoint.ts';
import { awsJsonRequest } from '../aws-request.ts';
import { type Credentials, RequestSigner } from '../aws-signature.ts';
import { type AttemptTimeouts, DeadlineHandler } from '../deadline-handler.ts';
import { InternalError, UnavailableError } from '../errors.ts';

export interface ParameterStore {
  readonly region: string;
  /** A URL that replaces the AWS endpoint, including its path. */
  readonly endpoint: string | undefined;
  /** Returns the credentials for an attempt. */
  readonly credentials: () => Credentials;
}

/** The attempts and pauses together stay below the timeout of a function. */
const TIMEOUTS: AttemptTimeouts = { connectMs: 1_000, requestMs: 1_500, attemptMs: 1_500 };
const PAUSES_MS = [50, 200];

const parameterSchema = v.object({ Parameter: v.object({ Value: v.string() }) });
const errorSchema = v.object({ __type: v.pipe(v.string(), v.regex(/^[\w.#]{1,100}$/)) });

/** Errors that are not retried. */
const PERMANENT_ERRORS =
  /ParameterNotFound|AccessDenied|ValidationException|InvalidKeyId|ParameterVersionNotFound/;

/**
 * Reads and decrypts a SecureString from AWS Systems Manager Parameter Store.
 *
 * Uses modules that the DynamoDB client also contains. The SSM client would make each function a third larger
 * (docs/decisions/011-parameter-store-without-the-sdk-client.md).
 *
 * @throws {UnavailableError} if the store cannot be reached
 * @throws {InternalError} if the parameter does not exist or the function may not read it
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 */
export async function readParameter(
  name: string,
  store: ParameterStore,
  timeouts = TIMEOUTS,
): Promise<string> {
  const handler = new DeadlineHandler(timeouts);
  try {
    for (const pause of PAUSES_MS) {
      try {
        return await fetchParameter(name, store, handler);
      } catch (error) {
        if (error instanceof InternalError) throw error;
        await delay(pause);
      }
    }
    return await fetchParameter(name, store, handler);
  } finally {
    handler.destroy();
  }
}

async function fetchParameter(
  name: string,
  store: ParameterStore,
  handler: DeadlineHandler,
): Promise<string> {
  let reply: { readonly status: number; readonly body: string };
  try {
    const { response } = await handler.handle(requestFor(name, store));
    reply = { status: response.statusCode, body: await text(response.body) };
  } catch (cause) {
    throw new UnavailableError({ cause });
  }
  const parsed = parseJson(reply.body);
  if (reply.status === 200 && v.is(parameterSchema, parsed)) return parsed.Parameter.Value;
  const reason = v.is(errorSchema, parsed) ? parsed.__type : `status ${reply.status}`;
  const message = `the parameter ${name} could not be read: ${reason}`;
  if (PERMANENT_ERRORS.test(reason)) throw new InternalError(message);
  throw new UnavailableError({ cause: new Error(message) });
}

function requestFor(name: string, { region, endpoint, credentials }: ParameterStore): HttpRequest {
  const request = awsJsonRequest(
    new URL(endpoint ?? awsEndpoint('ssm', region)),
    { version: '1.1', target: 'AmazonSSM.GetParameter' },
    { Name: name, WithDecryption: true },
  );
  return new RequestSigner({ service: 'ssm', region, credentials }).sign(request, Date.now());
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
