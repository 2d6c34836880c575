import type { AccountSessions, SessionRules } from '../../lib/sessions/session.ts';
import type { SessionChange } from '../../lib/sessions/session-change.ts';
import {
  currentOf,
  decideRefresh,
  decideUnread,
  type RefreshRequest,
  type RefreshResult,
} from '../../lib/sessions/session-machine.ts';
import { applyChange } from './machine-transitions.ts';

/** The outcome of a client: an answer, a rejection, or the end of a change. `died`: it lost the response and is gone. */
export type Ending =
  | { readonly type: 'completed'; readonly result: RefreshResult & { readonly type: 'successor' } }
  | { readonly type: 'refused'; readonly code: string }
  | { readonly type: 'changed' | 'died' };

export type Endings = ReadonlyMap<string, Ending>;

/** A client. It makes one call at a time: a read, or a write with its condition. */
export interface Client {
  readonly name: string;
  /** Starts after these have ended. */
  readonly after?: readonly string[];
  /** A client with the same requests that starts later, because the order of identical clients makes no difference. */
  readonly follows?: string;
  /** Whether a response to one of its writes can get lost. */
  readonly losesResponses?: boolean;
  /** Determines its first call when it starts. */
  begin(endings: Endings): { readonly refresh: RefreshRequest } | { readonly change: SessionChange };
}

/** The next call of a client that has started. */
type Pending =
  | { readonly type: 'read'; readonly request: RefreshRequest; readonly isSecond: boolean }
  | { readonly type: 'write'; readonly change: SessionChange; readonly request: RefreshRequest | undefined };

/** A state of the exploration: the stored sessions, the pending call of each client, and the outcomes. */
export interface Moment {
  readonly state: AccountSessions;
  readonly pending: ReadonlyMap<string, Pending>;
  readonly endings: Endings;
  /** The state at the start of each refresh. */
  readonly began: ReadonlyMap<string, AccountSessions>;
  /** The clients whose writes changed the state, in order. */
  readonly writers: readonly string[];
  readonly lost: number;
}

export interface Exploration {
  readonly start: AccountSessions;
  readonly clients: readonly Client[];
  readonly rules: SessionRules;
  /** How many responses can get lost in one history. */
  readonly lost: number;
  /** Called with each write and the state before it. */
  onWrite?(state: AccountSessions, change: SessionChange): void;
  /** Called at each end. Throws if a rule is broken. */
  check(end: Moment): void;
}

const texts = new WeakMap<object, string>();

/** Converts a state to text, with maps and sets as sorted lists. Caches the text of each object, because states share most of theirs. */
export function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = Array.isArray(value) ? `[${value.map(textOf)}]` : `{${partsOf(value)}}`;
  texts.set(value, text);
  return text;
}

function partsOf(value: object): string[] {
  if (value instanceof Set) return [...value].map(textOf).sort();
  if (value instanceof Map) return [...value].map(([key, one]) => `${textOf(key)}:${textOf(one)}`).sort();
  return Object.entries(value).flatMap(([key, one]) => (one === undefined ? [] : `${key}:${textOf(one)}`));
}

const numbersOfTexts = new Map<string, number>();
const numbers = new WeakMap<object, number>();
/** Numbers equal values alike, which keeps keys short. Caches the number of each object. */
function numberOf(value: object | undefined): number | undefined {
  if (value === undefined) return undefined;
  const known = numbers.get(value);
  if (known !== undefined) return known;
  const text = textOf(value);
  const number = numbersOfTexts.get(text) ?? numbersOfTexts.size;
  numbersOfTexts.set(text, number);
  numbers.set(value, number);
  return number;
}

/** Moments with the same key have the same future. */
function keyOf({ clients }: Exploration, { state, pending, endings, began, writers, lost }: Moment): string {
  const key: unknown[] = [numberOf(state), lost];
  for (const { name } of clients)
    key.push(numberOf(pending.get(name)), numberOf(endings.get(name)), numberOf(began.get(name)));
  return key.concat(writers).join();
}

/** Explores every order of the calls of the clients, and every loss of a response. Returns how many moments there are. */
export function exploreMachine(exploration: Exploration): number {
  const { start } = exploration;
  const none = { pending: new Map(), endings: new Map(), began: new Map(), writers: [], lost: 0 };
  const open: Moment[] = [begun(exploration, { state: start, ...none })];
  const seen = new Set<string>();
  for (let moment = open.pop(); moment !== undefined; moment = open.pop()) {
    const key = keyOf(exploration, moment);
    if (seen.has(key)) continue;
    seen.add(key);
    const nexts = nextMoments(exploration, moment);
    if (nexts.length === 0) exploration.check(moment);
    open.push(...nexts);
  }
  return seen.size;
}

