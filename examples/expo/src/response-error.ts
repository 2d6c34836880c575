/** A response to `client.fetch` that is not the expected one. The methods of the client throw errors of their own. */
export class ResponseError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`The service responded with ${status}.`);
    this.status = status;
  }
}
