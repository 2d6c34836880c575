/** The local stack or its data cannot be used. The message states the reason and the remedy. */
export class LocalError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LocalError';
  }
}
