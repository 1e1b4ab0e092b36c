/** Plain data: values that `JSON.parse(JSON.stringify(value))` returns unchanged. Plans consist of plain data. */

/**
 * T itself, if JSON can represent it. `never` replaces each function, class instance with methods (Date,
 * Map, Error, Buffer), `unknown`, and list whose entries may be undefined (JSON makes null of those). A property that
 * is undefined may vanish: to a plan both mean the same.
 */
export type Plain<T> = T extends Json | undefined
  ? T
  : T extends (...args: never[]) => unknown
    ? never
    : T extends readonly (infer E)[]
      ? undefined extends E
        ? never
        : { [K in keyof T]: Plain<T[K]> }
      : T extends object
        ? { [K in keyof T]: Plain<T[K]> }
        : never;

/** Any value of JSON, for fields whose shape another program decides. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
