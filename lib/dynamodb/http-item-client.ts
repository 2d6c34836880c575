import type {
  DeleteCommandInput,
  GetCommandInput,
  PutCommandInput,
  QueryCommandInput,
  UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { constructStack } from '@smithy/core/client';
import {
  getRetryAfterHint,
  isThrottlingError,
  isTransientError,
  StandardRetryStrategy,
} from '@smithy/core/retry';
import type { HttpRequest, HttpResponse } from '@smithy/core/transport';
import { awsEndpoint, type Credentials, RequestSigner } from '../aws-request.ts';
import type { Clock } from '../clock.ts';
import { DeadlineHandler } from '../deadline-handler.ts';
import { type ClientSettings, HTTP_AGENT, localEngine, MAX_ATTEMPTS, timeoutsOf } from './connection.ts';
import { type Operation, type Output, readResponse, requestFor } from './http-api.ts';
import type { ItemClient } from './item-client.ts';

export interface HttpItemClientSettings extends Omit<ClientSettings, 'region'> {
  readonly region: string;
  /** A URL that replaces the endpoint of the region, such as `AWS_ENDPOINT_URL`. */
  readonly awsEndpoint?: string | undefined;
  /** Returns the credentials for an attempt. A local engine has its own. */
  readonly credentials?: () => Credentials;
  /** Classifies, limits and delays retries: like the SDK's client by default. */
  readonly retries?: StandardRetryStrategy;
  readonly clock?: Clock;
}

/** The base of the pauses between attempts, as in the SDK's client. */
const BASE_DELAY_MS = 25;
/** Signatures are valid for five minutes. The SDK corrects its clock from four minutes on. */
const MAX_SKEW_MS = 240_000;
/** The options of the middleware that retries, as in the SDK. */
const RETRY = { name: 'retryMiddleware', step: 'finalizeRequest', priority: 'high' } as const;

type SdkError = Parameters<typeof isTransientError>[0] & { $response?: unknown };
type RetryErrorInfo = Parameters<StandardRetryStrategy['refreshRetryTokenForRetry']>[1];

/** Creates a client for the functions. */
export const createItemClient = (settings: HttpItemClientSettings): HttpItemClient =>
  new HttpItemClient(settings);

/**
 * Sends requests to DynamoDB with parts of the SDK: its marshaller, retries and HTTP handler. Resolving
 * endpoint, credentials, schema and middleware for each request takes the SDK's client twice the time of all of them
 * (docs/decisions/027-functions-call-dynamodb-without-the-sdk-client.md).
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
 */
export class HttpItemClient implements ItemClient {
  /** The middleware of each call, as in a client of the SDK. Tracing adds its own. */
  readonly middlewareStack = constructStack<object, Output>();
  /** The configuration that tracing reads. */
  readonly config: { readonly region: () => Promise<string> };

  readonly #url: URL;
  readonly #signer: RequestSigner;
  readonly #handler: DeadlineHandler;
  readonly #retries: StandardRetryStrategy;
  readonly #clock: Clock;
  /** The time of DynamoDB minus that of this clock, if they differ by more than {@link MAX_SKEW_MS}. */
  #clockOffsetMs = 0;

  constructor(settings: HttpItemClientSettings) {
    const { region, endpoint, credentials = noCredentials, clock = Date.now } = settings;
    const local = endpoint === undefined ? undefined : localEngine(endpoint);
    this.#url = new URL(local?.endpoint ?? settings.awsEndpoint ?? awsEndpoint('dynamodb', region));
    this.#signer = new RequestSigner({
      service: 'dynamodb',
      region,
      credentials: local === undefined ? credentials : () => local.credentials,
    });
    this.#handler = new DeadlineHandler(timeoutsOf(settings), { httpAgent: HTTP_AGENT });
    this.#clock = clock;
    this.#retries =
      settings.retries ?? new StandardRetryStrategy({ maxAttempts: MAX_ATTEMPTS, baseDelay: BASE_DELAY_MS });
    this.config = { region: async () => region };
    this.middlewareStack.add((next) => (args) => this.#retry(() => next(args)), RETRY);
  }

  get(input: GetCommandInput): Promise<Output> {
    return this.#call('GetItem', input);
  }

  put(input: PutCommandInput): Promise<Output> {
    return this.#call('PutItem', input);
  }

  update(input: UpdateCommandInput): Promise<Output> {
    return this.#call('UpdateItem', input);
  }

  updateOnce(input: UpdateCommandInput): Promise<Output> {
    const stack = this.middlewareStack.clone();
    stack.remove(RETRY.name);
    return this.#call('UpdateItem', input, stack);
  }

  delete(input: DeleteCommandInput): Promise<Output> {
    return this.#call('DeleteItem', input);
  }

  query(input: QueryCommandInput): Promise<Output> {
    return this.#call('Query', input);
  }

  destroy(): void {
    this.#handler.destroy();
  }

  async #call(operation: Operation, input: object, stack = this.middlewareStack): Promise<Output> {
    const request = requestFor(this.#url, operation, input);
    const context = { clientName: 'DynamoDBClient', commandName: `${operation}Command` };
    const send = stack.resolve(() => this.#attempt(request), context);
    const args = { input, request };
    return (await send(args)).output;
  }

  /** Repeats attempts that fail in a way that may pass, with the classification and the pauses of the SDK. */
  async #retry<Result extends { output: Output }>(attempt: () => Promise<Result>): Promise<Result> {
    let token = await this.#retries.acquireInitialRetryToken('');
    for (;;) {
      try {
        const result = await attempt();
        this.#retries.recordSuccess(token);
        result.output.$metadata.attempts = token.getRetryCount() + 1;
        return result;
      } catch (error) {
        if (!isSdkError(error)) throw error;
        error.$metadata = { ...error.$metadata, attempts: token.getRetryCount() + 1 };
        // The strategy pauses, and rejects if the error is permanent or the attempts are used up.
        token = await this.#retries.refreshRetryTokenForRetry(token, retryInfoOf(error)).catch(() => {
          throw error;
        });
      }
    }
  }

  /** Sends a request once, signed with the current credentials. */
  async #attempt(request: HttpRequest): Promise<{ response: HttpResponse; output: Output }> {
    const signingTime = this.#clock() + this.#clockOffsetMs;
    const { response } = await this.#handler.handle(this.#signer.sign(request, signingTime));
    const clockSkewCorrected = this.#correctClock(signingTime, response.headers.date);
    return { response, output: await readResponse(response, clockSkewCorrected) };
  }

  /** Adopts the time of DynamoDB if the signing time differs too much. Returns whether it did. */
  #correctClock(signingTime: number, date: string | undefined): boolean {
    const serverTime = Date.parse(date ?? '');
    if (!(Math.abs(serverTime - signingTime) >= MAX_SKEW_MS)) return false;
    this.#clockOffsetMs = serverTime - this.#clock();
    return true;
  }
}

function noCredentials(): never {
  throw new TypeError('the client has no credentials');
}

/** The SDK reads these members of an error if it has them. */
const isSdkError = (error: unknown): error is SdkError => error instanceof Error;

function retryInfoOf(error: SdkError): RetryErrorInfo {
  const hint = getRetryAfterHint(error.$response);
  return { error, errorType: retryTypeOf(error), ...(hint && { retryAfterHint: hint }) };
}

function retryTypeOf(error: SdkError): RetryErrorInfo['errorType'] {
  if (isThrottlingError(error)) return 'THROTTLING';
  return isTransientError(error) ? 'TRANSIENT' : 'CLIENT_ERROR';
}
