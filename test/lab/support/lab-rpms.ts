/** Builds the lab's .rpm packages and one repository, which is served as every repository. */
import fs from 'node:fs/promises';
import path from 'node:path';

import { fileOf, rpms, type LabPackage } from './lab-packages.ts';
import { call } from './lab-run.ts';
import { modeOf, write, type Signer } from './lab-write.ts';

/** Fills packages/rpm: one spec per package, one rpmbuild for all; signs all except the unsigned packages. */
export async function buildRpms(folder: string, { home, name }: Signer): Promise<void> {
  const out = path.join(folder, 'packages', 'rpm');
  const top = path.join(folder, 'rpmbuild');
  const specs = await Promise.all(
    rpms.map(async (rpm) => {
      const spec = path.join(top, 'SPECS', `${fileOf('rpm', rpm)}.spec`);
      await write(spec, specOf(rpm));
      return spec;
    }),
  );
  await call('rpmbuild', [
    '-bb',
    '--quiet',
    '--define',
    `_topdir ${top}`,
    '--define',
    `_rpmdir ${out}`,
    ...specs,
  ]);
  const signed = rpms
    .filter(({ unsigned }) => unsigned !== true)
    .map((rpm) => path.join(out, fileOf('rpm', rpm)));
  const macros = ['__gpg /usr/bin/gpg', `_gpg_name ${name}`, `_gpg_path ${home}`];
  await call('rpmsign', [...macros.flatMap((macro) => ['--define', macro]), '--addsign', ...signed]);
  await fs.rm(top, { recursive: true });
}

function specOf(rpm: LabPackage): string {
  const files = Object.entries(rpm.files ?? {});
  const line = (tag: string, values: readonly string[] = []) =>
    values.map((value) => `${tag}: ${value}\n`).join('');
  return `Name: ${rpm.name}
Version: ${rpm.version}
Release: ${rpm.release}
Summary: ${rpm.name} of the lab
License: CC0
BuildArch: noarch
AutoReqProv: no
${line('Requires', rpm.requires)}${line('Provides', rpm.provides)}
%define _build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm
%define _binaries_in_noarch_packages_terminate_build 0
%define __os_install_post %{nil}
%description
Of the lab.
%install
${files
  .map(
    ([file, text]) =>
      `mkdir -p %{buildroot}$(dirname ${file})\nprintf '%s' '${text}' > %{buildroot}${file}\nchmod ${modeOf(file).toString(8)} %{buildroot}${file}\n`,
  )
  .join('')}
%files
${files.map(([file]) => `${file}\n`).join('')}`;
}

/** Fills rpm/, including the advisories of security fixes. */
export async function rpmRepository(folder: string): Promise<void> {
  const root = path.join(folder, 'rpm');
  await fs.mkdir(path.join(root, 'Packages'), { recursive: true });
  const offered = rpms.filter((rpm) => rpm.offered !== undefined);
  for (const rpm of offered)
    await fs.link(
      path.join(folder, 'packages', 'rpm', fileOf('rpm', rpm)),
      path.join(root, 'Packages', fileOf('rpm', rpm)),
    );
  await call('createrepo_c', ['--quiet', root]);
  const advice = path.join(folder, 'updateinfo.xml');
  await fs.writeFile(advice, updateInfo(offered.filter((rpm) => rpm.offered === 'security')));
  await call('modifyrepo_c', [advice, path.join(root, 'repodata')]);
}

function updateInfo(fixes: readonly LabPackage[]): string {
  const updates = fixes.map(
    ({
      name,
      version,
      release,
    }) => `<update from="lab@corp.example" status="final" type="security" version="1">
<id>LAB-${name}</id><title>${name}</title><issued date="2026-01-01 00:00:00"/><severity>Important</severity>
<description>A fix of the lab.</description><pkglist><collection short="lab"><name>lab</name>
<package name="${name}" version="${version}" release="${release}" epoch="0" arch="noarch"><filename>${name}-${version}-${release}.noarch.rpm</filename></package>
</collection></pkglist></update>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<updates>\n${updates.join('\n')}\n</updates>\n`;
}
