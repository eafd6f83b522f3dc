//go:build js || wasip1

package files

const nonblock = 0
