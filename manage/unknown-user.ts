import { CommandError } from './failure.ts';

/** Creates the error for a username that does not exist. */
export const unknownUser = (username: string): CommandError =>
  new CommandError(`The user ${JSON.stringify(username)} does not exist. List the users with: users list`);
