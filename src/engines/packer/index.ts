/** The packer engine: Packer bakes from this machine, and can boot an image once more to verify it. */
import type { Engine } from '../engine.ts';
import { packerActions } from './actions.ts';
import { packerHelp } from './help.ts';
import { packerLeftovers } from './leftovers.ts';
import { packerNeeds } from './needs.ts';
import { renderPacker } from './render.ts';
import { packerSection, packerSettings, type PackerSection, type PackerSettings } from './section.ts';

export const packer = {
  id: 'packer',
  title: 'Packer',
  how: 'with Packer on this machine',
  section: packerSection,
  help: packerHelp,
  actions: packerActions,
  leftovers: packerLeftovers,

  settings: packerSettings,
  needs: packerNeeds,

  render: (build) => renderPacker(build),
  ready: async (settings, aws) => (await import('./bake.ts')).ready(settings, aws),
  bake: async (build, context) => (await import('./bake.ts')).bakeWithPacker(build, context),
  said: async (image, _aws, store) => (await import('./reports.ts')).readReports(store, image),
  prove: async (build, image, context) => (await import('./bake.ts')).prove(build, image, context),
} as const satisfies Engine<PackerSettings, PackerSection>;
