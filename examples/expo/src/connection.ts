/** Whether the last request has received a response, for all screens. */
let isOnline = true;
/** The number of times the connection was lost. */
let losses = 0;
const listeners = new Set<() => void>();

/** Reports that the service was reached, or that it was not. */
export function reportConnection(isReached: boolean): void {
  if (isReached === isOnline) return;
  isOnline = isReached;
  if (!isReached) losses += 1;
  for (const listener of [...listeners]) listener();
}

export const readConnection = (): boolean => isOnline;

/** Calls a function at each change. Returns a function that ends the calls. */
export function subscribeToConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/**
 * `fetch` that reports the connection. A response with any status means that there is one, unless the connection was lost
 * after the request was sent.
 */
export const observedFetch: typeof fetch = async (input, init) => {
  const lossesBefore = losses;
  try {
    const response = await fetch(input, init);
    if (losses === lossesBefore) reportConnection(true);
    return response;
  } catch (error) {
    reportConnection(false);
    throw error;
  }
};
