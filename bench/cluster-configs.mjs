/**
 * Makes ParallelCluster configs of 20 KB as people write them: comments with image names and dates, quotes of every kind,
 * one-line flow maps, tags, policies, former ids in comments, some with CR LF. The same number gives the same bytes. Each
 * has three references to two of 24 image families.
 */

/** The images of the configs, two for each OS and architecture: `was` is written in them, and moves to `now`. */
export const families = ['alinux2', 'alinux2023', 'ubuntu2204', 'ubuntu2404', 'rhel9', 'rocky9'].flatMap(
  (os, at) =>
    ['x86_64', 'arm64'].flatMap((arch, half) =>
      ['hpc', 'gpu'].map((prefix, kind) => {
        const number = at * 4 + half * 2 + kind;
        const name = `${prefix}-${os}-${arch}-3.15.1`;
        return {
          os,
          arch,
          was: image(name, 100 + number, '2026-10-14'),
          now: image(name, 200 + number, '2026-11-18'),
        };
      }),
    ),
);

const INSTANCES = {
  x86_64: ['c5n.18xlarge', 'c6i.32xlarge', 'hpc6a.48xlarge', 'm6i.8xlarge', 'p4d.24xlarge', 'r6i.4xlarge'],
  arm64: ['c7g.16xlarge', 'hpc7g.16xlarge', 'm7g.8xlarge', 'r7g.4xlarge'],
};
const REGIONS = ['us-east-1', 'eu-west-1', 'eu-central-1', 'ap-northeast-1'];

/**
 * Makes the config of this number.
 * @param anchors whether lists of security groups are written once, with an anchor, and queues share a merged map
 * @returns its text (as bytes in UTF-8), and the ids at the places that ParallelCluster reads, in order
 */
