#!/bin/sh
# Fuzzes each target for FUZZTIME, a minute if that is not set.
set -eu
grep -rl --include='*_test.go' '^func Fuzz' . | while read -r file; do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\).*/\1/p' "$file"); do
		echo "$file $target"
		$GO test "./$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-1m}" -fuzzminimizetime 10x
	done
done
