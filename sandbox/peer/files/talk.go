package files

// hear takes in a line.
func (c *conn) hear(text []byte) {
	l, refusal := parse(text)
	switch {
	case c.state == greeted && (refusal != nil || l.verb != verbFiles && l.verb != verbErr):
		c.fail(refuse(Version, "it does not speak this protocol: a server of files says FILES first, and this one said %s", quoted(string(text))))
	case refusal != nil && refusal.Code == Size && c.server && c.state == asked:
		c.job = Job{Name: l.name}
		c.decline(refusal)
	case refusal != nil:
		c.fail(refusal)
	case l.verb == verbErr:
		c.hearErr(&Refusal{Code: l.code, Text: shown(l.text), Peer: true})
	default:
		c.hearWord(l)
	}
}

// hearErr takes in that the other end refuses. In answer to a request or an
// offer this is about one file, and the connection goes on.
func (c *conn) hearErr(r *Refusal) {
	switch about := r.Code != Line && r.Code != Time && r.Code != Short && r.Code != Crowd; {
	case about && (c.state == offered || c.state == wanting):
		c.state = asked
		c.release(r)
		c.report(r)
	default:
		c.fail(r)
	}
}

func (c *conn) hearWord(l line) {
	switch {
	case c.state == greeted && l.length != version:
		c.fail(refuse(Version, "the server speaks version %d of the protocol, this client version %d", l.length, version))
	case c.state == greeted:
		c.state = asked
	case c.state == asked && (l.verb == verbPut || l.verb == verbReplace):
		c.job = Job{Name: l.name, Replace: l.verb == verbReplace}
		c.receive(l)
	case c.state == asked && l.verb == verbGet:
		c.job = Job{Name: l.name, Fetch: true}
		if refusal := checkName(l.name); refusal != nil {
			c.decline(refusal)
			return
		}
		c.state, c.work = opening, work{do: doOpen, name: l.name}
	case c.state == wanting && l.verb == verbFile && l.name == c.job.Name:
		c.receive(l)
	case c.state == offered && l.verb == verbHave:
		c.heardHave(l)
	case c.state == agreeing && l.verb == verbFrom:
		c.heardFrom(l)
	case c.state == given && l.verb == verbOK:
		if l.length != c.size || l.sum != c.sum {
			c.fail(refuse(Checksum, "the receiver has something else than was sent: the file may have changed meanwhile; send it again"))
			return
		}
		c.finish()
	default:
		c.fail(refuse(Line, "%s comes out of turn here: after %s", l.verb, c.turn()))
	}
}

// turn is what is awaited, in words.
func (c *conn) turn() string {
	switch c.state {
	case asked:
		return "a file PUT, REPLACE or GET is next"
	case wanting:
		return "GET the server says FILE, with the name that was asked for"
	case offered:
		return "the length and checksum of a file HAVE is next"
	case agreeing:
		return "HAVE the sender says FROM"
	case giving:
		return "FROM only the sender speaks, until its octets are sent"
	}
	return "the last octet the receiver says OK"
}

// receive begins to receive the file that is announced.
func (c *conn) receive(l line) {
	c.state, c.size, c.sum = creating, l.length, l.sum
	refusal := checkName(l.name)
	if refusal == nil && l.length > c.limit {
		refusal = refuse(Size, "%d octets are more than the limit here, which is %d", l.length, c.limit)
	}
	if refusal != nil {
		c.decline(refusal)
		return
	}
	c.work = work{do: doCreate, name: l.name, replace: c.job.Replace, n: l.length}
}

// heardHave compares what the receiver has with the beginning of the file.
func (c *conn) heardHave(l line) {
	c.has, c.part, c.state = l.length, l.sum, proving
	if c.has > c.size {
		c.has = 0
	}
	c.rehash()
	c.work = work{do: doSeek}
}

