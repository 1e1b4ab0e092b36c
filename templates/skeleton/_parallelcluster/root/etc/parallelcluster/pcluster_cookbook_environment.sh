export PYENV_ROOT=/opt/parallelcluster/pyenv
