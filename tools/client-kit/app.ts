import type { Result } from './commands.ts';

/** The storage of a phone, which survives the end of an app. */
export interface Items {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  delete(key: string): void;
}

/** An app under test. */
export interface App {
  login(username: string, password: string): Promise<Result>;
  /** Lists the posts. */
  call(): Promise<Result>;
}

/** Starts an app on a phone. @param isAlive returns whether the app has not been ended */
export type StartApp = (baseUrl: string, items: Items, isAlive: () => boolean) => App;
