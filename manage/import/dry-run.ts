import { Counters } from '../../lib/dynamodb/counters.ts';
import { PostImports } from '../../lib/dynamodb/post-imports.ts';
import { UserImports } from '../../lib/dynamodb/user-imports.ts';
import type { StoredUser } from '../../lib/dynamodb/user-item.ts';

// The storage of a dry run: it reads the table and does not write to it, so that it makes the same decisions as an import.

/** Assigns negative ids, which no record has, and reserves none. */
export class DryRunCounters extends Counters {
  #last = 0;

  override async take(_name: string, count = 1): Promise<number> {
    this.#last -= count;
    return this.#last;
  }

  override async reserve(): Promise<number> {
    return 0;
  }
}

/** Keeps its writes in memory, because a later record may rename or replace a user of an earlier one. */
export class DryRunUserImports extends UserImports {
  readonly #written = new Map<string, StoredUser | undefined>();

  override async find(usernames: readonly string[]): Promise<Map<string, StoredUser>> {
    const found = await super.find(usernames.filter((username) => !this.#written.has(username)));
    for (const username of usernames) {
      const written = this.#written.get(username);
      if (written !== undefined) found.set(username, written);
    }
    return found;
  }

  override async create(stored: StoredUser): Promise<boolean> {
    this.#written.set(stored.user.username, stored);
    return true;
  }

  override update(stored: StoredUser): Promise<boolean> {
    return this.create(stored);
  }

  override handOver(stored: StoredUser): Promise<boolean> {
    return this.create(stored);
  }

  override async renumber(username: string, _from: number, to: number): Promise<boolean> {
    const stored = (await this.find([username])).get(username);
    return stored !== undefined && this.create({ ...stored, user: { ...stored.user, id: to } });
  }

  override async remove(username: string): Promise<void> {
    this.#written.set(username, undefined);
  }
}

export class DryRunPostImports extends PostImports {
  override async create(): Promise<boolean> {
    return true;
  }
  override async replace(): Promise<boolean> {
    return true;
  }
  override async planMove(): Promise<boolean> {
    return true;
  }
  override async copy(): Promise<boolean> {
    return true;
  }
  override async put(): Promise<void> {}
  override async putGivenPks(): Promise<void> {}
}
