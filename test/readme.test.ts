/** Tests that README and the pages it lists state what is true: the table of operating systems, commands, links, length. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../src/cli/commands.ts';
import { optionTable } from '../src/cli/options.ts';
import { operatingSystems } from '../src/os/index.ts';
import { bake } from './support/bake.ts';
import { emptyFolder, repository } from './support/project.ts';

const read = (file: string): string => fs.readFileSync(path.join(repository, file), 'utf8');
const below = (folder: string): string[] =>
  fs
    .readdirSync(path.join(repository, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);

const readme = read('README.md');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...below('docs'),
  ...below('docs/decisions'),
].map((file) => ({ file, text: read(file) }));

/** A line of README's run: any id, size and number of results, which depends on the machine; `…` stands for the rest. */
function patternOf(line: string): RegExp {
  const source = line
    .replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    .replace(/\bami-[0-9a-f]{17}\b/g, 'ami-[0-9a-f]{17}')
    .replace(/\b[0-9a-f]{12}$/g, '[0-9a-f]{12}')
    .replace(/(?<=run )[0-9a-f]{8}/, '[0-9a-f]{8}')
    .replace(/\d+(?= (?:passed|skipped|kB))/g, '\\d+')
    .replaceAll('…', '.*');
  return new RegExp(`^${source}$`);
}

describe('the README', () => {
  it('has at most 110 lines of at most 120 columns', () => {
    const lines = readme.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(110);
    expect(lines.filter((line) => Array.from(line).length > 120)).toEqual([]);
  });

  it('gives a newcomer the two commands that CI runs', () => {
    const workflow = read('.github/workflows/ci.yml');
    for (const command of ['npm ci && node dist/bake.js --os alinux2 --sandbox', 'npm ci && npm test']) {
      expect(readme).toContain(`\n${command} `);
      expect(workflow).toContain(`run: ${command}\n`);
    }
  });

  it('shows the output of its first command, except for ids and what depends on the machine', async () => {
    const picture = readme.split('## A run\n```\n')[1]?.split('\n```')[0] ?? '';
    const folder = emptyFolder();
    const { stdout, stderr } = await bake(['--os', 'alinux2', '--sandbox'], { cwd: folder });
    fs.rmSync(folder, { recursive: true });
    const printed = `${stderr}${stdout}`.split('\n');
    const missing = picture
      .split('\n')
      .filter((line) => line !== '' && !printed.some((other) => patternOf(line).test(other)));
    expect(missing, printed.join('\n')).toEqual([]);
  });

  it('lists every page of docs/', () => {
    const own = new Set(['docs/style.md']);
    const unlisted = below('docs').filter((file) => !readme.includes(`](${file})`) && !own.has(file));
    expect(unlisted).toEqual([]);
    expect(read('CONTRIBUTING.md')).toContain('](docs/style.md)');
  });
});

it('docs/operating-systems.md lists every operating system that is baked, with its releases and its base image', () => {
  const rows = operatingSystems
    .filter((os) => !os.legacy)
    .map((os) => {
      const span = os.last === null ? `${os.first} and later` : `${os.first} to ${os.last}`;
      const base = os.official ? 'official' : 'your own (`base:`), made by `pcluster build-image`';
      return `| \`${os.id}\` | ${span} | ${base} |`;
    });
  const table = read('docs/operating-systems.md').split('<!-- os -->\n')[1]?.split('\n<!-- /os -->')[0];
  expect(table?.split('\n')).toEqual(rows);
});

describe.each(pages)('$file', ({ file, text }) => {
  const code = [...text.matchAll(/`([^`]+)`/g)].map((match) => (match[1] as string).replaceAll('\n', ' '));

  it('names no command and no option that does not exist', () => {
    const named = code.flatMap((one) => /^(?:npx )?bake ([a-z]+)/.exec(one)?.[1] ?? []);
    const known = new Set(commands.map((command) => command.name));
    expect(named.filter((name) => !known.has(name))).toEqual([]);
    // The page on performance names options of the benchmarks, too.
    const bare = file === 'docs/performance.md' ? '' : '|--';
    const isOurs = new RegExp(`^(?:(?:npx )?bake ${bare})`);
    const flags = code.flatMap((one) => (isOurs.test(one) ? (one.match(/(?<=^|[ |])--[a-z-]+/g) ?? []) : []));
    const options = new Set<string>([
      ...Object.values(optionTable).map(({ flag }) => flag),
      '--help',
      '--version',
    ]);
    expect(flags.filter((flag) => !options.has(flag))).toEqual([]);
  });

  it('links to files that exist', () => {
    const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] as string);
    const folder = path.dirname(path.join(repository, file));
    const gone = links.filter((link) => !link.includes('://') && !fs.existsSync(path.join(folder, link)));
    expect(gone).toEqual([]);
  });
});
