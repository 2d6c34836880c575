import { ADMIN, type Admin } from './first-run.ts';

/** Returns the output of a start: the URL, the login, and commands that work when they are pasted. */
export function welcome(options: {
  url: string;
  /** The URLs of the server for other devices, by kind of device. */
  devices: readonly (readonly [device: string, url: string])[];
  /** Where the data is. */
  data: string;
  admin: Admin | undefined;
  /** The prefix of the token in the `Authorization` header. */
  prefix: string;
  token: string | undefined;
}): string {
  const { url, devices, data, admin, prefix, token = 'TOKEN' } = options;
  const login = { username: admin ? ADMIN : 'USERNAME', password: admin?.password ?? 'PASSWORD' };
  const post = (path: string, body: object) =>
    `curl -s -w '\\n' ${url}${path} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
  return `
Latchkey on ${url}
${devices.map(([device, address]) => `From ${device}: ${address}\n`).join('')}Data: ${data}. Press Ctrl-C to stop.
${loginLine(admin)}
Obtain a token:
${post('/api/token/', login)}

List the posts:
curl -s -w '\\n' ${url}/api/blog/posts/ -H 'Authorization: ${prefix} ${token}'

Verify a token:
${post('/api/token/verify/', { token })}

Refresh a token:
${post('/api/token/refresh/', { token })}

Try the API in a browser: ${url}/docs/

`;
}

function loginLine(admin: Admin | undefined): string {
  if (admin === undefined) return 'Create a superuser: npm run manage -- createsuperuser\n';
  if (admin.password === undefined)
    return `Set a password for ${ADMIN}: npm run manage -- changepassword ${ADMIN}\n`;
  return `Superuser: ${ADMIN}, password: ${admin.password}\n`;
}
