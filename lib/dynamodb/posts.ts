import { DeleteCommand, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { ListedPost, Position, Post, PostListing } from '../posts/post.ts';
import { reach, type Table } from './client.ts';
import { LISTING_INDEX, PUBLISHED, postKey } from './keys.ts';
import { listingOrder, postAttributes, readListedPost, readPost } from './post-item.ts';

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
    const { Items = [], LastEvaluatedKey } = await reach(
      this.#table.client.send(
        new QueryCommand({
          TableName: this.#table.name,
          IndexName: LISTING_INDEX,
          KeyConditionExpression: 'listing = :published',
          ExpressionAttributeValues: { ':published': PUBLISHED },
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
    const { Item } = await reach(
      this.#table.client.send(
        new GetCommand({ TableName: this.#table.name, Key: postKey(pk), ConsistentRead: true }),
      ),
    );
    return Item === undefined ? undefined : readPost(Item);
  }

  /** Stores a post, in place of the one with its pk. @throws {UnavailableError} */
  async put(post: Post): Promise<void> {
    await reach(
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
    const { Attributes } = await reach(
      this.#table.client.send(
        new DeleteCommand({ TableName: this.#table.name, Key: postKey(pk), ReturnValues: 'ALL_OLD' }),
      ),
    );
    return Attributes !== undefined;
  }
}
