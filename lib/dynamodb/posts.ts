import { isDeepStrictEqual } from 'node:util';
import { type Position, toSortKey } from '../posts/order.ts';
import type { Post } from '../posts/post.ts';
import type { PostListing } from '../posts/published-posts.ts';
import type { ItemTable } from './item-client.ts';
import { ItemUpdate, updateItem } from './item-update.ts';
import { deleteItem, getItem, IF_ABSENT, putItem, translateErrors } from './items.ts';
import { LISTING_INDEX, PUBLISHED, postKey } from './keys.ts';
import { POST_ATTRIBUTES, postAttributes, postItem, readPost } from './post-item.ts';

/** Stores posts, one item each, and lists the published ones by a sparse index. */
export class PostRepository implements PostListing {
  readonly #table: ItemTable;

  constructor(table: ItemTable) {
    this.#table = table;
  }

  async page(after: Position | undefined, limit: number | undefined) {
    const { client, name } = this.#table;
    const call = client.query({
      TableName: name,
      IndexName: LISTING_INDEX,
      KeyConditionExpression: 'listing = :published',
      ExpressionAttributeValues: { ':published': PUBLISHED },
      // The role of the function allows no other attributes (deploy/resources/roles.yml).
      Select: 'SPECIFIC_ATTRIBUTES',
      ProjectionExpression: POST_ATTRIBUTES.join(', '),
      ScanIndexForward: false,
      Limit: limit,
      ExclusiveStartKey: after && {
        ...postKey(after.pk),
        listing: PUBLISHED,
        listing_order: toSortKey(after),
      },
    });
    const { Items = [], LastEvaluatedKey } = await translateErrors(call);
    return { posts: Items.map(readPost), more: LastEvaluatedKey !== undefined };
  }

  /** @throws {UnavailableError} */
  async find(pk: number): Promise<Post | undefined> {
    const item = await getItem(this.#table, postKey(pk));
    return item && readPost(item);
  }

  /**
   * Stores a new post. Returns whether its pk was free. An import keeps posts that were created here, unless they are
   * samples.
   *
   * @throws {UnavailableError}
   */
  async create(post: Post, { isSample = false }: { isSample?: boolean } = {}): Promise<boolean> {
    const item = { ...postItem(post), ...(isSample ? { sample: true } : { made_here: true }) };
    if (await putItem(this.#table, item, IF_ABSENT)) return true;
    // If the response to the first attempt was lost, the retry finds its own item.
    return isDeepStrictEqual(await this.find(post.pk), post);
  }

  /**
   * Changes a post. Returns false if it has changed since it was read: an import may have moved it and stored another post
   * under its pk.
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

  /** Stores a post. Replaces a post with the same pk. @throws {UnavailableError} */
  async put(post: Post): Promise<void> {
    await putItem(this.#table, postItem(post));
  }

  /** Deletes a post. Returns whether it existed. @throws {UnavailableError} */
  delete(pk: number): Promise<boolean> {
    return deleteItem(this.#table, postKey(pk));
  }
}
