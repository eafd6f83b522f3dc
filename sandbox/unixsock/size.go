package unixsock

// Linux counts against SO_SNDBUF what it allocates, not what is written: for
// each piece a struct sk_buff, a block of memory in a size that its allocator
// has, and whole pages (the "truesize"). So a buffer of 212,992 octets holds
// 278 writes of one octet each. These are the sizes of a 64-bit Linux 6 with
// pages of 4096 octets.
const (
	page        = 4096
	maxFrags    = 17  // pages, at most, beside the block
	blockTail   = 320 // struct skb_shared_info, at the end of the block
	header      = 256 // struct sk_buff
	minBlock    = 512
	maxHead     = page - blockTail   // of a stream's piece in the block
	maxPiece    = maxHead + 8*page   // of a stream
	maxDatagram = 4*page - blockTail // in the block alone
	lineSize    = 64                 // blocks are laid out in cache lines
)

// allocated is what a piece takes whose first octets lie in the block, and the
// others in pages.
func allocated(inBlock, inPages int) int {
	block := minBlock
	for block < (inBlock+lineSize-1)/lineSize*lineSize+blockTail {
		block *= 2
	}
	return header + block + pages(inPages)
}

func pages(n int) int { return (n + page - 1) / page * page }

// streamSize is what n octets of a stream take, maxPiece at most.
func streamSize(n int) int {
	inPages := min(n, pages(max(0, n-maxHead)))
	return allocated(n-inPages, inPages)
}

// datagramSize is what a datagram of n octets takes.
func datagramSize(n int) int {
	inPages := 0
	if n > maxDatagram {
		inPages = pages(min(n-maxDatagram, maxFrags*page))
	}
	return allocated(n-inPages, inPages)
}
