import { isLatchkeyError } from '@latchkey/client';
import { useCallback } from 'react';
import { client } from '../client';
import { useAction } from './use-action';
import { useResource } from './use-resource';

const loadSessions = () => client.sessions.list();

/** The devices on which the user is logged in. */
export function useDevices() {
  const { data, error, isRefreshing, refresh, update } = useResource(loadSessions);
  const end = useCallback(
    async (id: string) => {
      await client.sessions.end(id).catch((reason: unknown) => {
        // The session has ended already, for example by a logout on that device.
        if (!isLatchkeyError(reason) || reason.status !== 404) throw reason;
      });
      update((sessions) => sessions.filter((session) => session.id !== id));
    },
    [update],
  );
  const endOthers = useCallback(async () => {
    await client.sessions.endOthers();
    update((sessions) => sessions.filter(({ current }) => current));
  }, [update]);
  return {
    sessions: data,
    error,
    isRefreshing,
    refresh,
    ending: useAction(end),
    endingOthers: useAction(endOthers),
  };
}
