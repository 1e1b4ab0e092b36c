/** Prepares text for a screen: colours, symbols, width, and removal of control characters. */
import { styleText } from 'node:util';

type Style = 'green' | 'red' | 'yellow' | 'cyan' | 'dim' | 'bold';
export type Paint = (style: Style, text: string) => string;

type Env = Readonly<Record<string, string | undefined>>;

/** The colours of one stream. --no-color takes precedence, then FORCE_COLOR, NO_COLOR, and whether it is a terminal. */
export function paintFor(output: { isTTY?: boolean | undefined }, env: Env, noColor: boolean): Paint {
  const on = !noColor && wantsColour(output, env);
  return on ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}

function wantsColour(output: { isTTY?: boolean | undefined }, env: Env): boolean {
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (env['NO_COLOR'] || env['NODE_DISABLE_COLORS'] || env['TERM'] === 'dumb') return false;
  return output.isTTY === true;
}

export interface Symbols {
  ok: string;
  failed: string;
  none: string;
  warning: string;
  next: string;
  more: string;
  spinner: readonly string[];
  /** Replaces characters that the terminal cannot show. */
  fit(text: string): string;
}

const unicode: Symbols = {
  ok: '✓',
  failed: '✗',
  none: '•',
  warning: '!',
  next: '→',
  more: '…',
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
  fit: (text) => text,
};

const ASCII: Readonly<Record<string, string>> = {
  '·': '-',
  '→': '->',
  '…': '...',
  '✓': '+',
  '✗': 'x',
  '•': '-',
};

const ascii: Symbols = {
  ok: '+',
  failed: 'x',
  none: '-',
  warning: '!',
  next: '->',
  more: '...',
  spinner: ['|', '/', '-', '\\'],
  fit: (text) => text.replace(/[·→…✓✗•]/g, (sign) => ASCII[sign] ?? sign),
};

/** ASCII on the Linux console and if the locale is not UTF-8. */
export function symbolsFor(env: Env): Symbols {
  if (env['TERM'] === 'linux') return ascii;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'];
  return locale === undefined || locale === '' || /utf-?8/i.test(locale) ? unicode : ascii;
}

const ESC = '\u001b';
const CSI = String.raw`[0-?]*[ -/]*[@-~]`;
const OSC = String.raw`[^\u0007${ESC}]*(?:\u0007|${ESC}\\)?`;
/** ECMA-48: control sequences, operating system commands, and the two-character escapes. */
const ESCAPES = new RegExp(String.raw`${ESC}(?:\[${CSI}|\]${OSC}|[@-Z\\-_])|\u009b${CSI}`, 'g');

/**
 * Returns a text that cannot move the cursor or repaint the screen. Escape sequences are removed, a line that CR rewrote
 * keeps its last state, and other control characters except LF and tab become U+FFFD.
 */
export function tame(text: string): string {
  return text
    .replace(ESCAPES, '')
    .replace(/\r\n/g, '\n')
    .replace(/^[^\n]*\r(?=[^\n])/gm, '')
    .replace(/\r/g, '')
    .replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}

/** Seconds as 0:04, 12:30 or 1:02:03. */
export function elapsed(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number): string => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** A copy of a JSON value with `change` applied to every string, including keys. */
export function mapStrings<T>(value: T, change: (text: string) => string): T {
  return mapped(value, change) as T;
}

function mapped(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapped(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), mapped(item, change)]));
}
