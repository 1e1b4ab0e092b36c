/**
 * Decides by the names of keys that an id is not certainly one from which an instance is launched: a history, a deny
 * list, a tag, the saved answer of a command. Such an id stays. Pure.
 */
import type { Keys } from '../cluster/place-names.ts';

/** Why an id stays. */
export interface Kept {
  reason: string;
  /** A record stays in literal mode too. Other ids are only not certain, and literal mode moves them. */
  record: boolean;
}

/** Words of keys that hold ids of the past, rules about ids, or notes about resources. */
const RECORDS = new Set(
  `deny denied denylist block blocked blocklist blacklist blacklisted ban banned forbid forbidden disallow disallowed
  exclude excluded excludes exclusion exclusions ignore ignored skip skipped allow allowed allowlist whitelist
  whitelisted permitted approved quarantine quarantined vulnerable revoked withdrawn deprecated retired obsolete
  superseded replaced replaces archive archived history histories historic historical previous prev prior former old
  past rollback rollbacks releases changelog changes log logs audit journal record records backup backups seen
  inventory tag tags label labels annotation annotations metadata description comment comments note notes condition
  conditions status output outputs result results expected`
    .trim()
    .split(/\s+/),
);

/** Words in which the list of a form has its choices. */
const CHOICES = new Set(['enum', 'options', 'choices', 'values']);

const MONTH = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*';
/** 2026-10, 202610, 2026-10-01T06:00, 2026-w40, 2026q4, oct-2026. Not alinux2023, not 2023. */
const DATE = new RegExp(
  String.raw`^(?:19|20)\d\d(?:[-_./]?(?:0[1-9]|1[0-2])(?!\d)|[-_./]?(?:0[1-9]|1[0-2])[-_./]?[0-3]\d|[-_ ]?(?:w\d\d|q[1-4])|[-_ ]${MONTH})|^${MONTH}[-_ ]?(?:19|20)?\d\d$`,
  'i',
);
/** v7, v1.2 and 1.4.0, but no release of ParallelCluster, and no release of an OS. */
const BUILD = /^(?:v\d+(?:\.\d+)*|(?![23]\.)\d+\.\d+\.\d+)$/;

/** Why the keys say that the value is a record; undefined if none says so. */
export function recordOf(keys: Keys): Kept | undefined {
  for (const key of keys) {
    if (DATE.test(key)) return keep(`the key ${key} is a date, so this is a record of an image`);
    if (wordsOf(key).some((word) => RECORDS.has(word)) && !isMapOfDevices(key)) {
      return keep(`the key ${key} holds a record or a rule, and no instance is launched from it`);
    }
  }
  const list = keys.at(-2);
  if (isIndex(keys.at(-1)) && list !== undefined && wordsOf(list).some((word) => CHOICES.has(word))) {
    return keep(`${list} lists values to choose from, and no instance is launched from it`);
  }
  return undefined;
}

/** Why it is not certain that the value is launched, in a file of no known kind. */
export function unclear(keys: Keys): Kept | undefined {
  if (isIndex(keys.at(-1))) return doubt('one of a list of ids, and which one is launched is not known');
  const build = keys.find((key) => BUILD.test(key));
  if (build !== undefined)
    return doubt(`the key ${build} is a version, and which one is launched is not known`);
  if (keys.some(namesImage)) return undefined;
  return doubt('no key around it says that an instance is launched from it');
}

/** Whether a key says that an image is here: CustomAmi, hpc_ami, amis, image_id, a Region. */
function namesImage(key: string): boolean {
  return wordsOf(key).some((word) => /ami(?:s|ids?)?$|image/.test(word)) || REGION.test(key);
}

const REGION = /^[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}$/;

/** The answer of an AWS command has keys of facts that only AWS knows. */
const ANSWERED = new Set(
  `creationdate creationtime createtime launchtime instanceid imagelocation stackid responsemetadata reservationid
  lastmodifieddate imagebuildstatus ec2amiinfo imageowneralias platformdetails versionnumber lastupdatedtime
  datecreated`
    .trim()
    .split(/\s+/),
);

/** Why a map of these keys is the saved answer of a command. */
export function answerOf(names: Iterable<string>): Kept | undefined {
  for (const name of names) {
    if (!ANSWERED.has(name.toLowerCase().replace(/[^a-z0-9]/g, ''))) continue;
    return keep(`the saved answer of a command, because it has ${name}; no instance is launched from it`);
  }
  return undefined;
}

function keep(reason: string): Kept {
  return { reason, record: true };
}

function doubt(reason: string): Kept {
  return { reason: `${reason}; literal mode moves it`, record: false };
}

/** Whether a key is the index of a list: `[0]`. */
export function isIndex(key: string | undefined): boolean {
  return key?.startsWith('[') === true;
}

/** `block_device_mappings` has the word of a deny list. */
function isMapOfDevices(key: string): boolean {
  return /^(?:ebs|root)?_?block_?device/i.test(key);
}

/** `denyList`, `DENY_LIST` and `deny-list` are deny, list. */
function wordsOf(key: string): string[] {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
}
