import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createProgram, run } from '../kit/run.ts';
import { tell } from '../kit/terminal.ts';
import { createDocument } from './document.ts';
import { recordExamples } from './examples.ts';
import type { Json } from './json-schema.ts';
import { createCollection, createEnvironment } from './postman.ts';

export const FILE = fileURLToPath(new URL('../../docs/openapi.json', import.meta.url));
const POSTMAN = new URL('../../docs/postman/', import.meta.url);
export const COLLECTION_FILE = fileURLToPath(new URL('latchkey.postman_collection.json', POSTMAN));
export const ENVIRONMENT_FILE = fileURLToPath(new URL('latchkey.postman_environment.json', POSTMAN));

const render = (json: Json): string => `${JSON.stringify(json, null, 2)}\n`;

/** Renders the description of the API, in OpenAPI 3.1. */
export const renderDescription = async (): Promise<string> => render(createDocument(await recordExamples()));

/** Renders the files for Postman, by path, from the description. */
export const renderPostman = (description: Json): Readonly<Record<string, string>> => ({
  [COLLECTION_FILE]: render(createCollection(description)),
  [ENVIRONMENT_FILE]: render(createEnvironment()),
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const program = createProgram(
    'npm run openapi',
    'Write docs/openapi.json and docs/postman from the routes and recorded examples.',
  )
    .addHelpText('after', '\nExample: npm run openapi')
    .allowExcessArguments(false)
    .action(async () => {
      const description = await renderDescription();
      writeFileSync(FILE, description);
      for (const [file, text] of Object.entries(renderPostman(JSON.parse(description))))
        writeFileSync(file, text);
      tell('Wrote docs/openapi.json and docs/postman.');
    });
  await run(program);
}
