declare module 'serverless-offline/lambda' {
  /** A Lambda function of serverless-offline. */
  export interface OfflineFunction {
    setEvent(event: unknown): void;
    setClientContext(context: unknown): void;
    runHandler(): Promise<unknown>;
  }

  export default class Lambda {
    get(functionKey: string): OfflineFunction;
  }
}
