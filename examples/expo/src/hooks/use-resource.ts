import { useCallback, useEffect, useRef, useState } from 'react';
import { useActive } from './use-active';
import { useReconnect } from './use-connection';
import { useFailure } from './use-failure';
import { useIsSelected } from './use-selected';

export interface Resource<Data> {
  /** What was loaded last, also after an error. */
  readonly data: Data | undefined;
  readonly error: unknown;
  /** Whether the user waits for a refresh. */
  readonly isRefreshing: boolean;
  readonly refresh: () => Promise<void>;
  /** Changes the loaded data without a request. */
  readonly update: (change: (data: Data) => Data) => void;
}

const replace = <Data>(_: Data, loaded: Data): Data => loaded;

/**
 * Loads data: when its screen opens or its tab is selected again, when the user returns to the app, and after a lost
 * connection. Data that was loaded stays when a later request fails.
 *
 * @param load sends the request. It must be stable across renders: define it outside the component, or wrap it in useCallback
 * @param merge adds what was loaded to what is shown, except at a refresh. It must be stable, too
 */
export function useResource<Data>(
  load: () => Promise<Data>,
  merge: (known: Data, loaded: Data) => Data = replace,
): Resource<Data> {
  const [data, setData] = useState<Data>();
  const [isRefreshing, setIsRefreshing] = useState(false);
  const { error, fail, clear } = useFailure();
  const isSelected = useIsSelected();
  const last = useRef(0);

  const request = useCallback(
    async (combine: (known: Data, loaded: Data) => Data) => {
      last.current += 1;
      const number = last.current;
      try {
        const loaded = await load();
        // A response that a newer request has overtaken is out of date.
        if (number !== last.current) return;
        setData((known) => (known === undefined ? loaded : combine(known, loaded)));
        clear();
      } catch (reason) {
        if (number === last.current) fail(reason);
      }
    },
    [load, fail, clear],
  );
  const reload = useCallback(() => request(merge), [request, merge]);
  const refresh = useCallback(async () => {
    setIsRefreshing(true);
    await request(replace);
    setIsRefreshing(false);
  }, [request]);

  const update = useCallback((change: (data: Data) => Data) => {
    setData((loaded) => (loaded === undefined ? undefined : change(loaded)));
  }, []);

  useEffect(() => {
    if (isSelected) void reload();
  }, [isSelected, reload]);
  useActive(reload);
  useReconnect(reload);
  return { data, error, isRefreshing, refresh, update };
}
