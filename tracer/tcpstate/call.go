package tcpstate

// Call tells that a socket call was made. What the call sent has been told to
// Sent before, so that mostly the block has moved by then and Call only notes
// who may still read and write. It moves the block where nothing was sent: a
// FIN that waits behind data which the peer's window does not admit yet is
// queued, and the state is entered "in any case" (RFC 9293 3.10.4).
func (b Block) Call(c Call) (Block, []Transition) {
	switch c {
	case CallListen:
		if b.State() == Closed {
			b = Block{}
			return b, []Transition{b.enter(Listen, "listen: waits for a SYN from anyone")}
		}
		return b, nil
	case CallAbort: // Linux sends no RST in CLOSING and LAST-ACK
		return b.abort("close with a linger of 0: ends at once, without a word (RFC 9293 3.10.5)")
	case CallVanish:
		if b.State() == Closed {
			return b, nil
		}
		return b.closed("its host has vanished, and all that it knew: nobody is told")
	case CallDisconnect:
		return b.abort("connect with AF_UNSPEC: the connection is dissolved (RFC 9293 3.10.5)")
	case CallClose:
		return b.close()
	case CallShutdownRead, CallShutdownWrite, CallShutdownBoth:
		return b.shutdown(c)
	}
	return b, nil
}

// abort ends all but TIME-WAIT, which on Linux belongs to no socket any more.
func (b Block) abort(why string) (Block, []Transition) {
	switch b.State() {
	case Closed, TimeWait:
		return b, nil
	}
	return b.closed(why)
}

// close is close(2). A close while data was unread has sent a RST, and the
// block is CLOSED already. For a connection that nobody has accepted yet it is
// the close of its listener.
func (b Block) close() (Block, []Transition) {
	switch b.State() {
	case Closed:
		return b, nil
	case Listen:
		return b.closed("close: listens no longer")
	case SynSent: // Linux, like RFC 9293 3.10.4, sends nothing here
		return b.closed("close: gave up waiting for the answer to our SYN")
	}
	b.orphan, b.noRead = true, true
	if b.State() == SynReceived && b.passive { // Linux finds out at the next segment
		return b, nil
	}
	return b.finish("close")
}

// shutdown is shutdown(2).
func (b Block) shutdown(c Call) (Block, []Transition) {
	switch b.State() {
	case Closed:
		return b, nil
	case Listen: // Linux; the RFC has no such call
		if c == CallShutdownWrite {
			return b, nil
		}
		return b.closed("shutdown for reading: a listener then listens no longer")
	case SynSent: // Linux, whichever half it is; RFC 9293 3.10.4 for the sending one
		return b.closed("shutdown: gave up waiting for the answer to our SYN")
	}
	if c != CallShutdownWrite {
		b.noRead = true
	}
	if c == CallShutdownRead {
		return b, nil
	}
	return b.finish("shutdown")
}

// finish ends the sending direction; call is what the learner called.
func (b Block) finish(call string) (Block, []Transition) {
	b.noWrite = true
	if b.finSent {
		return b, nil
	}
	switch b.State() {
	case SynReceived:
		// Linux puts a shutdown off until the handshake is complete; RFC 9293
		// (3.10.4) sends the FIN at once, and so does Linux for a close.
		if !b.orphan {
			return b, nil
		}
		fallthrough
	case Established:
		return b, []Transition{b.enter(FinWait1, call+": the FIN follows when the data before it is sent (RFC 9293 3.10.4)")}
	case CloseWait:
		return b, []Transition{b.enter(LastAck, call+": the FIN follows when the data before it is sent (RFC 9293 3.10.4)")}
	}
	return b, nil
}