// heardFrom begins to take the octets.
func (c *conn) heardFrom(l line) {
	switch l.length {
	case c.at:
	case 0:
		c.rehash()
	default:
		c.fail(refuse(Line, "FROM is followed by what HAVE said, or by 0"))
		return
	}
	c.at, c.has = l.length, l.length
	c.state, c.work = taking, work{do: doSeek, n: l.length}
}

// done takes in what came of the work.
func (c *conn) done(r result) {
	w := c.work
	c.work = work{}
	if w.do == doDrop || w.do == doClose {
		return // what is refused there changes nothing
	}
	if r.refusal != nil {
		c.undone(r.refusal)
		return
	}
	switch c.state {
	case opening:
		c.open, c.size = true, r.size
		if c.size > c.limit {
			c.decline(refuse(Size, "%d octets are more than the limit, which is %d", c.size, c.limit))
			return
		}
		c.rehash()
		c.state = summing
		c.sumUp(c.size, w, nil)
	case summing:
		c.sumUp(c.size, w, r.data)
	case proving:
		c.prove(w, r)
	case giving:
		if len(r.data) == 0 && c.at < c.size {
			c.fail(refuse(Changed, "the file became shorter while it was sent"))
			return
		}
		c.at += int64(len(r.data))
		c.piece = append(c.piece[:0], r.data...)
		c.out = c.piece
	case creating:
		c.open, c.at = true, r.size
		c.rehash()
		c.state = having
		c.sumUp(c.at, w, nil)
	case having:
		c.sumUp(c.at, w, r.data)
	case taking:
		if c.at < c.size {
			return
		}
		if sum := digest(c.hash); c.sum == unsaid {
			c.sum = sum
		} else if c.sum != sum {
			c.fail(refuse(Checksum, "what came has the SHA-256 %s, not the one that was announced; it is thrown away: send it again", sum))
			return
		}
		c.state, c.work = keeping, work{do: doKeep}
	case keeping:
		c.open = false
		c.say(line{verb: verbOK, length: c.size, sum: c.sum})
		c.state = asked
		c.report(nil)
	}
}

// undone takes in that the disk has refused.
func (c *conn) undone(r *Refusal) {
	switch c.state {
	case opening, summing, creating, having:
		c.decline(r)
	default:
		c.fail(r)
	}
}

// sumUp takes what came of the work into the checksum, until it has the octets
// before end.
func (c *conn) sumUp(end int64, w work, data []byte) {
	c.hash.Write(data)
	c.read += int64(len(data))
	c.steps++
	switch {
	case c.read < end && (w.do != doRead || len(data) > 0):
		c.work = work{do: doRead, n: min(piece, end-c.read)}
	case c.read < end:
		c.decline(refuse(Changed, "the file became shorter while it was read"))
	case c.state == having:
		c.say(line{verb: verbHave, length: c.at, sum: digest(c.hash)})
		c.state = agreeing
	default:
		c.sum, c.state = digest(c.hash), offered
		verb := verbFile
		switch {
		case c.server:
		case c.job.Replace:
			verb = verbReplace
		default:
			verb = verbPut
		}
		c.say(line{verb: verb, length: c.size, sum: c.sum, name: c.job.Name})
	}
}

// prove reads what the receiver has of the file, and says where to go on.
func (c *conn) prove(w work, r result) {
	if w.do == doRead {
		c.hash.Write(r.data)
		c.read += int64(len(r.data))
		c.steps++
		if len(r.data) == 0 {
			c.has = 0 // the file became shorter: giving will find out
		}
	}
	switch {
	case c.has > 0 && c.read < c.has:
		c.work = work{do: doRead, n: min(piece, c.has-c.read)}
		return
	case c.has > 0 && digest(c.hash) != c.part: // of another file, or damaged
		c.has = 0
	}
	if c.read != c.has {
		c.read, c.work = c.has, work{do: doSeek, n: c.has}
		return
	}
	c.at, c.state = c.has, giving
	c.say(line{verb: verbFrom, length: c.at})
}

// finish ends a transfer that is whole.
func (c *conn) finish() {
	c.open = false
	c.state, c.work = asked, work{do: doClose}
	c.report(nil)
}
