import { run } from '../tools/kit/run.ts';
import { explain } from './failure.ts';
import { createProgram } from './program.ts';

await run(createProgram(), explain);
