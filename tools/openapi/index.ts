import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createProgram, run } from '../kit/run.ts';
import { tell } from '../kit/terminal.ts';
import { createDocument } from './document.ts';
import { recordExamples } from './examples.ts';

export const FILE = fileURLToPath(new URL('../../docs/openapi.json', import.meta.url));

/** Writes the description of the API, in OpenAPI 3.1. */
export const renderDescription = async (): Promise<string> =>
  `${JSON.stringify(createDocument(await recordExamples()), null, 2)}\n`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const program = createProgram(
    'npm run openapi',
    'Write docs/openapi.json from the routes and recorded examples.',
  )
    .addHelpText('after', '\nExample: npm run openapi')
    .allowExcessArguments(false)
    .action(async () => {
      writeFileSync(FILE, await renderDescription());
      tell('Wrote docs/openapi.json.');
    });
  await run(program);
}
