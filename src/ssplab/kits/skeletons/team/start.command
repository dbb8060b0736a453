#!/bin/sh
# macOS: a double click opens a terminal and runs this.
exec sh "$(dirname "$0")/start.sh" "$@"
