/**
 * Tests in real root file systems, with the real systemd, sshd, sudo and modprobe, that a measure that keeps a node of a
 * kind and release from booting fails a row, that the others do not, and that stock images pass.
 */
import { describe, expect, test } from 'vitest';

import { bootRows } from '../../src/image/boot/rows.ts';
import { readReport } from '../../src/image/report.ts';
import { renderRow } from '../../src/image/script.ts';
import type { NodeKind } from '../../src/os/node-kinds.ts';
import { packagedTemplates } from '../../src/text/templates.ts';
import { fullInputs } from '../image/support/inputs.ts';
import { osIds } from './support/lab-os.ts';
import { noLab, rootOf } from './support/lab.ts';
import { rehearseSome } from './support/library.ts';

const why = await noLab();

interface About {
  os?: string;
  parallelcluster?: string;
  nodes?: NodeKind[];
}

interface Found {
  outcomes: Record<string, string>;
  /** What each failed row found wrong. */
  wrong: Record<string, string[]>;
}

const templates = packagedTemplates();

/** The rows of an image after a script, in the root file system of its OS. */
async function after(text: string, about: About = {}): Promise<Found> {
  const { os = 'alinux2023', parallelcluster = '3.15.1', nodes } = about;
  const rows = bootRows({ ...fullInputs(os), parallelcluster, nodes });
  const results = await rehearseSome({
    target: { os, arch: 'x86_64', parallelcluster },
    rootfs: await rootOf(os),
    scripts: [
      { name: 'measure', text: `set -e\n${text}\n` },
      ...rows.map((row) => ({ name: row.id, text: renderRow(row, templates).script })),
    ],
    keepGoing: true,
  });
  const [measure, ...checked] = results;
  expect(measure?.outcome, measure?.output).toBe('passed');
  const found: Found = { outcomes: {}, wrong: {} };
  for (const { name, output } of checked) {
    const report = output
      .split('\n')
      .flatMap((line) => readReport(line) ?? [])
      .at(-1);
    found.outcomes[name] = report?.outcome ?? `no report: ${output}`;
    if (report?.outcome !== 'passed')
      found.wrong[name] = output.split('\n').filter((line) => line.startsWith('wrong: '));
  }
  return found;
}

const failed = ({ outcomes }: Found) =>
  Object.keys(outcomes)
    .filter((id) => outcomes[id] !== 'passed')
    .toSorted();

