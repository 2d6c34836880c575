import { expect, it } from 'vitest';
import { abortOnSignals } from '../../manage/abort-on-signals.ts';

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'abortOnSignals aborts at %s, and removes its listeners',
  (name) => {
    const before = process.listenerCount(name);
    const { signal, release } = abortOnSignals();
    process.emit(name);
    expect(signal.aborted).toBe(true);
    release();
    expect(process.listenerCount(name)).toBe(before);
  },
);
