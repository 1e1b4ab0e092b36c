/**
 * Finds AMI references in INI files: ParallelCluster 2.x configs of any name, and settings of other programs.
 * Source: aws-parallelcluster 2.11.9, pcluster/config/pcluster_config.py (Python's ConfigParser, in which `#` and `;`
 * after a blank begin a comment) and config/mappings.py (the keys, and that a live cluster refuses a new custom_ami).
 */
import type { Format, FileFindings } from '../format.ts';
import { indirectReason } from '../indirect.ts';
import { recordOf } from '../records.ts';
import {
  addIndirect,
  addReference,
  decode,
  type Facts,
  finished,
  idsIn,
  isId,
  openPage,
  part,
  regionIn,
} from '../page.ts';
import { type IniEntry, readIni, settingsOf } from '../readers/ini.ts';

/** The sections of 2.x. A file of any name that contains one of them, and settings, is a 2.x config. */
const SECTION =
  /^\[(?:cluster|global|aws|vpc|scaling|queue|compute_resource|aliases)(?: [^\]\r\n]*)?\][ \t]*(?:[#;].*)?\r?$/m;
const SETTING = /^[a-z_]+[ \t]*=/m;

export const ini: Format = {
  id: 'ini',
  reads(file, bytes) {
    const name = /[^/\\]*$/.exec(file)?.[0] ?? '';
    if (/\.ini(\.(j2|tmpl|tpl|template|in))?$/i.test(name)) return true;
    // A file with another extension only if the extension says nothing.
    if (/\.\w+$/.test(name) && !/\.(cfg|conf|config|cluster|template|tmpl|tpl|j2|in)$/i.test(name))
      return false;
    const head = bytes.toString('latin1', 0, 64 * 1024).replace(/\r(?!\n)/g, '\n');
    return SECTION.test(head) && SETTING.test(head);
  },
  find,
  content,
};

function find(file: string, bytes: Buffer): FileFindings {
  const page = openPage(file, bytes);
  const entries = readIni(page.text);
  const setting = settingsOf(entries);
  const region = regionIn(setting('aws', 'aws_region_name'));
  const first = entries.find(({ section }) => isCluster(section))?.section ?? '';
  page.found.cluster = { region, ...osOf(setting, first) };
  for (const entry of entries) {
    const { kind, section, key, value, start } = entry;
    const isImage = isCluster(section) && kind === 'setting' && key === 'custom_ami';
    const kept = isImage ? undefined : recordOf([section, key]);
    if (kind === 'setting' && isId(value) && !entry.continued && kept) {
      addIndirect(page, { offset: start, path: pathIn(entry), written: value, ...kept });
    } else if (kind === 'setting' && isId(value) && !entry.continued) {
      const own: Partial<Facts> = isImage ? { scope: 'root', ...factsOf(setting, section) } : {};
      const facts = { scope: 'variable' as const, region, ...own };
      addReference(page, { start, id: value, path: pathIn(entry), ...facts, quote: 'plain', marks: '# ;' });
    } else if (isImage) {
      const reason = entry.continued ? CONTINUED : indirectReason({ raw: value, value });
      addIndirect(page, { offset: start, path: pathIn(entry), written: value, reason });
    } else {
      for (const { id, offset } of idsIn(value)) {
        addIndirect(page, { offset: start + offset, path: pathIn(entry), written: id, reason: LONGER });
      }
    }
  }
  return finished(page);
}

const CONTINUED = 'the value continues on the next line; write it on one line';
const LONGER = 'the id is part of a longer text; literal mode moves it';

function pathIn({ section, key }: IniEntry): string {
  return [section, key].filter((name) => name !== '').join('.');
}

function isCluster(section: string): boolean {
  return /^cluster( |$)/.test(section);
}

type Setting = ReturnType<typeof settingsOf>;

function osOf(setting: Setting, section: string): { os?: string } {
  const os = setting(section, 'base_os');
  return os !== undefined && /^[a-z]+[0-9]*$/.test(os) ? { os } : {};
}

/** 2.x has one image for head and compute nodes: the smaller disk and both instance types restrict it. */
function factsOf(setting: Setting, section: string): Partial<Facts> {
  const valuesOf = (keys: readonly string[], pattern: RegExp) =>
    keys.flatMap((key) => setting(section, key) ?? []).filter((value) => pattern.test(value));
  const sizes = valuesOf(['master_root_volume_size', 'compute_root_volume_size'], /^[0-9]{1,6}$/).map(Number);
  const types = valuesOf(['master_instance_type', 'compute_instance_type'], /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/);
  return {
    ...osOf(setting, section),
    rootVolumeGiB: sizes.length > 0 ? Math.min(...sizes) : undefined,
    instanceTypes: types.length > 0 ? [...new Set(types)] : undefined,
  };
}

function content(bytes: Buffer): string[] {
  return readIni(decode(bytes).text).map((entry) => part(pathIn(entry), entry.kind, entry.value));
}
