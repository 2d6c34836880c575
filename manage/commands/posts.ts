import { createReadStream } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Table } from '../../lib/dynamodb/client.ts';
import { allPosts } from '../../lib/dynamodb/listings.ts';
import type { Post } from '../../lib/posts/post.ts';
import { createNewRecords, createPostRepository, createUserRepository } from '../../lib/wiring.ts';
import { fileArgument } from '../../tools/kit/file-argument.ts';
import { printable, tell, toTable } from '../../tools/kit/terminal.ts';
import { assertConfirmable, type ConnectionOptions, onTable, withTable } from '../connection.ts';
import { datetimeConverter } from '../datetime-converter.ts';
import { exampleOf } from '../example.ts';
import { CommandError, unknownUser } from '../failure.ts';
import { isTooLarge } from '../record-size.ts';
import { readUtf8 } from '../utf8-text.ts';

interface NewPost {
  readonly title: string;
  readonly author: string;
  readonly content?: string;
  readonly contentFile?: string;
  readonly publish?: boolean;
}

/** Adds the commands for posts. */
export function addPostCommands(program: Command): void {
  const posts = program
    .command('posts')
    .description('list, add, publish, unpublish and delete posts')
    .addHelpText('after', exampleOf('posts list'));
  posts
    .command('list')
    .description('list all posts by pk, including drafts')
    .option('--json', 'print one JSON object per line')
    .addHelpText('after', exampleOf('posts list --json'))
    .action(onTable({ changes: false }, list));
  posts
    .command('add')
    .description('add a post, as a draft unless --publish is given')
    .requiredOption('--title <title>', 'the title')
    .requiredOption('--author <username>', 'the user who wrote it')
    .addOption(new Option('--content <text>', 'the content').conflicts('contentFile'))
    .option('--content-file <path>', 'read the content from a file; - reads standard input', fileArgument)
    .option('--publish', 'publish it now')
    .addHelpText(
      'after',
      exampleOf('posts add --title Hello --author admin --content-file hello.txt --publish'),
    )
    .action((options: NewPost, command: Command) => {
      if (options.content === undefined && options.contentFile === undefined) {
        command.error('error: Pass either --content or --content-file.');
      }
      return add(options, command.optsWithGlobals());
    });
  posts
    .command('publish')
    .argument('<pk>', 'the pk of the post', parsePk)
    .description('publish a draft, with the current time')
    .addHelpText('after', exampleOf('posts publish 4'))
    .action(
      onTable({ changes: true }, async (table, pk: number) => {
        await change(table, pk, (post, now) => ({ ...post, publishedAt: post.publishedAt ?? now }));
        tell(`Post ${pk} is published.`);
      }),
    );
  posts
    .command('unpublish')
    .argument('<pk>', 'the pk of the post', parsePk)
    .description('turn a post into a draft')
    .addHelpText('after', exampleOf('posts unpublish 4'))
    .action(
      onTable({ changes: true }, async (table, pk: number) => {
        await change(table, pk, (post) => ({ ...post, publishedAt: null }));
        tell(`Post ${pk} is a draft.`);
      }),
    );
  posts
    .command('delete')
    .argument('<pk>', 'the pk of the post', parsePk)
    .description('delete a post permanently; asks first')
    .addHelpText('after', exampleOf('posts delete 4'))
    .action((pk: number, _: unknown, command: Command) => remove(pk, command.optsWithGlobals()));
}

const missing = (pk: number) =>
  new CommandError(`The post ${pk} does not exist. List the posts with: posts list`);

function parsePk(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('A pk is a positive integer.');
  return Number(text);
}

async function list(table: Table, { json }: { json?: boolean }): Promise<void> {
  const convert = await datetimeConverter(table);
  const rows = [['pk', 'author', 'published', 'title']];
  for await (const { pk, author, publishedAt, title } of allPosts(table)) {
    const published = publishedAt === null ? null : convert(publishedAt);
    if (json) tell(printable(JSON.stringify({ pk, author, published_at: published, title })));
    else rows.push([String(pk), String(author), published ?? 'draft', title]);
  }
  if (!json) tell(toTable(rows));
}

async function add(
  { title, author, content, contentFile, publish }: NewPost,
  options: ConnectionOptions,
): Promise<void> {
  assertConfirmable(options, { changes: true });
  const body = content ?? (await readContent(contentFile ?? ''));
  if (isTooLarge({ title, body })) throw new CommandError('The post is too large. The maximum is 390 KB.');
  await withTable(options, { changes: true }, async (table) => {
    const account = await createUserRepository(table).findAccount(author);
    if (account === undefined) throw unknownUser(author);
    const records = createNewRecords(table, Date.now);
    const now = await records.now();
    const dates = { createdAt: now, updatedAt: now, publishedAt: publish ? now : null };
    const pk = await records.createPost({ author: account.id, title, content: body, ...dates });
    tell(`Post ${pk} was added${publish ? ' and published' : ' as a draft'}.`);
  });
}

const readContent = (path: string): Promise<string> =>
  readUtf8(path === '-' ? process.stdin : createReadStream(path), 'The content');

async function change(table: Table, pk: number, edit: (post: Post, now: string) => Post): Promise<void> {
  const posts = createPostRepository(table);
  const post = await posts.find(pk);
  if (post === undefined) throw missing(pk);
  const now = await createNewRecords(table, Date.now).now();
  if (!(await posts.update(post, { ...edit(post, now), updatedAt: now }))) {
    throw new CommandError(`Another command changed post ${pk} at the same time. Run the command again.`);
  }
}

async function remove(pk: number, options: ConnectionOptions): Promise<void> {
  const question = async (table: Table) => {
    const post = await createPostRepository(table).find(pk);
    if (post === undefined) throw missing(pk);
    return `Delete post ${pk}, ${printable(JSON.stringify(post.title))}?`;
  };
  await withTable(options, { changes: true, question }, async (table) => {
    if (!(await createPostRepository(table).delete(pk))) throw missing(pk);
    tell(`Post ${pk} was deleted.`);
  });
}
