import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyResult, Context } from 'aws-lambda';
import type { Clock } from '../clock.ts';
import { UnavailableError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { allowedMethods } from './allowed-methods.ts';
import { answerHeaders } from './answer-headers.ts';
import type { Answer, FailureGroup } from './answers.ts';
import { bodyBytes } from './body-bytes.ts';
import { cors } from './cors.ts';
import { errorAnswers } from './error-answers.ts';
import { formBody } from './form-body.ts';
import { invocationLog } from './invocation-log.ts';
import { jsonText } from './json-text.ts';
import { multipartBody } from './multipart-body.ts';
import { type HttpRequest, readRequest } from './request.ts';

export type { Answer } from './answers.ts';
export type { HttpRequest } from './request.ts';

export interface HttpDependencies {
  readonly logger: Logger;
  /** Origins that a browser app may call from, or `*`; empty for none. */
  readonly allowedOrigins: readonly string[];
  readonly clock?: Clock;
}

export interface Route {
  /** What the log calls it. */
  readonly name: string;
  readonly methods: readonly ('GET' | 'POST' | 'DELETE')[];
  readonly failures: FailureGroup;
}

/** How long before Lambda ends an invocation it is answered all the same, in milliseconds. */
const TIMEOUT_MARGIN_MS = 100;

/**
 * Makes a Lambda handler of a function from request to answer: parses bodies as Django REST framework does, answers
 * thrown errors by the table, and writes one log line per invocation.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export function createHttpHandler(
  { logger, allowedOrigins, clock = Date.now }: HttpDependencies,
  route: Route,
  handle: (request: HttpRequest) => Promise<Answer>,
): (event: unknown, context: Context) => Promise<APIGatewayProxyResult> {
  const stack = middy<HttpRequest, Answer>({
    timeoutEarlyInMillis: TIMEOUT_MARGIN_MS,
    timeoutEarlyResponse: () => {
      throw new UnavailableError({ cause: new Error('the time of the invocation ran out') });
    },
  });
  const { markNumbers, readNumber } = jsonText();
  // `before` runs downwards, `after` and `onError` upwards: whoever adds to an answer stands above whoever makes it.
  stack.use(invocationLog({ logger, route: route.name, clock }));
  stack.use(answerHeaders());
  stack.use(cors(allowedOrigins, route.methods));
  stack.use(allowedMethods(route.methods));
  stack.use(errorAnswers(route.failures));
  stack.use(bodyBytes());
  stack.use(markNumbers);
  stack.use(httpJsonBodyParser({ reviver: readNumber, disableContentTypeError: true }));
  stack.use(formBody());
  stack.use(multipartBody());
  stack.handler(async (request: HttpRequest) =>
    request.method === 'OPTIONS' ? { status: 204 } : handle(request),
  );
  return async (event, context) => {
    const request = readRequest(event, context, clock());
    const { status, headers, body = '' } = await stack(request, context);
    // HEAD is answered as GET is, without the body (RFC 9110 section 9.3.2).
    return { statusCode: status, headers: { ...headers }, body: request.method === 'HEAD' ? '' : body };
  };
}
