import type { LoginStorage } from './storage.ts';

export type { LoginStorage } from './storage.ts';

/** Keeps a login in memory, for tests and scripts. It is lost when the process ends. */
export function memory(): LoginStorage {
  let text: string | undefined;
  return {
    name: 'memory',
    read: async () => text,
    write: async (given) => {
      text = given;
    },
    remove: async () => {
      text = undefined;
    },
  };
}
