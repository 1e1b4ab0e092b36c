/** Splits a list into batches, and reads it only as far as necessary. */

export interface Batch<T> {
  index: number;
  jobs: T[];
}

export interface Batches<T> {
  next(): Batch<T> | undefined;
  /** Reads ahead to find out. */
  isLongerThan(count: number): boolean;
  /** Counts a batch as done. @returns the number of items that are done */
  done(batch: Batch<T>): number;
  /** The number of items that have been read. */
  total(): number;
}

export function batchesOf<T>(list: Iterable<T>, size: number): Batches<T> {
  const rest = list[Symbol.iterator]();
  const ahead: T[] = [];
  let index = 0;
  let [read, done] = [0, 0];
  /** @returns false at the end of the list */
  const readOne = (to: T[]): boolean => {
    const { value, done: isEnd } = rest.next();
    if (isEnd) return false;
    to.push(value);
    read += 1;
    return true;
  };
  return {
    next() {
      const jobs = ahead.splice(0, size);
      while (jobs.length < size && readOne(jobs));
      return jobs.length === 0 ? undefined : { index: index++, jobs };
    },
    isLongerThan(count) {
      while (ahead.length <= count && readOne(ahead));
      return ahead.length > count;
    },
    done: ({ jobs }) => (done += jobs.length),
    total: () => (Array.isArray(list) ? list.length : read),
  };
}
