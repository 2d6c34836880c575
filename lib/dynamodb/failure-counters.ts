import * as v from 'valibot';
import { InternalError } from '../errors.ts';
import type { Attempt, AttemptLog } from '../throttling/attempt-log.ts';
import type { FailureCounters, NetworkPeriod } from '../throttling/counted-attempt.ts';
import type { ItemTable } from './item-client.ts';
import { ItemUpdate, updateItem } from './item-update.ts';
import { parseItem } from './items.ts';
import { networkFailuresKey, usernameFailuresKey } from './keys.ts';

/** An attempt as a member of a string set: milliseconds since 1970, nonce, optional device, and network. */
const ATTEMPT = /^(?<at>\d{1,15})\/(?<nonce>[\w-]+)(?:@(?<device>[\w-]+))?\/(?<network>.+)$/;

const attemptsSchema = v.optional(v.set(v.pipe(v.string(), v.regex(ATTEMPT))), () => new Set<string>());
const logSchema = v.object({ consecutive: attemptsSchema, recent: attemptsSchema });

/**
 * Counts failed logins by network and by username.
 *
 * A network has one item per period, which contains a number. A username has one item, which contains string sets:
 * adding or removing a member twice has no effect, so the SDK can retry a call whose response was lost.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 */
export class FailureCounterRepository implements FailureCounters {
  readonly #table: ItemTable;

  constructor(table: ItemTable) {
    this.#table = table;
  }

  async countForNetwork(period: NetworkPeriod, limit: number | undefined): Promise<boolean> {
    const update = new ItemUpdate().increase(['failures'], 1).set(['expires'], period.endSeconds);
    if (limit !== undefined) {
      const failures = update.path(['failures']);
      update.if(`attribute_not_exists(${failures})`, `${failures} < ${update.value(limit)}`);
    }
    return (await updateItem(this.#table, networkFailuresKey(period), update)) !== undefined;
  }

  async releaseForNetwork(period: NetworkPeriod): Promise<void> {
    const update = new ItemUpdate().increase(['failures'], -1);
    update.if(`${update.path(['failures'])} > ${update.value(0)}`);
    // If the response is lost, the number does not show whether the write was made.
    await updateItem(this.#table, networkFailuresKey(period), update, { isRetried: false });
  }

  async add(username: string, attempt: Attempt, expiresSeconds: number): Promise<AttemptLog> {
    const members = [memberOf(attempt)];
    const update = new ItemUpdate().addTo(['consecutive'], members).addTo(['recent'], members);
    const log = await updateItem(
      this.#table,
      usernameFailuresKey(username),
      update.set(['expires'], expiresSeconds),
    );
    if (log === undefined) throw new InternalError('an update without a condition failed a condition');
    const { consecutive, recent } = parseItem(logSchema, log);
    return { consecutive: attemptsOf(consecutive), recent: attemptsOf(recent) };
  }

  async remove(
    username: string,
    removed: AttemptLog,
    expiresSecondsIfEmpty: number | undefined,
  ): Promise<void> {
    const key = usernameFailuresKey(username);
    if (expiresSecondsIfEmpty !== undefined) {
      const emptying = removing(removed).set(['expires'], expiresSecondsIfEmpty);
      for (const [name, { length }] of Object.entries(removed)) {
        const path = emptying.path([name]);
        emptying.if(
          length > 0 ? `size(${path}) = ${emptying.value(length)}` : `attribute_not_exists(${path})`,
        );
      }
      if ((await updateItem(this.#table, key, emptying)) !== undefined) return;
    }
    // An attempt was added in the meantime, or the response to the write above was lost.
    await updateItem(this.#table, key, removing(removed).ifExists());
  }
}

const removing = ({ consecutive, recent }: AttemptLog): ItemUpdate =>
  new ItemUpdate()
    .deleteFrom(['consecutive'], consecutive.map(memberOf))
    .deleteFrom(['recent'], recent.map(memberOf));

const memberOf = ({ at, nonce, device, network }: Attempt): string =>
  `${at}/${nonce}${device === undefined ? '' : `@${device}`}/${network}`;

function attemptsOf(members: ReadonlySet<string>): Attempt[] {
  return [...members].map((member) => {
    const { at, nonce = '', device, network = '' } = ATTEMPT.exec(member)?.groups ?? {};
    return { at: Number(at), nonce, device, network };
  });
}
