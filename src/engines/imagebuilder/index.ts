/** The imagebuilder engine: EC2 Image Builder bakes, in the account, and can do so by itself in pipelines. */
import type { RenderedFile } from '../../render/file.ts';
import type { Engine } from '../engine.ts';
import { imageBuilderActions } from './actions.ts';
import { componentsOf } from './components.ts';
import { imageBuilderHelp } from './help.ts';
import { BUILD_TAG } from './names.ts';
import { imageBuilderNeeds } from './needs.ts';
import { imageBuilderScheduler } from './scheduler.ts';
import {
  imageBuilderSection,
  imageBuilderSettings,
  type ImageBuilderBuild,
  type ImageBuilderSection,
  type ImageBuilderSettings,
} from './section.ts';

export const imagebuilder = {
  id: 'imagebuilder',
  title: 'EC2 Image Builder',
  how: 'with EC2 Image Builder',
  section: imageBuilderSection,
  help: imageBuilderHelp,
  actions: imageBuilderActions,
  scheduler: imageBuilderScheduler,

  settings: imageBuilderSettings,
  // A build workflow decides which steps run.
  carried: ({ workflows }) => Object.fromEntries(workflows.map((arn) => [`workflow ${arn}`, arn])),
  roles: ({ executionRole }) => (executionRole === undefined ? [] : [executionRole]),
  needs: imageBuilderNeeds,
  made: ({ tags }) => tags[BUILD_TAG] !== undefined,

  render,
  bake: async (build, context) => (await import('./bake.ts')).bakeWithImageBuilder(build, context),
  said: async (image, aws) => (await import('./log.ts')).readReportsOf(image, aws),
} as const satisfies Engine<ImageBuilderSettings, ImageBuilderSection>;

function render(build: ImageBuilderBuild): RenderedFile[] {
  const { components, staged } = componentsOf(build);
  return [
    ...components.map(({ name, document }) => textFile(`${name}.yaml`, document)),
    ...staged.map((one) =>
      'file' in one ? { path: `imagebuilder/${one.key}`, file: one.file } : textFile(one.key, one.text),
    ),
  ];
}

function textFile(path: string, text: string): RenderedFile {
  return { path: `imagebuilder/${path}`, text, mode: 0o644 };
}
