/** The type of a process environment. */
export type Env = Readonly<Record<string, string | undefined>>;
