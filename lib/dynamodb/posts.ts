import { isDeepStrictEqual } from 'node:util';
import { DeleteCommand, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { ListedPost, Position, Post, PostListing } from '../posts/post.ts';
import { isConditionFailure, type Table, translateErrors } from './client.ts';
import { ItemUpdate, updateItem } from './item-update.ts';
import { LISTING_INDEX, PUBLISHED, postKey } from './keys.ts';
import { LISTED_ATTRIBUTES, listingOrder, postAttributes, readListedPost, readPost } from './post-item.ts';

/** Posts, one item each, and the sparse index that lists the published ones. */
export class PostRepository implements PostListing {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async page(
    after: Position | undefined,
    limit: number | undefined,
  ): Promise<{ posts: readonly ListedPost[]; more: boolean }> {
    const { Items = [], LastEvaluatedKey } = await translateErrors(
      this.#table.client.send(
        new QueryCommand({
          TableName: this.#table.name,
          IndexName: LISTING_INDEX,
          KeyConditionExpression: 'listing = :published',
          ExpressionAttributeValues: { ':published': PUBLISHED },
          // The role of the function allows these attributes only (deploy/resources/roles.yml).
          Select: 'SPECIFIC_ATTRIBUTES',
          ProjectionExpression: LISTED_ATTRIBUTES.join(', '),
          ScanIndexForward: false,
          ...(limit === undefined ? {} : { Limit: limit }),
          ...(after && {
            ExclusiveStartKey: {
              ...postKey(after.pk),
              listing: PUBLISHED,
              listing_order: listingOrder(after),
            },
          }),
        }),
      ),
    );
    return { posts: Items.map(readListedPost), more: LastEvaluatedKey !== undefined };
  }

  /** @throws {UnavailableError} */
  async find(pk: number): Promise<Post | undefined> {
    const { Item } = await translateErrors(
      this.#table.client.send(
        new GetCommand({ TableName: this.#table.name, Key: postKey(pk), ConsistentRead: true }),
      ),
    );
    return Item === undefined ? undefined : readPost(Item);
  }

  /**
   * Stores a new post; returns whether its pk was free. An import keeps posts that were created here, unless they are
   * samples.
   *
   * @throws {UnavailableError}
   */
  async create(post: Post, { isSample = false }: { isSample?: boolean } = {}): Promise<boolean> {
    try {
      await translateErrors(
        this.#table.client.send(
          new PutCommand({
            TableName: this.#table.name,
            Item: { ...postKey(post.pk), ...postAttributes(post), ...(isSample ? {} : { made_here: true }) },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        ),
      );
      return true;
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      // A retry after a lost answer finds its own item.
      return isDeepStrictEqual(await this.find(post.pk), post);
    }
  }

  /**
   * Changes a stored post. Returns whether it was still as it was read: an import may have moved it and stored another
   * one under its pk.
   *
   * @throws {UnavailableError}
   */
  async update(before: Post, post: Post): Promise<boolean> {
    const update = new ItemUpdate()
      .ifEquals(['created_at'], before.createdAt)
      .ifEquals(['updated_at'], before.updatedAt);
    for (const [name, value] of Object.entries(postAttributes(post))) update.set([name], value);
    if (post.publishedAt === null) update.remove(['listing']).remove(['listing_order']);
    return (await updateItem(this.#table, postKey(post.pk), update)) !== undefined;
  }

  /** Stores a post, in place of the one with its pk. @throws {UnavailableError} */
  async put(post: Post): Promise<void> {
    await translateErrors(
      this.#table.client.send(
        new PutCommand({
          TableName: this.#table.name,
          Item: { ...postKey(post.pk), ...postAttributes(post) },
        }),
      ),
    );
  }

  /** Deletes a post; tells whether it was there. @throws {UnavailableError} */
  async delete(pk: number): Promise<boolean> {
    const { Attributes } = await translateErrors(
      this.#table.client.send(
        new DeleteCommand({ TableName: this.#table.name, Key: postKey(pk), ReturnValues: 'ALL_OLD' }),
      ),
    );
    return Attributes !== undefined;
  }
}
