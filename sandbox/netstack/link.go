package netstack

import (
	"sync"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

// mtu is as Ethernet's, so that segments have the sizes that books show.
const mtu = 1500

// link is the stack's end of the wire: it queues what the stack sends, and
// never delivers. It has no capabilities, so that checksums are made and
// checked in software and no segment is larger than the MTU.
type link struct {
	dispatcher stack.NetworkDispatcher

	mu    sync.Mutex
	queue [][]byte
}

var _ stack.LinkEndpoint = (*link)(nil)

// WritePackets queues copies of the packets.
func (l *link) WritePackets(list stack.PacketBufferList) (int, tcpip.Error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range list.AsSlice() {
		b := p.ToBuffer()
		l.queue = append(l.queue, b.Flatten())
		b.Release()
	}
	return list.Len(), nil
}

// put queues a packet as if the stack had sent it.
func (l *link) put(p []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = append(l.queue, p)
}

// drop forgets the packet that was sent last, if it is one that is not wanted.
func (l *link) drop(unwanted func(packet []byte) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.queue); n > 0 && unwanted(l.queue[n-1]) {
		l.queue = l.queue[:n-1]
	}
}

// take returns the packet that was sent first, nil if there is none.
func (l *link) take() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		l.queue = nil
		return nil
	}
	p := l.queue[0]
	l.queue[0] = nil
	l.queue = l.queue[1:]
	return p
}

// waiting reports whether there is something to take.
func (l *link) waiting() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue) > 0
}

// Attach gives the link what it delivers to.
func (l *link) Attach(d stack.NetworkDispatcher) { l.dispatcher = d }

// IsAttached reports whether there is such.
func (l *link) IsAttached() bool { return l.dispatcher != nil }

// MTU is the largest IP packet.
func (*link) MTU() uint32 { return mtu }

// Capabilities are none.
func (*link) Capabilities() stack.LinkEndpointCapabilities { return stack.CapabilityNone }

// ARPHardwareType is none: the packets are bare IP packets.
func (*link) ARPHardwareType() header.ARPHardwareType { return header.ARPHardwareNone }

// ParseHeader has nothing to parse.
func (*link) ParseHeader(*stack.PacketBuffer) bool { return true }

// The rest of a link's methods has nothing to do.

func (*link) SetMTU(uint32)                    {}
func (*link) MaxHeaderLength() uint16          { return 0 }
func (*link) LinkAddress() tcpip.LinkAddress   { return "" }
func (*link) SetLinkAddress(tcpip.LinkAddress) {}
func (*link) Wait()                            {}
func (*link) AddHeader(*stack.PacketBuffer)    {}
func (*link) Close()                           {}
func (*link) SetOnCloseAction(func())          {}
