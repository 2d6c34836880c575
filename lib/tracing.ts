import { Tracer } from '@aws-lambda-powertools/tracer';

/** Writes a subsegment of X-Ray for each call of a client of the SDK, with its operation, table and duration. */
export function traceCalls<Client>(client: Client, service: string): void {
  new Tracer({ serviceName: service, captureHTTPsRequests: false }).captureAWSv3Client(client);
}
