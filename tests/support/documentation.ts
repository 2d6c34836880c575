import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fromMarkdown } from 'mdast-util-from-markdown';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The pages whose commands and examples are checked, as paths from the root of the project. */
export const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name))
    .sort(),
];

/** Reads a page. */
export const readPage = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** A fenced code block of a page. */
export interface Block {
  /** The page and the line of the fence, for messages. */
  readonly place: string;
  readonly language: string;
  /** How the block is run: the word after `run=` in the info string. Renderers do not show it. */
  readonly run: string | undefined;
  readonly text: string;
}

type Node = ReturnType<typeof fromMarkdown> | ReturnType<typeof fromMarkdown>['children'][number];

/** Returns the fenced code blocks of all pages, in order. */
export const BLOCKS: readonly Block[] = PAGES.flatMap((page) => blocksOf(page, fromMarkdown(readPage(page))));

function blocksOf(page: string, node: Node): Block[] {
  if (node.type === 'code') {
    const run = /^run=([\w-]+)$/.exec(node.meta ?? '')?.[1];
    const place = `${page}:${node.position?.start.line ?? 0}`;
    return [{ place, language: node.lang ?? '', run, text: node.value }];
  }
  return 'children' in node ? node.children.flatMap((child) => blocksOf(page, child as Node)) : [];
}

/** Returns the blocks with a run mode. */
export const blocksRun = (kind: string): Block[] => BLOCKS.filter(({ run }) => run === kind);

/** Runs a line in a shell, in the folder of the project. Returns its standard output without the lines of npm. */
export async function runInShell(line: string, env: Readonly<Record<string, string>>): Promise<string> {
  const options = { cwd: ROOT, env: { ...process.env, ...env } };
  const { stdout } = await promisify(execFile)('bash', ['-c', line], options);
  return stdout.replaceAll(/^> .*\n/gm, '').trim();
}

/** Commands in the text of a page, such as `npm run deploy -- --stage prod`. They may lack arguments. */
export const INLINE_COMMANDS: readonly { readonly place: string; readonly text: string }[] = PAGES.flatMap(
  (page) => inlineCommandsOf(page, fromMarkdown(readPage(page))),
);

function inlineCommandsOf(page: string, node: Node): { place: string; text: string }[] {
  if (node.type === 'inlineCode') {
    const isCommand = /^([A-Z_]+=\S+ )*npm run [a-z:]+/.test(node.value) && !node.value.includes('<command>');
    return isCommand ? [{ place: `${page}:${node.position?.start.line ?? 0}`, text: node.value }] : [];
  }
  return 'children' in node ? node.children.flatMap((child) => inlineCommandsOf(page, child as Node)) : [];
}

/** A command of a block, with the output that the page shows. */
export interface Command {
  readonly text: string;
  /** Undefined in a block that contains only commands. In a `console` block it may be empty. */
  readonly output: string | undefined;
}

/** Splits a block into its commands. A line that ends with a backslash continues on the next one. */
export function commandsOf({ language, text }: Block): Command[] {
  const lines = text.replaceAll(/\\\n\s*/g, '').split('\n');
  if (language !== 'console') {
    return lines.filter((line) => /^[^#\s]/.test(line)).map((line) => ({ text: line, output: undefined }));
  }
  return text
    .replaceAll(/\\\n\s*/g, '')
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...output] = part.trimEnd().split('\n');
      return { text: command, output: output.join('\n') };
    });
}

/** Returns a pattern for an output in which `…` and lines of `...` match any text. */
export function outputPattern(output: string): RegExp {
  const parts = output.trim().split(/^\.\.\.$|…/m);
  return new RegExp(`^${parts.map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('[^]*?')}$`);
}
