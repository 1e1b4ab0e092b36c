/**
 * A third bake engine, which no file of src/ knows: it copies the base image, gives the copy its tags, and reports every
 * script as skipped, because it boots nothing.
 */
import type { z } from 'zod';
import { copyAmi, findAmis, untilAvailable } from '../../src/aws/images.ts';
import type { EngineSection } from '../../src/config/engine-section.ts';
import { valueAt } from '../../src/config/findings.ts';
import { list, section, text } from '../../src/config/leaves.ts';
import { wrongValue } from '../../src/config/rules.ts';
import type { BakeContext, Build, Engine } from '../../src/engines/engine.ts';
import { BakeError } from '../../src/errors/bake-error.ts';
import type { Reports } from '../../src/image/report.ts';
import { sha256 } from '../../src/util/sha256.ts';

const schema = section({
  note: text('a note').default('copied').describe('What the copy is tagged with.'),
  services: list(text('the name of an endpoint'), 'a list of endpoint names')
    .default([])
    .describe('The services that the build instance must reach.'),
});

const copierSection = {
  key: 'copier',
  schema: schema.prefault({}).describe('The copier engine.'),
  rules: (value, place) =>
    valueAt(value, ['copier', 'note']) === 'secret'
      ? [wrongValue(['copier', 'note'], 'a note that everybody may read', 'secret', place)]
      : [],
} as const satisfies EngineSection;

type CopierSettings = { note: string; services: string[] };

/** What was said about the images of this process. */
const kept = new Map<string, Reports>();

export const copier = {
  id: 'copier',
  title: 'the copier',
  how: 'by copying',
  section: copierSection,
  help: {},
  actions: { bake: [{ actions: ['ec2:CopyImage'], resources: () => ['arn:aws:ec2:*::image/copied-*'] }] },

  settings: ({ note, services }) => ({ note, services }),
  needs: ({ services }) => ({
    services,
    buckets: [],
    ssh: undefined,
    profile: { policies: [], actions: [] },
  }),
  made: ({ tags }) => tags['copier:note'] !== undefined,

  render: ({ settings }) => [{ path: 'copier/note.txt', text: `${settings.note}\n`, mode: 0o644 }],
  bake,
  said: (image) => Promise.resolve(kept.get(image.id) ?? { reports: [], data: [] }),
} as const satisfies Engine<CopierSettings, z.output<typeof schema>>;

async function bake(build: Build<CopierSettings>, context: BakeContext): Promise<void> {
  const { aws, tags, signal } = context;
  const { region, name, settings, base, steps, rows } = build;
  const [parent] = await findAmis(aws, region, { ids: [base.id] });
  if (!parent) throw new BakeError('IMAGE_LOST', { id: base.id, region, state: 'gone' });
  const copy = { ...parent, name, tags: { ...tags, 'copier:note': settings.note } };
  const id = await copyAmi(aws, copy, region, { spent: [], kmsKey: undefined });
  const skipped = { outcome: 'skipped', text: 'nothing boots the copy' } as const;
  const of = (kind: 'step' | 'row') => (one: { id: string; script: string }) => ({
    kind,
    id: one.id,
    digest: sha256(one.script),
    ...skipped,
  });
  kept.set(id, { reports: [...steps.map(of('step')), ...rows.map(of('row'))], data: [] });
  await untilAvailable(aws, region, id, signal);
}
