package netstack_test

import (
	"flag"
	"os"
	"runtime"
	"testing"

	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestMain makes sure that no goroutine is left of the stacks that were closed.
func TestMain(m *testing.M) {
	flag.Parse()
	if runtime.GOOS == "js" { // where the runtime has goroutines of its own
		os.Exit(m.Run())
	}
	goleak.VerifyTestMain(m)
}
