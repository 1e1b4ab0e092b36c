yum repolist || apt-get update
