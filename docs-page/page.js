/* global SwaggerUIBundle */

// Shows the description of the API in Swagger UI, and gives it the token of a login. The token is kept in memory only.

// The page is at /docs/. The path of a stage without a domain begins with the name of the stage.
const base = new URL('..', document.baseURI);
const form = document.querySelector('#login');
const logoutButton = document.querySelector('#logout');
const status = document.querySelector('#status');

/** The paths whose responses have a token, without the last slash. */
const TOKEN_PATHS = ['api/token', 'api/token/refresh'];

let ui;
/** The name of the security scheme that is the `Authorization` header. */
let scheme;
let token;
/** The tokens in the examples of the description. */
let exampleTokens = [];

/** Sends a token with every request, or none. */
function setToken(value) {
  token = value;
  form.hidden = value !== undefined;
  logoutButton.hidden = value === undefined;
  if (scheme === undefined) return;
  if (value === undefined) ui.authActions.logout([scheme]);
  else ui.preauthorizeApiKey(scheme, `${document.body.dataset.prefix} ${value}`);
}

const post = (path, value) =>
  fetch(new URL(path, base), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(value),
  });

/** Returns the sentences of an error response: those of its fields, or its detail. */
const sentencesOf = (error) => Object.values(error).flat().join(' ');

async function logIn() {
  const { username, password } = Object.fromEntries(new FormData(form));
  const response = await post('api/token/', { username, password });
  const body = await response.json();
  if (!response.ok) {
    status.textContent = sentencesOf(body);
    return;
  }
  form.reset();
  setToken(body.token);
  status.textContent = `Logged in as ${username}. Requests are sent with the token.`;
}

async function logOut() {
  await post('api/token/revoke/', { token });
  setToken(undefined);
  status.textContent = 'Logged out.';
}

/** Uses the token of a login or a refresh that the visitor sent with "Try it out". */
function readToken(response) {
  const url = response.url.replace(/\/$/, '');
  const isToken = TOKEN_PATHS.some((path) => url === new URL(path, base).href);
  const value = isToken && response.ok ? JSON.parse(response.text).token : undefined;
  if (value !== undefined) {
    setToken(value);
    status.textContent = 'Requests are sent with the token of this response.';
  }
  return response;
}

/** Puts the authorized token into a body in place of that of an example. A token that the visitor has typed stays. */
function fillToken(request) {
  const authorization = ui?.authSelectors.authorized().getIn([scheme, 'value']);
  const value = authorization?.split(' ').at(-1);
  if (value === undefined || typeof request.body !== 'string') return request;
  for (const example of exampleTokens) request.body = request.body.replaceAll(example, value);
  return request;
}

const tokensOf = ({ paths }) =>
  Object.values(paths)
    .flatMap(({ post: operation }) => Object.values(operation?.requestBody?.content ?? {}))
    .flatMap(({ examples }) => Object.values(examples ?? {}))
    .flatMap(({ value }) => value.token ?? []);

/** Runs an action, and says so if the service cannot be reached. */
const attempt = (action) => async (event) => {
  event?.preventDefault();
  status.textContent = '';
  try {
    await action();
  } catch (error) {
    status.textContent = `The request failed: ${error.message}`;
  }
};

/** A plugin of Swagger UI that names the lists of examples, which have no label. */
const nameExamples = () => ({
  wrapComponents: {
    ExamplesSelect:
      (Original, { React }) =>
      (props) => {
        const ref = (element) => element?.querySelector('select')?.setAttribute('aria-label', 'Example');
        return React.createElement('div', { ref }, React.createElement(Original, props));
      },
  },
});

async function show() {
  const response = await fetch(new URL('api/openapi.json', base));
  if (!response.ok) throw new Error(`the description of the API has status ${response.status}`);
  const description = await response.json();
  scheme = Object.entries(description.components?.securitySchemes ?? {}).find(
    ([, { type, in: place, name }]) =>
      type === 'apiKey' && place === 'header' && name.toLowerCase() === 'authorization',
  )?.[0];
  exampleTokens = tokensOf(description);
  ui = SwaggerUIBundle({
    dom_id: '#viewer',
    // The requests go to the service that has sent this page.
    spec: { ...description, servers: [{ url: base.href.replace(/\/$/, '') }] },
    syntaxHighlight: { theme: 'tomorrow-night' },
    requestInterceptor: fillToken,
    responseInterceptor: readToken,
    plugins: [nameExamples],
    // A validator would be another host.
    validatorUrl: null,
  });
  form.hidden = false;
}

form.addEventListener('submit', attempt(logIn));
logoutButton.addEventListener('click', attempt(logOut));
attempt(show)();
