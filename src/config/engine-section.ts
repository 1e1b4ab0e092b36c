/**
 * The facts that reading bakery.yaml needs about engines: their names, and the section of each. The engines are above src/config,
 * so the caller that reads bakery.yaml passes them.
 */
import type { z } from 'zod';
import type { ConfigRules } from './rules.ts';

/** A section of bakery.yaml that belongs to one engine. */
export interface EngineSection {
  /** The key in bakery.yaml. */
  readonly key: string;
  /** The key of bakery.yaml that it follows in the schema and in messages; a section without it comes last. */
  readonly after?: string;
  /** Accepts undefined: bakery.yaml may leave the section out. */
  readonly schema: z.ZodType;
  /** Rules that concern several values, or that need a message of their own. */
  readonly rules?: ConfigRules;
}

/** An engine as bakery.yaml knows it. */
export interface ConfiguredEngine {
  /** The value of `engine:`. */
  readonly id: string;
  /** The name that messages and descriptions use. */
  readonly title: string;
  readonly section?: EngineSection;
}

/** By id; the first one is the default. */
export type ConfiguredEngines = Readonly<Record<string, ConfiguredEngine>>;

/** Section key → schema, for every engine that has a section. */
export type SectionShape<E extends ConfiguredEngines> = {
  [Id in keyof E as SectionOf<E[Id]>['key']]: SectionOf<E[Id]>['schema'];
};

type SectionOf<T extends ConfiguredEngine> = T extends { readonly section: infer S extends EngineSection }
  ? S
  : never;

/** The value of the engine's section in a checked bakery.yaml; undefined for an engine without a section. */
export function sectionValue(bakery: object, { section }: ConfiguredEngine): unknown {
  return section === undefined ? undefined : Reflect.get(bakery, section.key);
}

/** `A, or B`; `A, B, or C`. */
export function engineTitles(engines: ConfiguredEngines): string {
  const titles = Object.values(engines).map(({ title }) => title);
  const last = titles.pop() ?? '';
  return titles.length === 0 ? last : `${titles.join(', ')}, or ${last}`;
}
