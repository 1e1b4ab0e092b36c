/** Owns the text of a first recipe. */

export const recipeYaml = `# What is done inside the image, in this order.
steps:
  - mirrors                           # yum, dnf and apt take packages from the mirrors of bakery.yaml only
  - trust                             # the corporate CAs join the OS trust store
  # - assets                          # the files of assets.yaml
  # - script: files/site.sh           # a script of your own, run as root
  - hygiene                           # nothing of the build is left behind: keys, histories, caches, ids

# What must be true in the end, beside what the steps check by themselves.
expect: []
#  - command: test -r /opt/site/hpc-tips.txt
#    because: the message of the day shows it
`;
