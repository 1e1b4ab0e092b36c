/** Configures R: sets the repositories in the Rprofile.site of every R installation. */
import type { OsFamily } from '../../os/os.ts';
import { INDEXES_STEP, setting, type ToolPlan } from './setting.ts';

/** @param url of the CRAN mirror, checked */
export function cranPlan(url: string, family: OsFamily): ToolPlan {
  const line = `options(repos = c(CRAN = "${url}"))`;
  return {
    name: 'cran',
    settings: [
      setting('tail', {
        // Debian's R package ships this file, and dpkg would prompt if it existed before; rpm keeps an existing file.
        own: family === 'rhel' ? ['/usr/lib64/R/etc/Rprofile.site'] : [],
        found: [
          '/etc/R/||Rprofile.site',
          '/usr/lib/R/|etc/|etc/Rprofile.site',
          '/usr/lib64/R/|etc/|etc/Rprofile.site',
          '/usr/local/lib*/R/|etc/|etc/Rprofile.site',
          '/opt/R/*/lib*/R/|etc/|etc/Rprofile.site',
        ],
        lines: [line],
      }),
    ],
    variables: ['R_PROFILE'],
    row: {
      id: 'index-cran',
      title: `every R of the image installs from ${url}`,
      because: 'without a repository, install.packages prompts for a mirror or contacts the public one',
      command: `Rscript -e 'getOption("repos")'`,
      expected: `CRAN ${url}`,
      needs: { after: [INDEXES_STEP] },
      template: 'index-cran',
      context: { line, url },
    },
  };
}
