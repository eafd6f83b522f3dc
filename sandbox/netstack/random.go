package netstack

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
)

// random gives what the stack takes for chance: the same for the same seed. It
// is both of gVisor's sources, whose goroutines share it.
type random struct {
	mu     sync.Mutex
	chacha *rand.ChaCha8
}

func newRandom(seed int64) *random {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], uint64(seed))
	copy(key[8:], "sockplay user stack")
	return &random{chacha: rand.NewChaCha8(key)}
}

// Read fills b; it never fails.
func (r *random) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.chacha.Read(b)
}

// Int63 is a source's number for math/rand.
func (r *random) Int63() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return int64(r.chacha.Uint64() >> 1)
}

// Seed does nothing: the seed was given when the source was made.
func (r *random) Seed(int64) {}
