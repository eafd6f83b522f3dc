package progress

import (
	"os"
	"path/filepath"
	"runtime"
)

// Default is the file where progress is kept; "" if there is no such place. It
// is data, as the XDG base directories have it, and elsewhere what stands for
// that; a path that is not absolute is to be ignored there.
func Default() string {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "sockplay", "progress.json")
	}
	var dir string
	switch home, err := os.UserHomeDir(); {
	case runtime.GOOS == "windows":
		dir = os.Getenv("LocalAppData")
	case err != nil:
		return ""
	case runtime.GOOS == "darwin":
		dir = filepath.Join(home, "Library", "Application Support")
	default:
		dir = filepath.Join(home, ".local", "share")
	}
	if !filepath.IsAbs(dir) {
		return ""
	}
	return filepath.Join(dir, "sockplay", "progress.json")
}