describe.skipIf(why !== undefined)('whether a node would boot', () => {
  test.each(osIds)('%s as ParallelCluster builds it passes', async (os) => {
    const found = await after(':', { os });
    expect(found.wrong).toEqual({});
    expect(Object.keys(found.outcomes).length).toBe(9);
  });

  /** A hardening role on a server that is no node: what the benchmarks of CIS and STIG ask for. */
  const HARDENED = `
printf 'Defaults requiretty\\n' > /etc/sudoers.d/10-cis; chmod 440 /etc/sudoers.d/10-cis
for unit in nfs-server.service rpcbind.service rpcbind.socket chronyd.service supervisord.service cloud-final.service; do
  ln -sfn /dev/null /etc/systemd/system/$unit
done
mkdir -p /etc/cloud; touch /etc/cloud/cloud-init.disabled
printf 'AllowGroups sshusers\\nAllowUsers nobody\\n' >> /etc/ssh/sshd_config
printf 'install nfs /bin/false\\ninstall lustre /bin/false\\nblacklist efa\\n' > /etc/modprobe.d/cis.conf
sed -i 's/^UMASK.*/UMASK 077/' /etc/login.defs; echo 'umask 077' > /etc/profile.d/99-umask.sh
printf 'root\\n' > /etc/cron.allow`;

  test('each measure of a hardening role fails a row that names it, on all kinds of nodes', async () => {
    const found = await after(HARDENED);
    expect(found.wrong).toEqual({
      'boot-units': [
        'wrong: cloud-final.service is masked (cloud-init does not run the user data that makes an instance a node)',
        "wrong: supervisord.service is masked (the recipe that starts ParallelCluster's daemons fails)",
        'wrong: chronyd.service is masked (the recipe that enables Amazon Time Sync fails)',
        'wrong: nfs-server.service is masked (head: it does not export /home and /opt/slurm to the other nodes)',
        'wrong: rpcbind.service is masked rpcbind.socket is masked (head: its NFSv3 server does not start)',
      ],
      'boot-cloud-init': ['wrong: /etc/cloud/cloud-init.disabled switches cloud-init off'],
      'boot-login': [
        'wrong: AllowUsers does not name ec2-user',
        'wrong: AllowGroups names no group of ec2-user (ec2-user adm wheel)',
      ],
      'boot-sudo': ['pcluster-admin', 'slurm', 'root'].map(
        (user) => `wrong: Defaults requiretty holds for ${user}: daemons have no terminal`,
      ),
      'boot-modules': [
        'wrong: install nfs /bin/false: /home, /opt/slurm, EFS and other NFS file systems are not mounted',
        'wrong: install lustre /bin/false: FSx for Lustre is not mounted',
        'wrong: blacklist efa: compute: instances have no EFA',
      ],
      'boot-sessions': [
        'wrong: /etc/profile.d/99-umask.sh: only root can read what root writes in a login shell (su -, sudo -i)',
      ],
    });
  });

  test('what only a head node needs is red for images meant for head nodes only', async () => {
    const masks = `for unit in nfs-server.service slurmctld.service; do ln -sfn /dev/null /etc/systemd/system/$unit; done`;
    expect(failed(await after(masks, { nodes: ['compute', 'login'] }))).toEqual([]);
    expect(failed(await after(masks, { nodes: ['head'] }))).toEqual(['boot-units']);
  });

  test('the NFSv4-only head nodes of 3.16 do without rpcbind', async () => {
    const masks = 'ln -sfn /dev/null /etc/systemd/system/rpcbind.socket';
    expect(failed(await after(masks, { parallelcluster: '3.15.1' }))).toEqual(['boot-units']);
    expect(failed(await after(masks, { parallelcluster: '3.16.0' }))).toEqual([]);
  });

  const TMP = "echo 'tmpfs /tmp tmpfs defaults,rw,nosuid,nodev,noexec,relatime 0 0' >> /etc/fstab";
  test.each<[string, NodeKind[], string[]]>([
    ['3.16.0', ['head', 'login', 'compute'], []],
    ['3.15.1', ['head', 'login', 'compute'], ['boot-mounts']],
    ['3.15.1', ['login'], ['boot-mounts']],
    ['3.15.1', ['head'], []],
    ['3.6.1', ['login'], []],
    ['3.6.1', ['compute'], ['boot-mounts']],
    ['3.1.5', ['compute'], []],
  ])('/tmp noexec in %s for %j: %j', async (parallelcluster, nodes, rows) => {
    expect(failed(await after(TMP, { parallelcluster, nodes }))).toEqual(rows);
  });

  /** Further instances of the kind: name, row, measure, OS. */
  const MEASURES: [string, string, string, string?][] = [
    ['an empty unit file, which masks it', 'boot-units', ': > /etc/systemd/system/munge.service'],
    ['a disabled sshd', 'boot-units', 'systemctl disable sshd.service ssh.service', 'rhel9'],
    ['a masked ssh behind its socket', 'boot-units', 'systemctl mask ssh.service', 'ubuntu2404'],
    ['chrony masked by its name on Ubuntu', 'boot-units', 'systemctl mask chrony.service', 'ubuntu2204'],
    [
      'a rescue target',
      'boot-units',
      'ln -sfn /lib/systemd/system/rescue.target /etc/systemd/system/default.target',
    ],
    ['slurmd masked before it exists', 'boot-units', 'systemctl mask slurmd.service'],
    ['the NFS mount daemon masked', 'boot-units', 'systemctl mask nfs-mountd.service'],
    ['the iptables unit masked', 'boot-units', 'systemctl mask parallelcluster-iptables.service'],
    [
      'firewalld without a rule for Slurm',
      'boot-blockers',
      unitFile('firewalld') +
        'mkdir -p /etc/firewalld/zones; echo \'<zone><service name="ssh"/></zone>\' > /etc/firewalld/zones/public.xml',
    ],
    [
      'nftables that drops',
      'boot-blockers',
      unitFile('nftables') +
        "echo 'table inet f { chain input { type filter hook input priority 0; policy drop; } }' > /etc/nftables.conf",
      'ubuntu2204',
    ],
    ['fapolicyd', 'boot-blockers', unitFile('fapolicyd'), 'rhel8'],
    [
      'ufw switched on',
      'boot-blockers',
      `${unitFile('ufw')}mkdir -p /etc/ufw; echo ENABLED=yes > /etc/ufw/ufw.conf`,
      'ubuntu2404',
    ],
    [
      'cloud-init off by a kernel option',
      'boot-cloud-init',
      `echo 'GRUB_CMDLINE_LINUX="quiet cloud-init=disabled"' >> /etc/default/grub`,
    ],
    [
      'another datasource',
      'boot-cloud-init',
      "echo 'datasource_list: [ NoCloud, None ]' > /etc/cloud/cloud.cfg.d/99-site.cfg",
    ],
    [
      'a datasource list in block style',
      'boot-cloud-init',
      "printf 'datasource_list:\\n  - None\\n' > /etc/cloud/cloud.cfg.d/99-site.cfg",
    ],
    [
      'user data ignored',
      'boot-cloud-init',
      "echo 'allow_userdata: false' > /etc/cloud/cloud.cfg.d/99-site.cfg",
    ],
    ['no login user', 'boot-cloud-init', "echo 'users: [site]' > /etc/cloud/cloud.cfg.d/99-site.cfg"],
    [
      'scripts left out of the final modules',
      'boot-cloud-init',
      "printf 'cloud_final_modules:\\n - ssh-authkey-fingerprints\\n - [final-message, always]\\n' > /etc/cloud/cloud.cfg.d/99-site.cfg",
      'ubuntu2204',
    ],
    ['ds-identify off', 'boot-cloud-init', "echo 'policy: disabled' > /etc/cloud/ds-identify.cfg"],
    ['a deny list with a pattern', 'boot-login', "echo 'DenyUsers ec2*' >> /etc/ssh/sshd_config"],
    [
      'a Match block for the user',
      'boot-login',
      "printf 'Match User ec2-user\\n  AuthenticationMethods publickey,password\\n' >> /etc/ssh/sshd_config",
    ],
    ['another port', 'boot-login', "echo 'Port 2222' >> /etc/ssh/sshd_config"],
    ['keys elsewhere', 'boot-login', "echo 'AuthorizedKeysFile /etc/ssh/keys/%u' >> /etc/ssh/sshd_config"],
    ['/etc/nologin', 'boot-login', 'touch /etc/nologin', 'ubuntu2404'],
    ['tcp wrappers', 'boot-login', "echo 'ALL: ALL' > /etc/hosts.deny", 'ubuntu2204'],
    ['requiretty for one user', 'boot-sudo', "printf 'Defaults:slurm requiretty\\n' > /etc/sudoers.d/20-x"],
    [
      'noexec among other flags',
      'boot-sudo',
      "printf 'Defaults use_pty, \\\\\\n  noexec\\n' > /etc/sudoers.d/20-x",
    ],
    ['rules that do not include the folder', 'boot-sudo', "sed -i '/includedir/d' /etc/sudoers"],
    ['a syntax error', 'boot-sudo', "echo 'Defaults !!! (' > /etc/sudoers.d/20-x"],
    ['sudo without its bit', 'boot-sudo', 'chmod u-s /usr/bin/sudo', 'ubuntu2404'],
    ['a later rule with a password', 'boot-sudo', "echo 'ALL ALL=(ALL) ALL' > /etc/sudoers.d/zz-site"],
    ['lnet, which lustre needs', 'boot-modules', "echo 'install lnet /bin/true' > /etc/modprobe.d/x.conf"],
    [
      'a module with a dash',
      'boot-modules',
      "echo 'blacklist nvidia-uvm' > /usr/lib/modprobe.d/x.conf",
      'ubuntu2204',
    ],
    ['modules off by sysctl', 'boot-modules', "echo 'kernel.modules_disabled = 1' > /etc/sysctl.d/99-x.conf"],
    [
      'a blacklist of the kernel',
      'boot-modules',
      `echo 'GRUB_CMDLINE_LINUX="module_blacklist=usb_storage,efa"' >> /etc/default/grub`,
    ],
    [
      'signed modules only',
      'boot-modules',
      `echo 'GRUB_CMDLINE_LINUX="module.sig_enforce=1"' >> /etc/default/grub`,
    ],
    [
      'vfat, which /boot/efi needs',
      'boot-modules',
      "echo 'LABEL=EFI /boot/efi vfat defaults 0 2' >> /etc/fstab; echo 'install vfat /bin/false' > /etc/modprobe.d/x.conf",
    ],
    ['/var noexec', 'boot-mounts', "echo '/dev/xvdb /var ext4 noexec 0 2' >> /etc/fstab"],
    [
      '/tmp noexec by a drop-in',
      'boot-mounts',
      "mkdir -p /etc/systemd/system/tmp.mount.d; printf '[Mount]\\nOptions=mode=1777,noexec\\n' > /etc/systemd/system/tmp.mount.d/x.conf",
      'rhel9',
    ],
    ['/usr nosuid', 'boot-mounts', "echo '/dev/xvdb /usr ext4 ro,nosuid 0 2' >> /etc/fstab"],
    [
      'crypto policy FUTURE',
      'boot-accounts',
      'mkdir -p /etc/crypto-policies; echo FUTURE:AD-SUPPORT > /etc/crypto-policies/config',
      'rhel9',
    ],
    [
      'FIPS by a kernel option',
      'boot-accounts',
      `echo 'GRUB_CMDLINE_LINUX="fips=1"' >> /etc/default/grub`,
      'ubuntu2204',
    ],
    [
      'another uid of the login user',
      'boot-accounts',
      "sed -i 's/^ec2-user:x:1000:/ec2-user:x:1001:/' /etc/passwd",
    ],
    [
      'a reserved gid taken',
      'boot-accounts',
      "sed -i 's/^pcluster-slurm-share:x:405:.*/site:x:405:/' /etc/group",
    ],
    [
      'root without a shell',
      'boot-accounts',
      "sed -i 's#^\\(root:.*:\\)/bin/bash$#\\1/sbin/nologin#' /etc/passwd",
    ],
    [
      'an account that ends',
      'boot-accounts',
      "sed -i '/^slurm:/d' /etc/shadow; echo 'slurm:!!:19000:::::20000:' >> /etc/shadow",
    ],
    [
      'an expired password',
      'boot-accounts',
      "sed -i '/^ubuntu:/d' /etc/shadow; echo 'ubuntu:!:19000:0:60:7:::' >> /etc/shadow",
      'ubuntu2404',
    ],
    [
      'a limit of open files',
      'boot-sessions',
      "echo '* hard nofile 1024' > /etc/security/limits.d/99-x.conf",
    ],
    ['a limit of processes', 'boot-sessions', "echo 'slurm - nproc 100' >> /etc/security/limits.conf"],
    [
      'a umask of a unit',
      'boot-sessions',
      "mkdir -p /etc/systemd/system/cloud-final.service.d; printf '[Service]\\nUMask=0027\\n' > /etc/systemd/system/cloud-final.service.d/x.conf",
    ],
    [
      'a umask of PAM',
      'boot-sessions',
      "sed -i 's/^UMASK.*/UMASK 0077/' /etc/login.defs; echo 'session optional pam_umask.so' >> /etc/pam.d/common-session",
      'ubuntu2204',
    ],
  ];

  function unitFile(name: string): string {
    const text = '[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n';
    return `printf '${text}' > /etc/systemd/system/${name}.service; systemctl enable ${name}.service\n`;
  }

  test.each(MEASURES)('fails with %s: %s', async (_, row, measure, os) => {
    expect(failed(await after(measure, { os: os ?? 'alinux2023' }))).toEqual([row]);
  });

  test.each([
    [
      'a umask of 027',
      "echo 'umask 027' > /etc/profile.d/99-umask.sh; sed -i 's/^UMASK.*/UMASK 027/' /etc/login.defs",
    ],
    [
      'rules that admit the login user',
      "printf 'AllowGroups wheel\\nAllowUsers ec2-user@10.* root\\n' >> /etc/ssh/sshd_config",
    ],
    [
      'file systems that no node uses',
      'for each in cramfs squashfs udf usb-storage sctp; do echo "install $each /bin/false"; done > /etc/modprobe.d/cis.conf',
    ],
    [
      'an install command that loads the module',
      "echo 'install lustre /sbin/modprobe --ignore-install lustre' > /etc/modprobe.d/x.conf",
    ],
    [
      'requiretty with exceptions',
      "printf 'Defaults requiretty\\nDefaults:slurm,pcluster-admin,root !requiretty\\n' > /etc/sudoers.d/20-x",
    ],
    [
      'a pseudo terminal for sudo',
      "printf 'Defaults use_pty, logfile=/var/log/sudo.log\\n' > /etc/sudoers.d/20-x",
    ],
    [
      'noexec and nosuid where nothing runs',
      "printf 'tmpfs /dev/shm tmpfs noexec,nosuid 0 0\\n/dev/xvdb /var/tmp ext4 noexec 0 0\\n/dev/xvdc /var/log ext4 noexec 0 0\\n' >> /etc/fstab",
    ],
    [
      'firewalld with the ports of Slurm',
      `${unitFile('firewalld')}mkdir -p /etc/firewalld/zones; echo '<zone><port port="6817-6819" protocol="tcp"/></zone>' > /etc/firewalld/zones/public.xml`,
    ],
    ['cron for root only', 'echo root > /etc/cron.allow'],
  ])('passes with %s', async (_, measure) => {
    expect((await after(measure)).wrong).toEqual({});
  });
});
