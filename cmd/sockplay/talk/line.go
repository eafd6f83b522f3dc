package talk

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"sockplay/sandbox/peer/chat"
)

// Line is a conversation over a connection. Its methods may be called by any
// goroutine.
type Line struct {
	conn net.Conn
	show func(Shown) // is called under the lock

	mu      sync.Mutex
	session Session
	changed *sync.Cond // told whenever the session may be in another state
	quit    bool

	lines chan string // to be sent; a sender waits when the room makes it wait
	pongs chan string
	done  chan struct{} // nothing more will come
	all   sync.WaitGroup
}

// maxHeard bounds a line of the server's, which says no longer ones.
const maxHeard = 4 * chat.MaxTold

// Open begins a conversation over the connection, which is the Line's from now on.
// show is told what is to be shown, one line at a time.
func Open(conn net.Conn, show func(Shown)) *Line {
	l := &Line{conn: conn, show: show, lines: make(chan string, 16), pongs: make(chan string, 1), done: make(chan struct{})}
	l.changed = sync.NewCond(&l.mu)
	l.all.Go(l.receive)
	l.all.Go(l.send)
	return l
}

// Close ends the connection and waits for all that belongs to it.
func (l *Line) Close() {
	l.conn.Close()
	l.all.Wait()
}

// Done is closed when nothing more will come.
func (l *Line) Done() <-chan struct{} { return l.done }

// Look lets f look at the session.
func (l *Line) Look(f func(*Session)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.session)
}

// Until waits until the session is as f says, or over, for limit at most, and
// reports whether it came to that.
func (l *Line) Until(ctx context.Context, limit time.Duration, f func(*Session) bool) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.changed.Broadcast()
	})()
	l.mu.Lock()
	defer l.mu.Unlock()
	for !f(&l.session) && !l.session.over && ctx.Err() == nil {
		l.changed.Wait()
	}
	return f(&l.session)
}

// Join asks to come in. It returns what is wrong with the name.
func (l *Line) Join(name string) (wrong string) {
	l.mu.Lock()
	wrong, line := l.session.Join(name)
	l.mu.Unlock()
	if wrong == "" {
		l.put(line)
	}
	return wrong
}

// Typed deals with a line that was typed. It waits while the room takes no more.
func (l *Line) Typed(line string) {
	if Quits(line) {
		l.Quit()
		return
	}
	l.mu.Lock()
	show, send := l.session.Typed(line)
	for _, s := range show {
		l.show(s)
	}
	l.mu.Unlock()
	for _, s := range send {
		l.put(s)
	}
}

// Quit leaves the room; once is enough.
func (l *Line) Quit() {
	l.mu.Lock()
	line := ""
	if !l.quit {
		l.quit, line = true, l.session.Quit()
	}
	l.mu.Unlock()
	if line != "" {
		l.put(line)
	}
}

// put has a line sent, in order.
func (l *Line) put(line string) {
	select {
	case l.lines <- line:
	case <-l.done:
	}
}

func (l *Line) send() {
	for {
		var line string
		select {
		case line = <-l.lines:
		case line = <-l.pongs:
		case <-l.done:
			return
		}
		if _, err := io.WriteString(l.conn, line); err != nil {
			return // the other end of it is told to receive
		}
	}
}

func (l *Line) receive() {
	defer close(l.done)
	r := bufio.NewReaderSize(l.conn, maxHeard)
	for {
		text, err := r.ReadSlice('\n')
		if err != nil {
			l.mu.Lock()
			l.session.Ended(why(err))
			l.changed.Broadcast()
			l.mu.Unlock()
			return
		}
		l.mu.Lock()
		show, pong := l.session.Heard(strings.TrimRight(string(text), "\r\n"))
		for _, s := range show {
			l.show(s)
		}
		over := l.session.over
		l.changed.Broadcast()
		l.mu.Unlock()
		if pong != "" {
			select {
			case l.pongs <- pong:
			default: // the one before has not gone yet, and is as good
			}
		}
		if over {
			return
		}
	}
}

// why says what has broken a connection; "" for its end.
func why(err error) string {
	switch {
	case errors.Is(err, io.EOF):
		return ""
	case errors.Is(err, bufio.ErrBufferFull):
		return "the server sends a line without end"
	case errors.Is(err, net.ErrClosed):
		return "it was closed here"
	}
	return Explain(err)
}
