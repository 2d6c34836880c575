import { describe, expect, it } from 'vitest';
import { unsupportedNode } from '../../tools/node-version.js';

const RANGE = '^20.19.0 || ^22.13.0 || >=24';

describe('Node version', () => {
  it.each(['v20.19.0', 'v20.20.2', 'v22.13.0', 'v22.23.3', 'v24.0.0', 'v26.12.1', 'v27.0.0-nightly2027'])(
    'is supported: %s',
    (version) => {
      expect(unsupportedNode(version, RANGE)).toBeUndefined();
    },
  );

  it.each(['v16.20.2', 'v18.20.8', 'v20.18.3', 'v21.7.3', 'v22.5.0', 'v22.12.0', 'v23.11.0'])(
    'is not supported, and the message names the supported ones: %s',
    (version) => {
      expect(unsupportedNode(version, RANGE)).toBe(
        `Latchkey needs Node ^20.19.0 || ^22.13.0 || >=24; this is ${version}. ` +
          'Install a supported version and run the command again.',
      );
    },
  );
});
