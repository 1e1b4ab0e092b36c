/** Tests the invariants of docs/architecture.md: which folders may import which, names, texts, and what may be committed. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { engines } from '../src/engines/index.ts';
import { operatingSystems } from '../src/os/index.ts';

const root = path.resolve(import.meta.dirname, '..');
const sources = fs
  .readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file: `src/${file}`, text: fs.readFileSync(path.join(root, 'src', file), 'utf8') }));

/** What a source file imports: package names as they are, relative ones as paths from the root. */
function importsOf({ file, text }: { file: string; text: string }): string[] {
  const found = text.matchAll(
    /^(?:import|export)\b[^;'"]*?from '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm,
  );
  return [...found].map((match) => {
    const name = (match[1] ?? match[2] ?? match[3]) as string;
    return name.startsWith('.') ? path.posix.join(path.posix.dirname(file), name) : name;
  });
}

/** `file → import` pairs that break a rule. */
function offenders(within: RegExp, forbidden: RegExp): string[] {
  return sources
    .filter((source) => within.test(source.file))
    .flatMap((source) =>
      importsOf(source)
        .filter((name) => forbidden.test(name))
        .map((name) => `${source.file} → ${name}`),
    );
}

/** Modules that say of themselves that they are pure. */
const PURE = new RegExp(
  [
    'entries/', 'events/', 'errors/',
    'run/(stage|writes|plain|plan-file)\\.ts', 'util/canonical\\.ts',
    'pipeline/(fingerprint|report)\\.ts',
    'publish/(finish|history|parameter|share)\\.ts',
    'preflight/(assess|routes|groups|policy)\\.ts', 'reap/plan\\.ts',
    'rotate/(decide|format|obstacles|policy|comments)\\.ts', 'os/',
  ].map((part) => `^src/${part}`).join('|'),
); // prettier-ignore

/** A text without its comments. */
function codeOf(text: string): string {
  return text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
}

/** What a module reaches through value imports that matches, at any depth. */
function reachedFrom(file: string, wanted: RegExp, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const source = sources.find((one) => one.file === file);
  if (!source) return [];
  const values = { file, text: codeOf(source.text).replace(/^(?:import|export) type [^;]*;/gm, '') };
  return importsOf(values).flatMap((name) =>
    wanted.test(name) ? [`${file} → ${name}`] : reachedFrom(name, wanted, seen),
  );
}

describe('layers', () => {
  it('finds imports at all', () => {
    expect(sources.flatMap(importsOf).length).toBeGreaterThan(100);
  });

  it('keeps AWS clients in aws/ and engines/, child processes there and in programs/', () => {
    expect(offenders(/^src\/(?!aws\/|engines\/)/, /^(@aws-sdk|@smithy)/)).toEqual([]);
    // programs/: git and decompressors, which no engine owns; one file a program.
    expect(offenders(/^src\/(?!aws\/|engines\/|programs\/)/, /^(execa$|node:child_process)/)).toEqual([]);
  });

  it('lets the sandbox use the rehearsal engine and never the reverse', () => {
    expect(offenders(/^src\/(?!sandbox\/|jobs\/)/, /^src\/sandbox\//)).toEqual([]);
    expect(offenders(/^src\/sandbox\//, /^src\/(aws|pipeline|publish|cli|engines\/(?!rehearsal\/))/)).toEqual(
      [],
    );
  });

  it('form no cycle of folders, type imports included', () => {
    const folderOf = (file: string): string => file.split('/')[1] as string;
    const below = new Map<string, Set<string>>();
    for (const source of sources) {
      const from = folderOf(source.file);
      const folders = below.get(from) ?? new Set<string>();
      below.set(from, folders);
      for (const name of importsOf(source)) {
        if (name.startsWith('src/') && folderOf(name) !== from) folders.add(folderOf(name));
      }
    }
    // Takes away folders that import none of those left until only cycles are left.
    for (let size = -1; size !== below.size;) {
      size = below.size;
      for (const [folder, imports] of below) {
        if (![...imports].some((name) => below.has(name))) below.delete(folder);
      }
    }
    expect([...below.keys()]).toEqual([]);
  });

  it('stand in docs/architecture.md from top to bottom, one line each', () => {
    const page = fs.readFileSync(path.join(root, 'docs/architecture.md'), 'utf8');
    const rows = [...page.matchAll(/^\| (`[a-z]+\/`(?:,? `[a-z]+\/`)*) \|/gm)].map(([, cell = '']) =>
      [...cell.matchAll(/`([a-z]+)\/`/g)].map(([, name = '']) => name),
    );
    const listed = rows.flat();
    const folders = [...new Set(sources.map(({ file }) => file.split('/')[1] as string))];
    expect([...listed].sort()).toEqual(folders.sort());
    const level = new Map(rows.flatMap((row, at) => row.map((name) => [name, at] as const)));
    const upwards = sources.flatMap((source) =>
      importsOf(source).flatMap((name) => {
        const [from, to] = [source.file.split('/')[1] as string, name.split('/')[1] as string];
        // The sandbox stands beside the others; only jobs/ opens it.
        if (!name.startsWith('src/') || from === to || from === 'sandbox' || to === 'sandbox') return [];
        return (level.get(to) ?? 0) > (level.get(from) ?? 0) ? [] : [`${source.file} → ${name}`];
      }),
    );
    expect(upwards).toEqual([]);
  });

  it('has no folder import the CLI', () => {
    expect(offenders(/^src\/(?!cli\/)/, /^src\/cli\//)).toEqual([]);
  });

  it('keeps what decides things pure: no file system, no SDK, no process, no clock', () => {
    const impure = /^(node:(?!crypto$|path$|util$|buffer$)|@aws-sdk|@smithy|execa$|p-limit$)/;
    const clock = /Date\.now\(\)|new Date\(\)|Math\.random\(\)|process\./;
    expect(offenders(PURE, impure)).toEqual([]);
    const found = sources.filter(({ file, text }) => PURE.test(file) && clock.test(codeOf(text)));
    expect(found.map(({ file }) => file)).toEqual([]);
    // A plan that can reach AWS or a file through one import more is not pure either.
    const reaching = sources
      .filter(({ file }) => PURE.test(file))
      .flatMap((source) => reachedFrom(source.file, impure).map((name) => `${source.file} ⇒ ${name}`));
    expect(reaching).toEqual([]);
  });

  it('keeps the plan of each stage pure, though it stands beside gather and apply', () => {
    const stages = sources.filter(({ file }) => /^src\/(pipeline\/stages|schedule)\//.test(file));
    const plans = stages.flatMap(({ file, text }) =>
      [...codeOf(text).matchAll(/^( +)plan(?:\(|: )[^]*?\n\1[}\w]/gm)].map(([body]) => ({ file, body })),
    );
    expect(plans.length).toBeGreaterThan(6);
    const impure = plans.filter(({ body }) =>
      /\bworld\b|\bawait\b|Date\.now\(\)|new Date\(\)|\baws\b/.test(body),
    );
    expect(impure.map(({ file }) => file)).toEqual([]);
  });

  it('keeps the runner blind to images', () => {
    const runner = sources.find(({ file }) => file === 'src/run/runner.ts');
    expect(
      importsOf(runner as (typeof sources)[number]).filter((name) =>
        /aws|engines|image|os\/|publish|rotate/.test(name),
      ),
    ).toEqual([]);
  });

  it('starts namespaces in the rehearsal engine only', () => {
    const others = sources.filter(
      ({ file, text }) =>
        !file.startsWith('src/engines/rehearsal/') && /\b(unshare|nsenter)\b['"]/.test(text),
    );
    expect(others.map(({ file }) => file)).toEqual([]);
  });

  it('tells operating systems apart by data only', () => {
    const ids = operatingSystems.map((os) => os.id).join('|');
    const branch = new RegExp(`[=!]==\\s*['"](${ids})['"]|['"](${ids})['"]\\s*[=!]==`);
    const found = sources.filter(({ file, text }) => !file.startsWith('src/os/') && branch.test(text));
    expect(found.map(({ file }) => file)).toEqual([]);
  });
});

describe('registries', () => {
  const names = (folder: string): string[] =>
    fs.readdirSync(path.join(root, 'src', folder)).map((name) => name.replace(/\.ts$/, ''));

  it('lists every OS file, each under its own id', () => {
    const files = names('os').filter(
      (name) =>
        !['os', 'index', 'target', 'official', 'releases', 'families', 'family', 'node-kinds'].includes(name),
    );
    expect(operatingSystems.map((os) => os.id).sort()).toEqual(files.sort());
  });

  /** Names of an engine's that are not the engine: file, what it holds, why. */
  const notTheEngine: readonly { file: string; pattern: RegExp; why: string }[] = [
    {
      file: 'src/aws/session.ts',
      pattern:
        /@aws-sdk\/client-imagebuilder|\bimagebuilder\(region|\bimagebuilder: \(region|'imagebuilder', region/,
      why: "the SDK client, by AWS's name of the service",
    },
    {
      file: 'src/image/trust/stores.ts',
      pattern: /resources\/imagebuilder\//,
      why: 'a path in the sources of ParallelCluster',
    },
    {
      file: 'src/errors/table.ts',
      pattern: /packer (?:init|plugins)|packer\.(?:command|ssh)|packer: \{|engine: imagebuilder/,
      why: 'bake explain lists all errors from one table; hints quote keys of bakery.yaml and commands of Packer',
    },
  ];

  it('has every engine used through its interface: only its folder and the registry name it', () => {
    const sections = Object.values(engines).map(({ section }) => section.key);
    const anyName = new RegExp([...Object.keys(engines), ...sections].join('|'));
    const own = new RegExp(
      `^src/(?:engines/(?:index\\.ts$|(?:${Object.keys(engines).join('|')})/)|sandbox/)`,
    );
    const used = new Set<string>();
    const found = sources
      .filter(({ file }) => !own.test(file))
      .flatMap(({ file, text }) =>
        codeOf(text)
          .split('\n')
          .filter((line) => anyName.test(line))
          .filter((line) => {
            const allowed = notTheEngine.find((one) => one.file === file && one.pattern.test(line));
            if (allowed) used.add(allowed.file);
            return allowed === undefined;
          })
          .map((line) => `${file}: ${line.trim()}`),
      );
    expect(found).toEqual([]);
    // An exception that nothing needs any more goes.
    expect([...used].sort()).toEqual(notTheEngine.map(({ file }) => file).sort());
  });

  it('lists every engine that makes an AMI', () => {
    const folders = fs
      .readdirSync(path.join(root, 'src', 'engines'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'rehearsal')
      .map(({ name }) => name);
    expect(Object.keys(engines).sort()).toEqual(folders.sort());
    for (const [id, engine] of Object.entries(engines)) expect(engine.id).toBe(id);
  });
});

describe('sources', () => {
  it('give each exported name one meaning', () => {
    const declared = new Map<string, string[]>();
    for (const { file, text } of sources) {
      const names = text.matchAll(
        /^export (?:async )?(?:function\*?|const|let|interface|type|class) (\w+)/gm,
      );
      for (const [, name = ''] of names) declared.set(name, [...(declared.get(name) ?? []), file]);
    }
    // Each operation of the sandbox exports the same two.
    const shared = new Set(['execute', 'handlers']);
    const twice = [...declared].filter(([name, files]) => new Set(files).size > 1 && !shared.has(name));
    expect(twice.map(([name, files]) => `${name}: ${files.join(', ')}`)).toEqual([]);
  });

  it('print nothing outside the CLI', () => {
    const loud = sources.filter(
      ({ file, text }) => !file.startsWith('src/cli/') && /\bconsole\.|process\.std(out|err)/.test(text),
    );
    expect(loud.map(({ file }) => file)).toEqual([]);
  });
});

describe('what is committed', () => {
  const written = (): string[] =>
    tracked.filter(
      (file) =>
        /\.(ts|mts|mjs|md|ya?ml|hbs|sh|py|json)$|^(scripts|\.ci)\//.test(file) &&
        !/lock\.json$|^src\/sandbox\/models\//.test(file),
    );
  const read = (file: string): string => fs.readFileSync(path.join(root, file), 'utf8');

  it('cites no document that is not in the repository', () => {
    // From parts, so that this file does not cite them either.
    const notes = [
      'hardening',
      'rotation-pool',
      'destinations',
      'pages',
      'spikes',
      'toolchain',
      'parallelcluster',
      'releases',
      'pcs',
    ];
    const absent = new RegExp(
      [
        String.raw`\bfacts[/]`,
        String.raw`\b(${notes.join('|')})\.md\b`,
        String.raw`\b(design|trap) \d`,
        String.raw`\.\./shared/(?!design)`,
      ].join('|'),
    );
    const found = written().filter((file) => absent.test(read(file)) && file !== 'test/tidy.test.ts');
    expect(found).toEqual([]);
  });

  it('is written as docs/style.md says', () => {
    const left = [...read('docs/style.md').matchAll(/^\| [^|\n]*`([^`\n]+)`[^|\n]* \|/gm)].map(
      ([, words = '']) => words,
    );
    expect(left).toHaveLength(10);
    // A word with a capital letter is meant as it stands: a header that begins with Owns, not the verb.
    const forms = left.flatMap((words) => [words, words.replace(/^[a-z]/, (first) => first.toUpperCase())]);
    const riddles = new RegExp(`(?<![\\w-])(${forms.join('|')})(?![\\w-])`);
    const found = written()
      .filter((file) => !['docs/style.md', 'test/tidy.test.ts'].includes(file))
      .flatMap((file) => {
        const [words] = riddles.exec(read(file)) ?? [];
        return words === undefined ? [] : [`${file}: ${words}`];
      });
    expect(found).toEqual([]);
  });

  const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\0')
    .filter((file) => file !== '' && fs.existsSync(path.join(root, file)));

  it('names no package registry and no path of a developer machine', () => {
    // From parts, so that this file does not name them either.
    const hosts = [
      ['registry', 'npmjs', 'org'], ['pypi', 'org'], ['files', 'pythonhosted', 'org'], ['crates', 'io'], ['proxy', 'golang', 'org'],
      ['repo', 'maven', 'apache', 'org'], ['repo1', 'maven', 'org'], ['deb', 'debian', 'org'], ['ftp', 'debian', 'org'],
    ].map((parts) => parts.join('[.]')); // prettier-ignore
    const forbidden = new RegExp(
      [...hosts, ...['main', 'shared'].map((folder) => `/work/${folder}`)].join('|'),
    );
    const found = tracked.filter((file) => forbidden.test(fs.readFileSync(path.join(root, file), 'latin1')));
    expect(found).toEqual([]);
  });

  it('is no build output, and nothing large', () => {
    expect(tracked.filter((file) => /^(dist|node_modules|\.cache|\.bakery)\//.test(file))).toEqual([]);
    const large = tracked.filter((file) => fs.statSync(path.join(root, file)).size > 1_000_000);
    expect(large).toEqual([]);
  });
});
