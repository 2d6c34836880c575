// Long enough for a machine that is ten times slower. They end what hangs, and assert no speed.

/** How long a test or hook may take by default, in milliseconds. */
export const TEST_MS = 300_000;
/** How long a test may take that enumerates, generates load or emulates a processor, in milliseconds. */
export const LONG_TEST_MS = 1_800_000;
/** How long a process may take to start, in milliseconds. */
export const START_MS = 240_000;
/** How long a response, or an effect that a test polls for, may take, in milliseconds. */
export const RESPONSE_MS = 120_000;
