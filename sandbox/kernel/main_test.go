package kernel_test

import (
	"fmt"
	"os"
	"testing"

	"sockplay/sandbox/kernel"
)

// TestMain runs the tests in namespaces of their own, as the program does.
func TestMain(m *testing.M) {
	if !kernel.Inside() {
		status, err := kernel.Reenter()
		if err != nil {
			fmt.Println("all tests of this package are skipped: no kernel stack here:", err)
		}
		os.Exit(status)
	}
	status := m.Run()
	kernel.Report(status)
	os.Exit(status)
}
