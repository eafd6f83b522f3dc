#!/bin/sh
# All tests. The race detector needs cgo and so a C compiler.
set -eu
race=
if command -v "$($GO env CC)" >/dev/null 2>&1 && [ "$($GO env GOARCH)" != 386 ]; then
	race=-race
	CGO_ENABLED=1
	export CGO_ENABLED
else
	echo "no C compiler: the tests run without the race detector"
fi
exec $GO test $race -timeout 20m ./...
