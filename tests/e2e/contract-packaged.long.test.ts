import { describe } from 'vitest';
import { CONTRACT_ENV, describeContract } from '../support/contract-tests.ts';
import { startPackagedServer } from '../support/packaged-server.ts';

describe('the recorded responses of Django, compared with the packaged artifacts', () => {
  describeContract(() => startPackagedServer(CONTRACT_ENV));
});
