import { CommandError } from './failure.ts';

/** Creates the error for a username that does not exist. */
export const unknownUser = (username: string): CommandError =>
  new CommandError(`There is no user ${JSON.stringify(username)}. List the users with: users list`);
