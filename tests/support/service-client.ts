import * as v from 'valibot';

const tokenSchema = v.object({ token: v.string() });
const postsSchema = v.array(v.looseObject({ pk: v.number() }));

/** A client of a running service. Like an app, it accepts only expected responses and throws for any other. */
export class ServiceClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async logIn(login: { username: string; password: string }): Promise<string> {
    return v.parse(tokenSchema, await this.#post('/api/token/', login)).token;
  }

  async refresh(token: string): Promise<string> {
    return v.parse(tokenSchema, await this.#post('/api/token/refresh/', { token })).token;
  }

  async verify(token: string): Promise<void> {
    await this.#post('/api/token/verify/', { token });
  }

  async revoke(token: string): Promise<void> {
    await this.#post('/api/token/revoke/', { token });
  }

  /** Returns why a token is not valid, or undefined if it is. */
  async refusalOf(token: string): Promise<unknown> {
    const { status, body } = await this.#send('/api/token/verify/', postOf({ token }));
    return status === 200 ? undefined : body;
  }

  /** Returns the pks of a page, or of the whole list. */
  async posts(token: string, query = ''): Promise<readonly number[]> {
    const path = `/api/blog/posts/${query}`;
    const { status, body } = await this.#send(path, { headers: { Authorization: `JWT ${token}` } });
    if (status !== 200) throw new UnexpectedResponseError(path, status, body);
    return v.parse(postsSchema, body).map(({ pk }) => pk);
  }

  async #post(path: string, value: object): Promise<unknown> {
    const { status, body } = await this.#send(path, postOf(value));
    if (status !== 200) throw new UnexpectedResponseError(path, status, body);
    return body;
  }

  async #send(path: string, init: RequestInit): Promise<{ status: number; body: unknown }> {
    const response = await fetch(this.#url + path, init);
    return { status: response.status, body: await response.json() };
  }
}

/** The server sent an unexpected response. */
export class UnexpectedResponseError extends Error {
  constructor(path: string, status: number, body: unknown) {
    super(`${path} returned ${status}: ${JSON.stringify(body)}`);
    this.name = 'UnexpectedResponseError';
  }
}

const postOf = (value: object): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(value),
});
