import { CommandError } from '../../manage/failure.ts';
import { failureOf, refusal, SENTENCES } from '../kit/check.ts';
import { type Client, PATHS } from '../kit/client.ts';
import type { Login } from './check.ts';
import type { LoginOptions } from './login.ts';

/** Asserts that Latchkey responds at a URL. Otherwise every check would fail for the same reason. @throws {CommandError} */
export async function assertServed(client: Client): Promise<void> {
  const { base } = client;
  const { status, body } = await client.call(PATHS.obtain, { json: {} }).catch((error: unknown) => {
    const problem = failureOf(error);
    if (problem === undefined) throw error;
    throw new CommandError(
      `${base} does not respond (${problem}). Check the URL, and that the service is running.`,
    );
  });
  if (status === 403 || status === 404 || typeof body !== 'object') {
    throw new CommandError(
      `${base} is not Latchkey: POST ${PATHS.obtain} returned ${status}. Check the URL. Without a domain of its own, it ends ` +
        'with the stage name.',
    );
  }
}

/** Asserts that the login is accepted, and that it is a user of the service at this URL. @throws {CommandError} */
export async function assertLogin(
  client: Client,
  login: Login,
  { stage, username }: LoginOptions,
): Promise<void> {
  const { status, body } = await client.call(PATHS.obtain, { json: login });
  const isRejected =
    status === 400 && JSON.stringify(body) === JSON.stringify(refusal(SENTENCES.credentials).body);
  if (!isRejected) return;
  if (username !== undefined) {
    throw new CommandError(
      `The service rejected the password of ${username}. Pass the password on standard input.`,
    );
  }
  throw new CommandError(
    stage === undefined
      ? `${client.base} uses other data than this command. Set LATCHKEY_DATA_DIR, or DYNAMODB_ENDPOINT and TABLE_NAME, as for the server.`
      : `${client.base} does not use the table of the stage ${stage}. Check --stage, AWS_REGION and TABLE_NAME.`,
  );
}
