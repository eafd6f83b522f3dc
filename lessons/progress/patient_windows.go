package progress

import (
	"errors"
	"time"

	"golang.org/x/sys/windows"
)

// patiently does something again that failed because somebody had the file open
// for a moment: another sockplay that reads it, or what looks for viruses.
func patiently(do func() error) error {
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		err := do()
		if !errors.Is(err, windows.ERROR_ACCESS_DENIED) && !errors.Is(err, windows.ERROR_SHARING_VIOLATION) ||
			time.Since(began) > time.Second {
			return err
		}
	}
}
