/** Owns the rows that no recipe names: what ParallelCluster itself needs, and what the user expects. */
import type { ImageInputs } from './inputs.ts';
import { slug, type RowDraft } from './script.ts';

/** Source: aws-parallelcluster cli/src/pcluster/resources/compute_node/user_data.sh and its twins. */
export function bootstrappedRow({ parallelcluster }: ImageInputs): RowDraft {
  return {
    id: 'parallelcluster-bootstrapped',
    title: `the image is one of ParallelCluster ${parallelcluster}`,
    because: 'a node compares this file with its cluster and refuses to boot where they differ',
    needs: {},
    template: 'bootstrapped',
    context: { version: `aws-parallelcluster-cookbook-${parallelcluster}` },
  };
}

/** A program the command needs is part of what is expected: it is not among the row's needs. */
export function expectationRows({ expect }: ImageInputs): RowDraft[] {
  return expect.map(({ id, command, because }, index) => ({
    id: `expect-${id === undefined ? index + 1 : slug(id)}`,
    title: command.split('\n')[0] ?? command,
    because,
    needs: {},
    template: 'expect',
    context: { command },
  }));
}
