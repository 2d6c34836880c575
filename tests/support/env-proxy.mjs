// Loaded into a server by Node.js 20, which lacks NODE_USE_ENV_PROXY: requests of `fetch` and of the global agent go to a
// proxy that does not respond.
import http from 'node:http';

const fail = () => {
  throw new Error('a request was sent to the proxy');
};
Reflect.set(globalThis, Symbol.for('undici.globalDispatcher.1'), { dispatch: fail });
http.globalAgent.createConnection = fail;
