import { describe } from 'vitest';
import { CONTRACT_ENV, describeContract } from '../support/contract-tests.ts';
import { startBuiltServer } from '../support/programs.ts';

describe('the recorded responses of Django, compared with the source', () => {
  describeContract(() => startBuiltServer({ env: CONTRACT_ENV }));
});
