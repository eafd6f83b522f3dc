#!/bin/sh
# Fuzzes each target for FUZZTIME, a minute if that is not set.
set -eu
minimize() { # FILE: how often a find is run to make it smaller
	case $1 in
	./tracer/ladder/*) echo 1x ;; # each run draws at every width
	*) echo 10x ;;
	esac
}
grep -rl --include='*_test.go' '^func Fuzz' . | while read -r file; do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\).*/\1/p' "$file"); do
		echo "$file $target"
		$GO test "./$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-1m}" -fuzzminimizetime "$(minimize "$file")"
	done
done
