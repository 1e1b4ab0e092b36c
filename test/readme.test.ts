/** Owns that the README says what is true: the table of operating systems, the commands, the links. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../src/cli/commands.ts';
import { operatingSystems } from '../src/os/index.ts';
import { repository } from './support/project.ts';

const readme = fs.readFileSync(path.join(repository, 'README.md'), 'utf8');

describe('the README', () => {
  it('lists every operating system that is baked, with its releases and its base image', () => {
    const rows = operatingSystems
      .filter((os) => !os.legacy)
      .map((os) => {
        const span = os.last === null ? `${os.first} and later` : `${os.first} to ${os.last}`;
        const base = os.official ? 'official' : 'your own (`base:`), made by `pcluster build-image`';
        return `| \`${os.id}\` | ${span} | ${base} |`;
      });
    const table = readme.split('<!-- os -->\n')[1]?.split('\n<!-- /os -->')[0];
    expect(table?.split('\n')).toEqual(rows);
  });

  it('names no command that does not exist', () => {
    const named = [...readme.matchAll(/\bbake ([a-z]+)\b/g)].map((match) => match[1] as string);
    const words = new Set(['is', 'does', 'makes', 'with', 'bakes', 'on', 'ends']);
    const known = new Set(commands.map((command) => command.name));
    expect(named.filter((name) => !known.has(name) && !words.has(name))).toEqual([]);
  });

  it('links to files that are there', () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] as string);
    const gone = links.filter((link) => !link.includes('://') && !fs.existsSync(path.join(repository, link)));
    expect(links.length).toBeGreaterThan(3);
    expect(gone).toEqual([]);
  });
});
