import type { DatetimeFormat } from '../../lib/posts/datetime-format.ts';
import { listed } from '../listed.ts';

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
  /** Usernames of accounts created here that a record replaced, with another password. */
  readonly replacedAccounts = new Set<string>();
  /** New pks of posts created here whose pk a record has, by old pk. */
  readonly movedPosts = new Map<number, number>();
  /** The number of demo posts whose pk a record has. */
  replacedSamples = 0;
  /** The number of posts of each author who does not exist, by id. */
  readonly missingAuthors = new Map<number, number>();
  /** New ids of users whose record has no pk, by username. */
  readonly newIds = new Map<string, number>();
  /** Usernames whose hash matches no password, by the reason. */
  readonly uncheckableHashes = new Map<string, string[]>();
  /** Users without a usable password. In Django, they cannot log in with one either. */
  unusablePasswords = 0;
  /** Usernames that differ by case only from another one, which is the value. */
  readonly caseConflicts = new Map<string, string>();
  /** Whether the dumps were rejected because of {@link caseConflicts}. */
  isRefused = false;
  /** Other models that have the fields of a user model. */
  readonly otherUserModels = new Set<string>();
  /** The number of records with a field that the model does not have in this service, by model and field. */
  readonly unknownFields = new Map<string, number>();
  /** Whether the records of {@link unknownFields} are imported without them. */
  leavesFieldsOut = false;

  /** The format in which records that are created here write datetimes from now on. Undefined if no datetime was imported. */
  datetimeFormat: DatetimeFormat | undefined;
  /** Whether the operator named the time zone of {@link datetimeFormat}. */
  isTimeZoneNamed = false;

  get hasProblems(): boolean {
    return (
      this.isRefused ||
      this.broken + this.users.invalid + this.posts.invalid > 0 ||
      this.missingAuthors.size + this.otherUserModels.size > 0
    );
  }

  countOther(model: string, isUserModel: boolean): void {
    count(this.others, model);
    if (isUserModel) this.otherUserModels.add(model);
  }

  addUncheckableHash(reason: string, username: string): void {
    const usernames = this.uncheckableHashes.get(reason) ?? [];
    usernames.push(username);
    this.uncheckableHashes.set(reason, usernames);
  }

  countUnknownFields(model: string, names: readonly string[]): void {
    for (const name of names) count(this.unknownFields, `${model} ${name}`);
  }

  /** Returns the findings that an operator should see before the import writes anything. */
  findings(): string[] {
    return [
      ...[...this.uncheckableHashes].map(
        ([reason, names]) =>
          `No password matches the hash: ${reason} (${names.length}: ${listed(names)}). Set new ones with changepassword.`,
      ),
      this.caseConflicts.size > 0 &&
        `Usernames that differ by case only are different users here: ${listed(
          [...this.caseConflicts].map(([name, other]) => `${other} and ${name}`),
        )}.`,
    ].filter((line) => line !== false);
  }

  #unknownFieldLine(): string {
    const fields = namesOf(this.unknownFields);
    return this.leavesFieldsOut
      ? `Ignored, unknown fields: ${fields}`
      : `Unknown fields: ${fields}. --ignorenonexistent imports the records without these fields.`;
  }

  /** Returns the lines of the summary. */
  lines(): string[] {
    if (this.isRefused) return [...this.findings(), 'The dump was rejected. Nothing was written.'];
    const { renamed, ...users } = this.users;
    const lines = [
      `Users: ${counted(users)}${renamed > 0 ? `, ${renamed} renamed` : ''}`,
      `Posts: ${counted(this.posts)}`,
      ...[...this.renumbered].map(
        ([name, id]) =>
          `The account ${name}, created here, gets ${idOf(id)}, because the dump has a user with its id.`,
      ),
      this.replacedAccounts.size > 0 &&
        `Accounts created here, replaced by users of the dump with the same username: ${listed([...this.replacedAccounts])}. They have the passwords of the dump.`,
      ...[...this.movedPosts].map(
        ([pk, to]) =>
          `The post ${pk}, created here, gets ${pkOf(to)}, because the dump has a post with its pk.`,
      ),
      this.replacedSamples > 0 &&
        `Demo posts of npm start, replaced by posts of the dump: ${this.replacedSamples}.`,
      ...[...this.missingAuthors].map(
        ([id, posts]) =>
          `No user has the id ${id}, the author of ${posts} ${posts === 1 ? 'post' : 'posts'}.`,
      ),
      this.datetimeFormat?.kind === 'naive' &&
        `Datetimes have no offset (USE_TZ = False). They are read as ${this.datetimeFormat.timeZone}.${
          this.isTimeZoneNamed ? '' : ' If TIME_ZONE is different, repeat the import with --time-zone.'
        }`,
      this.newIds.size > 0 &&
        `Users without a pk have new ids: ${listed([...this.newIds].map(newIdOf))}. Their tokens of Django are not valid here; they log in again.`,
      ...this.findings(),
      this.unusablePasswords > 0 &&
        `Users without a usable password, as in Django: ${this.unusablePasswords}.`,
      ...[...this.otherUserModels].map(
        (model) => `The dump has users of the model ${model}. To import them, pass --user-model ${model}.`,
      ),
      this.unknownFields.size > 0 && this.#unknownFieldLine(),
      this.others.size > 0 && `Ignored models: ${namesOf(this.others)}`,
    ];
    return lines.filter((line) => line !== false);
  }
}

const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);

const newIdOf = ([name, id]: readonly [string, number]) => (id < 0 ? name : `${name} (${id})`);

const idOf = (id: number) => (id < 0 ? 'another id' : `the id ${id}`);

const pkOf = (pk: number) => (pk < 0 ? 'another pk' : `the pk ${pk}`);

const counted = ({ created, updated, unchanged, invalid }: Counts): string =>
  `${created} created, ${updated} updated, ${unchanged} unchanged, ${invalid} invalid`;

const namesOf = (models: ReadonlyMap<string, number>): string =>
  [...models].map(([model, count]) => `${model} (${count})`).join(', ');
