import { describe } from 'vitest';
import { startServer } from '../../tools/harness/server.ts';
import { CONTRACT_ENV, describeContract } from '../support/contract-tests.ts';

describe('the recorded responses of Django, compared with the source', () => {
  describeContract(() => startServer({ env: CONTRACT_ENV }));
});
