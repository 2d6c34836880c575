declare module 'serverless-offline/lambda' {
  /** A function as serverless-offline invokes it: given an event, then run. */
  export interface OfflineFunction {
    setEvent(event: unknown): void;
    setClientContext(context: unknown): void;
    runHandler(): Promise<unknown>;
  }

  export default class Lambda {
    get(functionKey: string): OfflineFunction;
  }
}