/** Starts every client that can start. */
function begun({ clients, rules }: Exploration, moment: Moment): Moment {
  const pending = new Map(moment.pending);
  for (const client of clients) {
    const isDue = (client.after ?? []).every((name) => moment.endings.has(name));
    if (!isDue || pending.has(client.name) || moment.endings.has(client.name)) continue;
    const work = client.begin(moment.endings);
    if ('change' in work)
      pending.set(client.name, { type: 'write', change: work.change, request: undefined });
    else pending.set(client.name, firstCall(work.refresh, rules));
  }
  return { ...moment, pending };
}

/** Starts a refresh as the refresher does. */
function firstCall(request: RefreshRequest, rules: SessionRules): Pending {
  const decision = decideUnread(request, request.principal.validUntil, rules);
  return decision === undefined
    ? { type: 'read', request, isSecond: false }
    : { type: 'write', change: decision.change, request };
}

function nextMoments(exploration: Exploration, moment: Moment): Moment[] {
  return exploration.clients.flatMap((client): Moment[] => {
    const pending = moment.pending.get(client.name);
    if (pending === undefined || moment.endings.has(client.name)) return [];
    const leader = client.follows;
    if (leader !== undefined && !moment.began.has(leader) && !moment.endings.has(leader)) return [];
    const began = moment.began.has(client.name)
      ? moment.began
      : new Map(moment.began).set(client.name, moment.state);
    return callsOf(exploration, client, pending, { ...moment, began });
  });
}

function callsOf(exploration: Exploration, { name, losesResponses }: Client, call: Pending, moment: Moment) {
  if (call.type === 'read') return [afterRead(exploration, name, call, moment)];
  const { state, lost, writers } = moment;
  exploration.onWrite?.(state, call.change);
  const next = applyChange(state, call.change);
  const hasChanged = next !== undefined && numberOf(next) !== numberOf(state);
  const written: Moment = {
    ...moment,
    state: next ?? state,
    writers: hasChanged ? [...writers, name] : writers,
  };
  const moments = [afterWrite(exploration, name, call, written, next)];
  if (losesResponses && lost < exploration.lost) {
    // The SDK retries the write, or the client is gone.
    moments.push({ ...written, lost: lost + 1 });
    moments.push(ended(exploration, name, { type: 'died' }, { ...written, lost: lost + 1 }));
  }
  return moments;
}

function afterWrite(
  exploration: Exploration,
  name: string,
  { change, request }: Pending & { readonly type: 'write' },
  moment: Moment,
  next: AccountSessions | undefined,
): Moment {
  if (request === undefined) return ended(exploration, name, { type: 'changed' }, moment);
  if (change.type === 'end')
    return ended(exploration, name, { type: 'refused', code: 'refresh_reuse' }, moment);
  const session = next?.sessions.get(request.principal.sid);
  if (session === undefined) return waiting(name, { type: 'read', request, isSecond: true }, moment);
  const result = currentOf(session);
  return ended(exploration, name, { type: 'completed', result }, moment);
}

function afterRead(
  exploration: Exploration,
  name: string,
  { request, isSecond }: Pending & { readonly type: 'read' },
  moment: Moment,
): Moment {
  const decision = decideRefresh(moment.state, request, exploration.rules);
  if (decision.type === 'refuse')
    return ended(exploration, name, { type: 'refused', code: decision.code }, moment);
  if (decision.type === 'presented') throw new Error('unexpected refresh within a second of the login');
  if (decision.type === 'successor')
    return ended(exploration, name, { type: 'completed', result: decision }, moment);
  if (decision.type === 'issue' && isSecond)
    return waiting(name, firstCall(request, exploration.rules), moment);
  return waiting(name, { type: 'write', change: decision.change, request }, moment);
}

const waiting = (name: string, call: Pending, moment: Moment): Moment => ({
  ...moment,
  pending: new Map(moment.pending).set(name, call),
});

const ended = (exploration: Exploration, name: string, ending: Ending, moment: Moment): Moment =>
  begun(exploration, { ...moment, endings: new Map(moment.endings).set(name, ending) });
