import { describe, expect, it } from 'vitest';
import { useComparedClients } from '../support/compared-clients.ts';
import { FAULTS } from '../support/fault-proxy.ts';

// The same calls with the SDK's document client and with the client of the functions.
const makeCall = useComparedClients();

describe.each(FAULTS)('during the fault "%s"', (fault) => {
  const passing = ['get of an item', 'query of a page', 'update whose condition holds', 'put of a new item'];
  it.each(passing)('succeeds at the same attempt with a %s', async (name) => {
    const { expected, actual } = await makeCall(name, [fault]);
    expect(actual).toEqual(expected);
    expect(actual.attempts).toBe(fault === 'late' ? 1 : 2);
  });

  it.each(['get of an item', 'update whose condition holds'])(
    'gives up after as many attempts with a %s',
    async (name) => {
      const { expected, actual } = await makeCall(name, [fault, fault, fault, fault]);
      expect(actual).toEqual(expected);
      expect([actual.attempts, 'error' in actual.outcome]).toEqual(fault === 'late' ? [1, false] : [3, true]);
    },
  );

  it('sends an update without retries once', async () => {
    const { expected, actual } = await makeCall('update that is sent once', [fault, fault]);
    // The document client reports the retry that it prevents, and not the error before it.
    const visible = ({ attempts, stored, outcome }: typeof actual) => [attempts, stored, 'error' in outcome];
    expect(visible(actual)).toEqual(visible(expected));
    expect(actual.attempts).toBe(1);
  });
});
