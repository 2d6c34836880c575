import type { DatetimeFormat } from '../../lib/posts/datetime-format.ts';

/** The results for the records of one kind. */
export interface Counts {
  created: number;
  updated: number;
  unchanged: number;
  invalid: number;
}

/** The results of an import. The ids and pks of a dry run are negative. */
export class ImportReport {
  readonly users: Counts & { renamed: number } = {
    created: 0,
    updated: 0,
    unchanged: 0,
    invalid: 0,
    renamed: 0,
  };
  readonly posts: Counts = { created: 0, updated: 0, unchanged: 0, invalid: 0 };
  /** Records without a model, and files that end too early. */
  broken = 0;
  /** Other models, counted by name. */
  readonly others = new Map<string, number>();
  /** New ids of users created here whose id a record has, by username. */
  readonly renumbered = new Map<string, number>();
  /** New pks of posts created here whose pk a record has, by old pk. */
  readonly movedPosts = new Map<number, number>();
  /** The number of posts of each author who does not exist, by id. */
  readonly missingAuthors = new Map<number, number>();

  /** The format in which records that are created here write datetimes from now on. */
  datetimeFormat: DatetimeFormat | undefined;

  get hasProblems(): boolean {
    return this.broken + this.users.invalid + this.posts.invalid > 0;
  }

  countOther(model: string): void {
    this.others.set(model, (this.others.get(model) ?? 0) + 1);
  }

  /** Returns the lines of the summary. */
  lines(): string[] {
    const { renamed, ...users } = this.users;
    return [
      `Users: ${counted(users)}${renamed > 0 ? `, ${renamed} renamed` : ''}`,
      `Posts: ${counted(this.posts)}`,
      ...[...this.renumbered].map(
        ([name, id]) => `The account ${name}, made here, gets ${idOf(id)}: a record has its id.`,
      ),
      ...[...this.movedPosts].map(
        ([pk, to]) => `The post ${pk}, made here, gets ${pkOf(to)}: a record has its pk.`,
      ),
      ...[...this.missingAuthors].map(
        ([id, posts]) => `No user has the id ${id}, the author of ${posts} posts.`,
      ),
      ...(this.datetimeFormat?.kind === 'naive'
        ? [
            `Datetimes have no offset (USE_TZ = False). Their time zone is ${this.datetimeFormat.timeZone}: if TIME_ZONE is another, repeat the import with --time-zone.`,
          ]
        : []),
      ...(this.others.size === 0 ? [] : [`Left out, other models: ${namesOf(this.others)}`]),
    ];
  }
}

const idOf = (id: number) => (id < 0 ? 'another id' : `the id ${id}`);

const pkOf = (pk: number) => (pk < 0 ? 'another pk' : `the pk ${pk}`);

const counted = ({ created, updated, unchanged, invalid }: Counts): string =>
  `${created} created, ${updated} updated, ${unchanged} unchanged, ${invalid} invalid`;

const namesOf = (models: ReadonlyMap<string, number>): string =>
  [...models].map(([model, count]) => `${model} (${count})`).join(', ');