export function clusterConfig(number, { size = 20_000, anchors = false } = {}) {
  const random = randomOf(number);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const hex = (digits) =>
    Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
  const first = 2 * Math.floor((random() * families.length) / 2);
  const [family, other] = [families[first], families[first + 1]];
  const style = {
    quote: pick(['', '', '"', "'"]),
    step: pick([2, 2, 2, 4]),
    comment: pick(['name', 'date', 'none']),
  };
  const ids = [];
  const reference = (one) => {
    ids.push(one.was.id);
    const comments = { name: ` # ${one.was.name} ${one.was.date}`, date: ` # ${one.was.date}`, none: '' };
    return `${style.quote}${one.was.id}${style.quote}${comments[style.comment]}`;
  };

  const places = pick([
    ['root', 'queue', 'queue'],
    ['root', 'head', 'queue'],
    ['queue', 'queue', 'queue'],
    ['root', 'queue', 'login'],
  ]);
  const lines = [];
  const put = (depth, text) => lines.push(`${' '.repeat(depth * style.step)}${text}`);
  const item = (depth, text) =>
    lines.push(`${' '.repeat(depth * style.step)}-${' '.repeat(style.step - 1)}${text}`);
  const networking = (depth, list) => {
    put(depth, 'Networking:');
    if (list) put(depth + 1, 'SubnetIds:');
    if (list) item(depth + 2, `subnet-${hex(17)}`);
    else put(depth + 1, `SubnetId: subnet-${hex(17)}`);
    const groups = `[sg-${hex(17)}, sg-${hex(17)}]`;
    const isFirst = !lines.some((line) => line.includes('&groups'));
    const shared = isFirst ? `&groups ${groups}` : '*groups';
    put(depth + 1, `AdditionalSecurityGroups: ${anchors ? shared : groups}`);
  };

  put(
    0,
    `# Cluster ${number}: owned by the group "${pick(['Aerodynamics', 'Genómica', 'Reservoir', 'Risk'])}"`,
  );
  put(0, `# Changed by hand only after asking; ticket HPC-${Math.floor(random() * 9000) + 1000}.`);
  put(0, `Region: ${pick(REGIONS)}`);
  put(0, 'Image:');
  put(1, `Os: ${family.os}`);
  if (places.includes('root')) put(1, `CustomAmi: ${reference(family)}`);
  put(1, `# CustomAmi: ami-${hex(17)} # the one of the summer, kept for a way back`);
  put(0, 'HeadNode:');
  put(1, `InstanceType: ${pick(INSTANCES[family.arch])}`);
  if (places.includes('head')) {
    put(1, 'Image:');
    put(2, `CustomAmi: ${reference(family)}`);
  }
  networking(1, false);
  put(1, 'LocalStorage:');
  put(2, `RootVolume: { Size: ${pick([60, 80, 120])}, VolumeType: gp3, Encrypted: true }`);
  put(1, 'Iam:');
  put(2, 'AdditionalIamPolicies:');
  item(3, 'Policy: arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore');
  item(3, `Policy: "arn:aws:iam::012345678901:policy/hpc/read-${hex(8)}"`);
  put(1, 'CustomActions:');
  put(2, 'OnNodeConfigured:');
  put(3, `Script: s3://corp-hpc-config/scripts/${hex(12)}/head.sh`);
  put(3, `Args: [--project, 'p${hex(4)}', --quota, "10"]`);

  const others = [];
  if (places.includes('login')) others.push(() => loginPool());
  const queues = places.filter((place) => place === 'queue').length;
  // Queues, their resources and tags fill the rest of the size.
  const tail = tailLines();
  put(0, 'Scheduling:');
  put(1, 'Scheduler: slurm');
  put(1, 'SlurmSettings:');
  put(2, 'QueueUpdateStrategy: DRAIN');
  put(2, `ScaledownIdletime: ${pick([5, 10, 30])}`);
  put(1, 'SlurmQueues:');
  const fixed = bytesOf(tail) + (places.includes('login') ? 400 : 0);
  let bytes = bytesOf(lines) + fixed;
  for (let at = 0; at < queues || bytes < size - 450; at++) {
    const before = lines.length;
    queue(at);
    bytes += bytesOf(lines.slice(before));
  }
  for (const one of others) one();
  lines.push(...tail);
  const end = number % 10 === 7 ? '\r\n' : '\n';
  return { bytes: Buffer.from(lines.join(end) + (number % 10 === 3 ? '' : end)), ids };

  function queue(at) {
    const own = at % 3 === 0 ? other : family;
    put(2, `# ${'─'.repeat(20)} queue ${at + 1}`);
    item(2, `Name: ${pick(['cpu', 'gpu', 'mem', 'short', 'long'])}-${at + 1}`);
    if (at < queues) {
      put(3, 'Image:');
      put(4, `CustomAmi: ${reference(own)}`);
    }
    put(3, `CapacityType: ${pick(['ONDEMAND', 'SPOT'])}`);
    put(3, 'ComputeResources:');
    for (let resource = 0; resource < 3; resource++) {
      item(4, `Name: r${at + 1}-${resource + 1}`);
      put(5, 'Instances:');
      item(6, `InstanceType: ${pick(INSTANCES[own.arch])}`);
      put(5, 'MinCount: 0');
      put(5, `MaxCount: ${Math.floor(random() * 200) + 1} # agreed with finance`);
      const efa = `{ Enabled: ${pick(['true', 'false'])} }`;
      if (!anchors) put(5, `Efa: ${efa}`);
      else if (at + resource === 0) put(5, `Efa: &efa ${efa}`);
      else put(5, 'Efa: { <<: *efa }');
    }
    networking(3, true);
    put(3, 'CustomActions:');
    put(4, 'OnNodeConfigured:');
    put(5, `Script: 's3://corp-hpc-config/scripts/${hex(12)}/node.sh'`);
    put(3, 'Iam:');
    put(4, 'S3Access:');
    item(5, `{ BucketName: data-${hex(10)}, EnableWriteAccess: ${pick(['true', 'false'])} }`);
    if (random() < 0.3) put(3, '');
  }

  function loginPool() {
    put(0, 'LoginNodes:');
    put(1, 'Pools:');
    item(2, 'Name: login');
    put(3, `InstanceType: ${pick(INSTANCES[family.arch])}`);
    put(3, 'Count: 2');
    put(3, 'Image:');
    put(4, `CustomAmi: ${reference(family)}`);
    networking(3, true);
  }

  function tailLines() {
    const kept = lines.splice(0);
    put(0, 'SharedStorage:');
    for (let at = 0; at < 3; at++) {
      item(1, `MountDir: /fsx/${hex(6)}`);
      put(2, `Name: "fsx${at}"`);
      put(2, 'StorageType: FsxLustre');
      put(2, 'FsxLustreSettings:');
      put(3, `FileSystemId: fs-${hex(17)}`);
    }
    put(0, 'Monitoring:');
    put(1, 'Logs: { CloudWatch: { Enabled: true, RetentionInDays: 180 } }');
    put(0, 'Tags:');
    for (let at = 0; at < 12; at++) {
      item(1, `Key: corp:${pick(['cost', 'owner', 'data', 'stage'])}-${at}`);
      put(2, `Value: "${hex(8)}: ${pick(['Kürzel', 'shared', 'R&D #2', "it's"])}"`);
    }
    return lines.splice(0, Infinity, ...kept);
  }
}

function image(name, number, date) {
  const digest = number.toString(16).padStart(4, '0').repeat(3);
  return { id: `ami-0${digest}c0de`, name: `${name}-${digest}`, date };
}

function bytesOf(lines) {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
}

/** A generator of pseudo-random numbers (mulberry32). */
function randomOf(seed) {
  let state = (seed + 1) * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
