import { serialiseDatetime } from './datetime.ts';
import type { Post } from './post.ts';

/** A post as Django's JSON serialiser writes it, in its order of members. */
export interface SerialisedPost {
  readonly model: 'blog.post';
  readonly pk: number;
  readonly fields: {
    readonly author: number;
    readonly title: string;
    readonly content: string;
    readonly created_at: string;
    readonly updated_at: string;
    readonly published_at: string | null;
  };
}

/** @see https://docs.djangoproject.com/en/stable/topics/serialization/#serialization-formats-json */
export const serialisePost = (post: Post): SerialisedPost => ({
  model: 'blog.post',
  pk: post.pk,
  fields: {
    author: post.author,
    title: post.title,
    content: post.content,
    created_at: serialiseDatetime(post.createdAt),
    updated_at: serialiseDatetime(post.updatedAt),
    published_at: post.publishedAt === null ? null : serialiseDatetime(post.publishedAt),
  },
});
