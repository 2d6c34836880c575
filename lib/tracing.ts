import { Tracer } from '@aws-lambda-powertools/tracer';

/** Records an X-Ray subsegment for each call of an SDK client, with its operation, table and duration. */
export function traceCalls<Client>(client: Client, service: string): void {
  new Tracer({ serviceName: service, captureHTTPsRequests: false }).captureAWSv3Client(client);
}
