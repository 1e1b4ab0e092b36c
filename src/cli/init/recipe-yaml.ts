/** Owns the text of a first recipe. */

export const recipeYaml = `# What is done inside the image, in this order.
steps:
  - mirrors                           # yum, dnf, apt, and the indexes of bakery.yaml: from inside only
  - trust                             # the corporate CAs, for every runtime of the image
  # - assets                          # the files of assets.yaml
  # - packages: { upgrade: security, install: [htop] }   # kernel, Lustre, EFA, NVIDIA and Slurm never move
  # - script: files/site.sh           # a script of your own, run as root
  # - firstBoot: [joinDomain]         # what each instance does once: the domain of bakery.yaml, or { script: FILE }
  - hygiene                           # nothing of the build is left behind: keys, histories, caches, ids

# What must be true in the end, beside what the steps check by themselves.
expect: []
#  - command: test -r /opt/site/hpc-tips.txt
#    because: the message of the day shows it
`;
