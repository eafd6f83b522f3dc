//go:build !windows

package progress

// patiently is for Windows, where a file that somebody has open is in the way.
func patiently(do func() error) error { return do() }
