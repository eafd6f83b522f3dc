package netstack

import (
	"sync"

	"gvisor.dev/gvisor/pkg/waiter"

	"sockplay/sandbox"
)

// changes are the sockets of which gVisor has said that there is something to
// read or to accept, an end or an error. It says so from its own goroutines.
type changes struct {
	mu   sync.Mutex
	list []sandbox.Socket
}

// notice is what gVisor tells of one queue.
type notice struct {
	changes *changes
	socket  *socket
}

var _ waiter.EventListener = notice{}

// NotifyEvent notes that the socket has changed.
func (n notice) NotifyEvent(waiter.EventMask) {
	n.changes.mu.Lock()
	defer n.changes.mu.Unlock()
	if !n.socket.changed {
		n.socket.changed = true
		n.changes.list = append(n.changes.list, n.socket)
	}
}

// watch has what the queue tells noted of the socket. The queue lasts no longer
// than its endpoint.
func (c *changes) watch(k *socket, queue *waiter.Queue) {
	var e waiter.Entry
	e.Init(notice{c, k}, waiter.ReadableEvents|waiter.EventHUp|waiter.EventErr|waiter.EventRdHUp)
	queue.EventRegister(&e)
}

// Changed takes the sockets on which a call that waits for something to come may
// have it now.
func (s *Stack) Changed() []sandbox.Socket {
	c := &s.changes
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.list
	c.list = nil
	for _, k := range list {
		k.(*socket).changed = false
	}
	return list
}
