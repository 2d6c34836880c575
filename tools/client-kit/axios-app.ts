import axios, { AxiosError, type InternalAxiosRequestConfig } from 'axios';
import type { Result } from './commands.ts';
import type { StartApp } from './drive.ts';

const KEY = 'token';

/**
 * Starts an app as tutorials write it: an interceptor of axios refreshes the token after a 401 and repeats the request; if the
 * refresh fails, it discards the token and shows the login. It is the control of the self-test.
 */
export const startAxiosApp: StartApp = (baseURL, items) => {
  const api = axios.create({ baseURL });
  const repeated = new WeakSet<InternalAxiosRequestConfig>();
  api.interceptors.request.use((config) => {
    const token = items.get(KEY);
    if (token !== undefined) config.headers.set('Authorization', `JWT ${token}`);
    return config;
  });
  api.interceptors.response.use(undefined, async (error: unknown) => {
    const config = error instanceof AxiosError ? error.config : undefined;
    if (!(error instanceof AxiosError) || error.response?.status !== 401 || !config || repeated.has(config)) {
      throw error;
    }
    try {
      const { data } = await axios.post(`${baseURL}/api/token/refresh/`, { token: items.get(KEY) });
      items.set(KEY, data.token);
    } catch {
      items.delete(KEY);
      throw error;
    }
    repeated.add(config);
    return api(config);
  });
  const resultOf = (work: Promise<Result>): Promise<Result> =>
    work.catch((error: unknown): Result => {
      if (!(error instanceof AxiosError)) throw error;
      if (items.get(KEY) === undefined) return { outcome: 'login_required' };
      return { outcome: 'failed', detail: error.message };
    });
  return {
    login: (username, password) =>
      resultOf(
        api.post('/api/token/', { username, password }).then(({ data }): Result => {
          items.set(KEY, data.token);
          return { outcome: 'ok' };
        }),
      ),
    call: async () => {
      if (items.get(KEY) === undefined) return { outcome: 'login_required' };
      return resultOf(
        api.get('/api/blog/posts/').then(
          ({ data }): Result => ({
            outcome: 'ok',
            posts: Array.isArray(data) ? data.length : -1,
          }),
        ),
      );
    },
  };
};
