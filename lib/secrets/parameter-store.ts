import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpRequest } from '@smithy/core/transport';
import * as v from 'valibot';
import { awsEndpoint, awsJsonRequest, type Credentials, RequestSigner } from '../aws-request.ts';
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

const json = v.pipe(v.string(), v.parseJson());
const parameterSchema = v.pipe(json, v.object({ Parameter: v.object({ Value: v.string() }) }));
const errorSchema = v.pipe(json, v.object({ __type: v.pipe(v.string(), v.regex(/^[\w.#]{1,100}$/)) }));

/** Errors that are not retried. */
const PERMANENT_ERRORS =
  /ParameterNotFound|AccessDenied|ValidationException|InvalidKeyId|ParameterVersionNotFound/;

/**
 * Reads and decrypts a SecureString from AWS Systems Manager Parameter Store.
 *
 * Uses modules that the DynamoDB client also contains. The SSM client would make each function a third larger
 * (docs/decisions/011-parameter-store-without-the-sdk-client.md).
 *
 * @throws {ConfigurationError} if the credentials cannot be read
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
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await fetchParameter(name, store, handler);
      } catch (error) {
        const pause = PAUSES_MS[attempt];
        if (error instanceof InternalError || pause === undefined) throw error;
        await delay(pause);
      }
    }
  } finally {
    handler.destroy();
  }
}

async function fetchParameter(
  name: string,
  store: ParameterStore,
  handler: DeadlineHandler,
): Promise<string> {
  const reply = await send(requestFor(name, store), handler).catch((cause: unknown) => {
    throw new UnavailableError({ cause });
  });
  const parameter = v.safeParse(parameterSchema, reply.body);
  if (reply.status === 200 && parameter.success) return parameter.output.Parameter.Value;
  const error = v.safeParse(errorSchema, reply.body);
  const reason = error.success ? error.output.__type : `status ${reply.status}`;
  const message = `the parameter ${name} could not be read: ${reason}`;
  if (PERMANENT_ERRORS.test(reason)) throw new InternalError(message);
  throw new UnavailableError({ cause: new Error(message) });
}

async function send(request: HttpRequest, handler: DeadlineHandler) {
  const { response } = await handler.handle(request);
  return { status: response.statusCode, body: await text(response.body) };
}

function requestFor(name: string, { region, endpoint, credentials }: ParameterStore): HttpRequest {
  const request = awsJsonRequest(
    new URL(endpoint ?? awsEndpoint('ssm', region)),
    { version: '1.1', target: 'AmazonSSM.GetParameter' },
    { Name: name, WithDecryption: true },
  );
  return new RequestSigner({ service: 'ssm', region, credentials }).sign(request, Date.now());
}
