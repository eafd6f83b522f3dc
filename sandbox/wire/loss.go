package wire

import (
	"math/rand/v2"
)

// Loss is a standing rule: of the packets that are sent, so many per cent are
// lost on the way.
type Loss struct {
	Percent float64 // 0 to 100
	From    string  // the process that sends them; "" for all
}

// SetLoss replaces the rule.
func (w *Wire) SetLoss(l Loss) { w.loss = l }

// Loss returns the rule; its Percent is 0 if there is none.
func (w *Wire) Loss() Loss { return w.loss }

// Seed begins the chance anew by which packets are lost.
func (w *Wire) Seed(seed int64) { w.chance = rand.New(rand.NewPCG(uint64(seed), 0x776972652e)) }

// loses decides about a packet that process has just sent. It draws a number
// only for packets that the rule is about.
func (w *Wire) loses(process string) bool {
	if w.loss.Percent <= 0 || w.loss.From != "" && w.loss.From != process {
		return false
	}
	return w.chance.Float64()*100 < w.loss.Percent
}
