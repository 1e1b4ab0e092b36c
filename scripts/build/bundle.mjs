/** Owns one build: esbuild, prebuilt texts, NOTICE, meta.json; into a temporary folder that then takes dist's place. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { leaveOut } from './leave-out.mjs';
import { bundledPackages, noticeText } from './notice.mjs';
import { packedJson } from './packed-json.mjs';
import { prebuilt } from './prebuilt.mjs';
import { pureTables } from './pure-tables.mjs';

const WORKFLOW = '.github/workflows/bake.yml';
const SHEBANG = '#!/usr/bin/env node\n';
/** CommonJS packages inside an ES module: only the chunk that holds esbuild's shim needs a require of its own. */
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);\n";

/** Builds into `out`. Prints nothing unless the build fails, or had to do without the plug-in. */
export async function bundle({ root, entry, out, digest, pureTables: wanted }) {
  const temp = `${out}.tmp-${process.pid}`;
  rmSync(temp, { recursive: true, force: true });
  try {
    const { result, pure } = await compile(
      {
        absWorkingDir: root,
        // Threads are programs of their own (src/assets/pool.ts, src/rotate/pool.ts start them).
        entryPoints: {
          bake: entry,
          'asset-worker': 'src/assets/worker.ts',
          'rotate-worker': 'src/rotate/worker.ts',
        },
        outdir: temp,
      },
      wanted,
    );
    writeOutputs(result.outputFiles, temp);
    const packages = bundledPackages(root, result.metafile);
    // What `bake init` writes into a user's repository is the workflow that we run ourselves.
    copyFileSync(join(root, WORKFLOW), join(temp, 'workflow.yml'));
    writeFileSync(join(temp, 'NOTICE'), noticeText(packages));
    const meta = {
      digest,
      pureTables: pure,
      bytes: result.outputFiles.reduce((sum, { contents }) => sum + contents.length, 0),
      packages: packages.map(({ name, version }) => `${name}@${version}`),
    };
    writeFileSync(join(temp, 'meta.json'), `${JSON.stringify(meta, null, 1)}\n`);
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
    // A new SDK may look different: a larger bundle is better than none. An error of our own shows again here.
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
    // The SDK's `main` is one CommonJS file a client; its ES build can be shaken (aws/aws-sdk-js-v3#3023).
    mainFields: ['module', 'main'],
    // Its build for Node is CommonJS: each isMap() would go through a getter, and nothing could be left out.
    alias: { yaml: join(paths.absWorkingDir, 'node_modules/yaml/browser/index.js') },
    chunkNames: 'chunks/[name]-[hash]',
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [prebuilt(paths.absWorkingDir), leaveOut, packedJson, ...plugins],
  });
}

function writeOutputs(files, temp) {
  for (const { path, text } of files) {
    mkdirSync(dirname(path), { recursive: true });
    const isEntry = relative(temp, path) === 'bake.js';
    const needsRequire = text.includes('Dynamic require of "');
    writeFileSync(path, `${isEntry ? SHEBANG : ''}${needsRequire ? REQUIRE : ''}${text}`);
    if (isEntry) chmodSync(path, 0o755);
  }
}

/** Puts the new folder where the old one was. Two builds at once: the later one wins, neither fails. */
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
