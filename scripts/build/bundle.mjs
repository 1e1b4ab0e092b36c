/** Runs one build: esbuild, the pack, NOTICE, meta.json, the code cache, in a temporary folder that then replaces dist. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { makeCodeCache } from './code-cache.mjs';
import { lazy } from './lazy.mjs';
import { classNames } from './class-names.mjs';
import { leaveOut } from './leave-out.mjs';
import { bundledPackages, noticeText } from './notice.mjs';
import { packed } from './pack.mjs';
import { packedJson } from './packed-json.mjs';
import { prebuilt } from './prebuilt.mjs';
import { pureTables } from './pure-tables.mjs';
import { templates } from './templates.mjs';

const LOADER = fileURLToPath(new URL('loader.cjs', import.meta.url));
const WORKFLOW = '.github/workflows/bake.yml';
/** Programs that run on worker threads: src/assets/pool.ts and src/rotate/pool.ts start them. */
const THREADS = { 'asset-worker': 'src/assets/worker.ts', 'rotate-worker': 'src/rotate/worker.ts' };
/** The repository's package.json says that its files are ES modules; those of dist/ are not. */
const MANIFEST = { type: 'commonjs' };

/** Builds into `out`. Prints nothing unless the build fails, or had to do without the plug-in. */
export async function bundle({ root, entry, out, digest, pureTables: wanted, warmUp }) {
  const temp = `${out}.tmp-${process.pid}`;
  rmSync(temp, { recursive: true, force: true });
  try {
    const entries = { bake: entry, ...THREADS };
    const paths = { absWorkingDir: root, entryPoints: entries, outdir: temp };
    const { result, pure } = await compile(paths, wanted);
    const files = await packed(result.outputFiles, (name) => Object.hasOwn(entries, basename(name, '.js')));
    mkdirSync(temp, { recursive: true });
    for (const [name, content] of Object.entries(files)) writeFileSync(join(temp, name), content);
    chmodSync(join(temp, 'bake.js'), 0o755);
    copyFileSync(LOADER, join(temp, 'load.js'));
    writeFileSync(join(temp, 'package.json'), `${JSON.stringify(MANIFEST)}\n`);
    const packages = bundledPackages(root, result.metafile);
    // `bake init` writes the workflow of this repository into the user's repository.
    copyFileSync(join(root, WORKFLOW), join(temp, 'workflow.yml'));
    writeFileSync(join(temp, 'NOTICE'), noticeText(packages));
    const meta = {
      digest,
      pureTables: pure,
      bytes: Object.values(files).reduce((sum, content) => sum + Buffer.byteLength(content), 0),
      packages: packages.map(({ name, version }) => `${name}@${version}`),
      modules: moduleGraph(result.metafile),
    };
    writeFileSync(join(temp, 'meta.json'), `${JSON.stringify(meta, null, 1)}\n`);
    if (warmUp) makeCodeCache(temp);
    swap(temp, out);
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

async function compile(paths, wanted) {
  if (!wanted) return { result: await esbuild(paths, []), pure: false };
  try {
    return { result: await esbuild(paths, [pureTables]), pure: true };
  } catch (error) {
    // A new SDK may look different, and a larger bundle is better than none. An error in our code occurs again here.
    const result = await esbuild(paths, []);
    process.stderr.write(`built without pure SDK tables: ${error.message}\n`);
    return { result, pure: false };
  }
}

function esbuild(paths, plugins) {
  return build({
    ...paths,
    write: false,
    bundle: true,
    splitting: true,
    minify: true,
    charset: 'utf8',
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // The SDK's `main` is one CommonJS file for each client; esbuild can shake its ES build (aws/aws-sdk-js-v3#3023).
    mainFields: ['module', 'main'],
    // yaml's build for Node is CommonJS: nothing could be left out, and each isMap() would go through a getter.
    alias: {
      yaml: join(paths.absWorkingDir, 'node_modules/yaml/browser/index.js'),
      // The runtime without the compiler: see templates.mjs.
      handlebars: 'handlebars/runtime.js',
    },
    chunkNames: '[name]-[hash]',
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [
      prebuilt(paths.absWorkingDir),
      templates(paths.absWorkingDir),
      lazy,
      classNames,
      leaveOut,
      packedJson,
      ...plugins,
    ],
  });
}

/** For each module: its source, whether it is loaded lazily, and its imports. test/bundle/size.test.ts counts with it. */
function moduleGraph({ outputs }) {
  const names = (imports, isLazy) =>
    imports
      .filter(({ external, kind }) => !external && (kind === 'dynamic-import') === isLazy)
      .map(({ path }) => basename(path));
  return Object.fromEntries(
    Object.entries(outputs).map(([file, { entryPoint: source, imports }]) => [
      basename(file),
      { source, imports: names(imports, false), lazy: names(imports, true) },
    ]),
  );
}

/** Replaces the old folder with the new one. If two builds run at once, the later one wins and neither fails. */
function swap(temp, out) {
  const old = `${out}.old-${process.pid}`;
  for (let tries = 0; ; tries++) {
    try {
      if (existsSync(out)) renameSync(out, old);
      renameSync(temp, out);
      break;
    } catch (error) {
      if (tries === 20) throw error;
    } finally {
      rmSync(old, { recursive: true, force: true });
    }
  }
}
