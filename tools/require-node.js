// Loaded before every other module: those may need what this version of Node lacks, and the framework may end the process
// because of it. JavaScript, since an old version of Node loads no TypeScript here.
import { readFileSync } from 'node:fs';
import { unsupportedNode } from './node-version.js';

const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
const problem = unsupportedNode(process.version, JSON.parse(manifest).engines.node);
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}
