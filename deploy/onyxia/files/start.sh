#!/bin/bash
# The first process of the course's service: the trainee's own script, then JupyterLab.
set -euo pipefail

# The language of the menus is the one chosen in Onyxia, until the trainee chooses another.
settings=$HOME/.jupyter/lab/user-settings/@jupyterlab/translation-extension
if [ "${LANGUAGE_OF_MENUS:-en}" = fr ] && [ ! -e "$settings" ]; then
  mkdir -p "$settings"
  echo '{"locale": "fr_FR"}' > "$settings/plugin.jupyterlab-settings"
fi

if [ -n "${PERSONAL_INIT_SCRIPT:-}" ]; then
  script=$(mktemp)
  python -c 'import sys, urllib.request; urllib.request.urlretrieve(*sys.argv[1:])' \
    "$PERSONAL_INIT_SCRIPT" "$script" \
    || { echo "$PERSONAL_INIT_SCRIPT cannot be fetched: JupyterLab begins without it." >&2; script=; }
  if [ -n "$script" ]; then
    # Words of the arguments are apart by spaces, as in Onyxia's own services.
    read -ra arguments <<< "${PERSONAL_INIT_ARGS:-}"
    bash "$script" "${arguments[@]}" || echo "The script of your own ended with $?." >&2
  fi
fi

exec ssplab serve-container ${CHAPTER:+--open "$CHAPTER"}
