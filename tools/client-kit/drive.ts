import * as v from 'valibot';
import { type Command, type Reply, type Result, replySchema } from './commands.ts';

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

/** Runs all scenarios with an app, over the control API. @param url the base URL of the kit */
export async function drive(url: string, startApp: StartApp): Promise<void> {
  let phone = new Map<string, string>();
  let app = start();

  function start(): { readonly app: App; end(): void } {
    let isAlive = true;
    const stored = phone;
    const items: Items = {
      get: (key) => stored.get(key),
      // What an app writes after its end is lost.
      set: (key, value) => isAlive && stored.set(key, value),
      delete: (key) => isAlive && stored.delete(key),
    };
    const end = () => {
      isAlive = false;
    };
    return { app: startApp(url, items, () => isAlive), end };
  }

  async function execute(command: Command): Promise<readonly Result[]> {
    if (command.do === 'login') return [await app.app.login(command.username, command.password)];
    if (command.do === 'call') {
      const calls = Promise.all(Array.from({ length: command.times }, () => app.app.call()));
      if (!command.abandon) return calls;
      calls.catch(() => undefined);
      return [];
    }
    app.end();
    if (command.do === 'reset') phone = new Map();
    app = start();
    return [];
  }

  await fetch(`${url}/kit/reset`, { method: 'POST' });
  let results: readonly Result[] = [];
  for (;;) {
    const command = await post(`${url}/kit/next`, { results });
    if (command.do === 'done') return;
    results = command.do === 'finished' ? [] : await execute(command);
  }
}

async function post(url: string, body: object): Promise<Reply> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} returned ${response.status}: ${await response.text()}`);
  return v.parse(replySchema, await response.json());
}
