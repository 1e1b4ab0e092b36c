/** The list of Ubuntu's units to mask: they contact the internet on their own or change packages while jobs run. */

/**
 * ParallelCluster disables apt-daily* too
 * (aws/aws-parallelcluster:cli/src/pcluster/resources/imagebuilder/update_and_reboot.yaml at v3.9.3). The others are
 * general knowledge of Ubuntu: a hook of every `apt update` starts apt-news and esm-cache, motd-news and
 * update-notifier fill the login message, ua-timer contacts Ubuntu Pro, snapd.snap-repair the snap store, and
 * fwupd-refresh the firmware service. A unit that the image does not have is masked too, in case a package adds it
 * later.
 */
export const quietUnits = [
  'apt-daily.timer',
  'apt-daily.service',
  'apt-daily-upgrade.timer',
  'apt-daily-upgrade.service',
  'apt-news.service',
  'esm-cache.service',
  'motd-news.timer',
  'motd-news.service',
  'ua-timer.timer',
  'update-notifier-download.timer',
  'update-notifier-motd.timer',
  'fwupd-refresh.timer',
  'snapd.snap-repair.timer',
] as const;
