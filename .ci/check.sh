#!/bin/sh
# Formatting, vet, staticcheck, and builds for every platform.
set -eu
unformatted=$(gofmt -l .)
if [ -n "$unformatted" ]; then
	echo "not formatted (make fmt): $unformatted"
	exit 1
fi
$GO vet ./...
$GO tool staticcheck ./...
$GO mod tidy -diff
for os in linux darwin windows; do
	for arch in amd64 arm64; do
		echo "build $os/$arch"
		CGO_ENABLED=0 GOOS=$os GOARCH=$arch $GO build -o /dev/null ./...
	done
done
# All but the terminal, the kernel's stack and the command line, for a browser.
echo "build js/wasm"
GOOS=js GOARCH=wasm $GO build $($GO list ./lessons/progress ./sandbox/... ./tracer/... | grep -v /kernel)
GOOS=js GOARCH=wasm $GO vet ./sandbox/netstack
