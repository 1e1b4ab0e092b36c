/** Owns which of Ubuntu's units are masked, for they fetch something by themselves or move packages under a job. */

/**
 * apt-daily*: aws-parallelcluster cli/src/pcluster/resources/imagebuilder/update_and_reboot.yaml switches them off, too.
 * The others are general knowledge of Ubuntu: apt-news and esm-cache are started by a hook of every `apt update`,
 * motd-news and update-notifier fill the login message, ua-timer asks Ubuntu Pro, snapd.snap-repair the snap store,
 * fwupd-refresh the firmware service. A unit that an image does not have is masked all the same: it may come later.
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
