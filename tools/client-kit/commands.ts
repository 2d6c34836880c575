import * as v from 'valibot';

const scenario = v.string();

/** A command of the kit to the app under test, or the state of the scenarios. */
export const replySchema = v.variant('do', [
  /** Forget everything: a new installation of the app. */
  v.object({ do: v.literal('reset'), scenario }),
  v.object({ do: v.literal('login'), scenario, username: v.string(), password: v.string() }),
  /** List the posts, a number of times at once. With `abandon`, start that and do not wait for the result. */
  v.object({ do: v.literal('call'), scenario, times: v.number(), abandon: v.boolean() }),
  /** End the app without notice, and start it again: only its storage is left. */
  v.object({ do: v.literal('restart'), scenario }),
  /** The scenario has ended. `reason` says why it failed. */
  v.object({ do: v.literal('finished'), scenario, passed: v.boolean(), reason: v.optional(v.string()) }),
  /** All scenarios have ended. */
  v.object({ do: v.literal('done'), passed: v.number(), failed: v.number() }),
]);

export type Reply = v.InferOutput<typeof replySchema>;

type WithoutScenario<One> = One extends Reply ? Omit<One, 'scenario'> : never;

/** What the app under test has to do next. */
export type Command = WithoutScenario<Exclude<Reply, { readonly do: 'finished' | 'done' }>>;

/** The result of a scenario. */
export interface Verdict {
  readonly scenario: string;
  readonly passed: boolean;
  /** Why it failed. */
  readonly reason?: string;
}

const resultSchema = v.variant('outcome', [
  /** The posts were listed, or the user is logged in. */
  v.object({ outcome: v.literal('ok'), posts: v.optional(v.number()) }),
  /** The app shows the login. */
  v.object({ outcome: v.literal('login_required') }),
  /** There was an error, and the user is still logged in. */
  v.object({ outcome: v.literal('failed'), detail: v.optional(v.string()) }),
]);

/** What the app did. A command to log in or to call has one result for each time. */
export type Result = v.InferOutput<typeof resultSchema>;

export const resultsSchema = v.object({ results: v.optional(v.array(resultSchema), []) });
