package unixsock

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sockplay/sandbox"
)

// real is a nonblocking AF_UNIX socket of the kernel's.
type real struct {
	fd     int
	kind   sandbox.Kind
	prefix string // keeps this test's abstract names apart from the machine's
}

func open(t *testing.T, k sandbox.Kind, prefix string) *real {
	typ := unix.SOCK_DGRAM
	if k == sandbox.Unix {
		typ = unix.SOCK_STREAM
	}
	fd, err := unix.Socket(unix.AF_UNIX, typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return &real{fd, k, prefix}
}

func openPair(t *testing.T, k sandbox.Kind, prefix string) (a, b *real) {
	typ := unix.SOCK_DGRAM
	if k == sandbox.Unix {
		typ = unix.SOCK_STREAM
	}
	fds, err := unix.Socketpair(unix.AF_UNIX, typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return &real{fds[0], k, prefix}, &real{fds[1], k, prefix}
}

func errnoOf(err error) error {
	var errno unix.Errno
	switch {
	case !errors.As(err, &errno):
		return err
	case errno == unix.EAGAIN:
		return sandbox.EAGAIN
	case errno == unix.EOPNOTSUPP:
		return sandbox.Errno("EOPNOTSUPP")
	}
	return sandbox.Errno(unix.ErrnoName(errno))
}

func (r *real) sockaddr(a sandbox.Addr) unix.Sockaddr {
	if a.Abstract() {
		return &unix.SockaddrUnix{Name: "@" + r.prefix + a.Path[1:]}
	}
	return &unix.SockaddrUnix{Name: a.Path}
}

func (r *real) addr(sa unix.Sockaddr) sandbox.Addr {
	u, ok := sa.(*unix.SockaddrUnix)
	if !ok || u.Name == "@" {
		return sandbox.Addr{}
	}
	return sandbox.Addr{Path: strings.Replace(u.Name, "@"+r.prefix, "@", 1)}
}

func (r *real) Bind(a sandbox.Addr) error    { return errnoOf(unix.Bind(r.fd, r.sockaddr(a))) }
func (r *real) Listen(n int) error           { return errnoOf(unix.Listen(r.fd, n)) }
func (r *real) Connect(a sandbox.Addr) error { return errnoOf(unix.Connect(r.fd, r.sockaddr(a))) }
func (r *real) Close() error                 { return errnoOf(unix.Close(r.fd)) }

func (r *real) Accept() (sandbox.Socket, sandbox.Addr, error) {
	fd, sa, err := unix.Accept4(r.fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	if err != nil {
		return nil, sandbox.Addr{}, errnoOf(err)
	}
	return &real{fd, r.kind, r.prefix}, r.addr(sa), nil
}

func (r *real) Send(data []byte, _ sandbox.Flags, to sandbox.Addr) (int, error) {
	var sa unix.Sockaddr
	if to.IsValid() {
		sa = r.sockaddr(to)
	}
	n, err := unix.SendmsgN(r.fd, data, nil, sa, unix.MSG_NOSIGNAL)
	return max(n, 0), errnoOf(err)
}

func (r *real) Recv(buf []byte, f sandbox.Flags) (int, sandbox.Addr, error) {
	bits := 0
	if f&sandbox.MSG_PEEK != 0 {
		bits |= unix.MSG_PEEK
	}
	if f&sandbox.MSG_TRUNC != 0 {
		bits |= unix.MSG_TRUNC
	}
	n, sa, err := unix.Recvfrom(r.fd, buf, bits)
	return max(n, 0), r.addr(sa), errnoOf(err)
}

func (r *real) Shutdown(how sandbox.How) error {
	n := map[sandbox.How]int{sandbox.ShutRd: unix.SHUT_RD, sandbox.ShutWr: unix.SHUT_WR, sandbox.ShutRdWr: unix.SHUT_RDWR}
	return errnoOf(unix.Shutdown(r.fd, n[how]))
}

func (r *real) Getsockname() (sandbox.Addr, error) {
	sa, err := unix.Getsockname(r.fd)
	return r.addr(sa), errnoOf(err)
}

func (r *real) Getpeername() (sandbox.Addr, error) {
	sa, err := unix.Getpeername(r.fd)
	return r.addr(sa), errnoOf(err)
}

func (r *real) Poll() sandbox.Ready {
	fds := []unix.PollFd{{Fd: int32(r.fd), Events: unix.POLLIN | unix.POLLOUT}}
	unix.Poll(fds, 0)
	got := fds[0].Revents
	return sandbox.Ready{In: got&unix.POLLIN != 0, Out: got&unix.POLLOUT != 0, Hup: got&unix.POLLHUP != 0, Err: got&unix.POLLERR != 0}
}

// Queues is SIOCINQ and SIOCOUTQ. Of a listener there is nothing to compare.
func (r *real) Queues() (recv, send int) {
	if on, _ := unix.GetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); on != 0 {
		return 0, 0
	}
	recv, _ = unix.IoctlGetInt(r.fd, unix.SIOCINQ)
	send, _ = unix.IoctlGetInt(r.fd, unix.SIOCOUTQ)
	return recv, send
}

func (r *real) TakeError() (sandbox.Errno, error) {
	v, err := unix.GetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if v == 0 || err != nil {
		return "", errnoOf(err)
	}
	return sandbox.Errno(unix.ErrnoName(unix.Errno(v))), nil
}

var numbers = map[sandbox.Option][2]int{
	sandbox.SO_SNDBUF: {unix.SOL_SOCKET, unix.SO_SNDBUF}, sandbox.SO_RCVBUF: {unix.SOL_SOCKET, unix.SO_RCVBUF},
	sandbox.SO_TYPE: {unix.SOL_SOCKET, unix.SO_TYPE}, sandbox.SO_ACCEPTCONN: {unix.SOL_SOCKET, unix.SO_ACCEPTCONN},
	sandbox.SO_REUSEADDR: {unix.SOL_SOCKET, unix.SO_REUSEADDR}, sandbox.SO_KEEPALIVE: {unix.SOL_SOCKET, unix.SO_KEEPALIVE},
	sandbox.SO_BROADCAST: {unix.SOL_SOCKET, unix.SO_BROADCAST}, sandbox.TCP_NODELAY: {unix.IPPROTO_TCP, unix.TCP_NODELAY},
	sandbox.TCP_USER_TIMEOUT: {unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT}, sandbox.IP_TTL: {unix.IPPROTO_IP, unix.IP_TTL},
	sandbox.IPV6_V6ONLY: {unix.IPPROTO_IPV6, unix.IPV6_V6ONLY},
}

func (r *real) Getsockopt(o sandbox.Option) (int, error) {
	v, err := unix.GetsockoptInt(r.fd, numbers[o][0], numbers[o][1])
	return v, errnoOf(err)
}

func (r *real) Setsockopt(o sandbox.Option, v int) error {
	return errnoOf(unix.SetsockoptInt(r.fd, numbers[o][0], numbers[o][1], v))
}

// twins are the same socket in both worlds.
type twins struct{ ours, kernels sandbox.Socket }

// world is a random session.
type world struct {
	t       *testing.T
	rand    *rand.Rand
	space   Namespace
	prefix  string
	sockets []twins
	log     []string
}

// both does the same in both worlds, and wants the same of it.
func (w *world) both(what string, s twins, do func(sandbox.Socket) string) {
	a, b := do(s.ours), do(s.kernels)
	w.log = append(w.log, what+" = "+b)
	if a != b {
		w.t.Fatalf("%s\nours: %s", strings.Join(w.log, "\n"), a)
	}
}

func (w *world) addr() sandbox.Addr {
	return sandbox.Addr{Path: []string{"a", "b", "c", "@a", "@b"}[w.rand.IntN(5)]}
}

func (w *world) data() []byte {
	sizes := []int{0, 1, 5, 100, 192, 193, 704, 705, 3776, 3777, 4096, 16064, 16065, 36544, 36545, 65536, 85760, 200_000, 212_960, 212_961, 300_000}
	n := sizes[w.rand.IntN(len(sizes))]
	if w.rand.IntN(2) == 0 {
		n = w.rand.IntN(20)
	}
	return bytes.Repeat([]byte{byte('a' + w.rand.IntN(26))}, n)
}

func (w *world) kind() sandbox.Kind {
	return []sandbox.Kind{sandbox.Unix, sandbox.UnixDgram}[w.rand.IntN(2)]
}

func (w *world) step() {
	if n := len(w.sockets); n < 2 || n < 7 && w.rand.IntN(6) == 0 {
		k := w.kind()
		w.log = append(w.log, fmt.Sprintf("%d: socket %s", n, k))
		if w.rand.IntN(3) == 0 {
			w.log[len(w.log)-1] += " pair"
			a, b, _ := w.space.Socketpair(k)
			c, d := openPair(w.t, k, w.prefix)
			w.sockets = append(w.sockets, twins{a, c}, twins{b, d})
			return
		}
		ours, _ := w.space.Socket(k)
		w.sockets = append(w.sockets, twins{ours, open(w.t, k, w.prefix)})
		return
	}
	i := w.rand.IntN(len(w.sockets))
	s := w.sockets[i]
	say := func(format string, v ...any) string { return fmt.Sprintf("%d: ", i) + fmt.Sprintf(format, v...) }
	switch w.rand.IntN(22) {
	case 0, 1:
		a := w.addr()
		w.both(say("bind %s", a), s, func(x sandbox.Socket) string { return fmt.Sprint(x.Bind(a)) })
	case 2:
		n := w.rand.IntN(4) - 1
		w.both(say("listen %d", n), s, func(x sandbox.Socket) string { return fmt.Sprint(x.Listen(n)) })
	case 3, 4, 5:
		a := w.addr()
		w.both(say("connect %s", a), s, func(x sandbox.Socket) string { return fmt.Sprint(x.Connect(a)) })
	case 6, 7:
		var got []sandbox.Socket
		w.both(say("accept"), s, func(x sandbox.Socket) string {
			y, a, err := x.Accept()
			if err == nil {
				got = append(got, y)
			}
			return fmt.Sprint(a, err)
		})
		if len(got) == 2 {
			w.sockets = append(w.sockets, twins{got[0], got[1]})
		}
	case 8, 9, 10, 11:
		d := w.data()
		w.both(say("send %d", len(d)), s, func(x sandbox.Socket) string { return fmt.Sprint(x.Send(d, 0, sandbox.Addr{})) })
	case 12, 13:
		d, a := w.data(), w.addr()
		w.both(say("sendto %s %d", a, len(d)), s, func(x sandbox.Socket) string { return fmt.Sprint(x.Send(d, 0, a)) })
	case 14, 15, 16, 17:
		n := []int{0, 1, 10, 1000, 4096, 400_000}[w.rand.IntN(6)]
		f := sandbox.Flags(0)
		if w.rand.IntN(4) == 0 {
			f |= sandbox.MSG_PEEK
		}
		if w.rand.IntN(4) == 0 {
			f |= sandbox.MSG_TRUNC
		}
		w.both(say("recv %d %b", n, f), s, func(x sandbox.Socket) string {
			buf := make([]byte, n)
			m, a, err := x.Recv(buf, f)
			return fmt.Sprintf("%d %s %v %q", m, a, err, summary(buf[:min(n, m)]))
		})
	case 18:
		how := []sandbox.How{sandbox.ShutRd, sandbox.ShutWr, sandbox.ShutRdWr}[w.rand.IntN(3)]
		w.both(say("shutdown %s", how), s, func(x sandbox.Socket) string { return fmt.Sprint(x.Shutdown(how)) })
	case 19:
		w.both(say("close"), s, func(x sandbox.Socket) string { return fmt.Sprint(x.Close()) })
		w.sockets = append(w.sockets[:i], w.sockets[i+1:]...)
	case 20:
		w.both(say("SO_ERROR"), s, func(x sandbox.Socket) string { return fmt.Sprint(x.TakeError()) })
	case 21:
		n := []int{0, 4608, 10_000, 100_000}[w.rand.IntN(4)]
		w.both(say("SO_SNDBUF %d", n), s, func(x sandbox.Socket) string { return fmt.Sprint(x.Setsockopt(sandbox.SO_SNDBUF, n)) })
	}
}

// summary tells long data shortly: its runs.
func summary(b []byte) string {
	var out strings.Builder
	for len(b) > 0 {
		n := len(b) - len(bytes.TrimLeft(b, string(b[:1])))
		fmt.Fprintf(&out, "%c%d ", b[0], n)
		b = b[n:]
	}
	return out.String()
}

// look compares all that can be seen of the sockets without changing them.
func (w *world) look() {
	for i, s := range w.sockets {
		seen := func(x sandbox.Socket) string {
			local, err := x.Getsockname()
			peer, peerErr := x.Getpeername()
			listens, _ := x.Getsockopt(sandbox.SO_ACCEPTCONN)
			recv, send := 0, 0
			if listens == 0 {
				recv, send = x.Queues()
			}
			return fmt.Sprintf("at %s %v, peer %s %v, %+v, queues %d %d, listens %d", local, err, peer, peerErr, x.Poll(), recv, send, listens)
		}
		if a, b := seen(s.ours), seen(s.kernels); a != b {
			w.t.Fatalf("%s\n%d: %s\nours: %s", strings.Join(w.log, "\n"), i, b, a)
		}
	}
}

// sameLimits skips the test where the kernel is set otherwise than usual.
func sameLimits(t *testing.T) {
	t.Helper()
	for name, want := range map[string]int{
		"net/unix/max_dgram_qlen": maxDatagrams, "net/core/wmem_default": defaultBuffer, "net/core/somaxconn": maxBacklog,
	} {
		var got int
		b, err := os.ReadFile("/proc/sys/" + name)
		if _, scanErr := fmt.Sscan(string(b), &got); err == nil && (scanErr != nil || got != want) {
			t.Skipf("%s is %q here, not %d", name, b, want)
		}
	}
	a, b := openPair(t, sandbox.Unix, "")
	defer a.Close()
	defer b.Close()
	a.Send([]byte("x"), 0, sandbox.Addr{})
	if _, got := a.Queues(); got != streamSize(1) {
		t.Skipf("this kernel takes %d octets for one, not %d", got, streamSize(1))
	}
}

// TestSameAsLinux: random calls come out as they do on the kernel's sockets.
func TestSameAsLinux(t *testing.T) {
	sameLimits(t)
	t.Chdir(t.TempDir())
	sessions, steps := 2000, 60
	if testing.Short() {
		sessions = 300
	}
	for seed := range sessions {
		w := &world{t: t, rand: rand.New(rand.NewPCG(uint64(seed), 1)), prefix: fmt.Sprintf("unixsock-test-%d-", os.Getpid())}
		w.log = append(w.log, fmt.Sprintf("session %d", seed))
		for i := range steps {
			w.step()
			if i%4 == 3 {
				w.look()
			}
		}
		for _, s := range w.sockets {
			s.ours.Close()
			s.kernels.Close()
		}
		for _, name := range []string{"a", "b", "c"} {
			os.Remove(name)
		}
	}
}

// TestSizesAsLinux: what a piece takes of the send buffer.
func TestSizesAsLinux(t *testing.T) {
	sameLimits(t)
	for _, k := range []sandbox.Kind{sandbox.Unix, sandbox.UnixDgram} {
		for n := 1; n < 212_900; n += 1 + n/97 {
			var space Namespace
			a, _, _ := space.Socketpair(k)
			b, c := openPair(t, k, "")
			data := make([]byte, n)
			a.Send(data, 0, sandbox.Addr{})
			b.Send(data, 0, sandbox.Addr{})
			_, ours := a.Queues()
			_, kernels := b.Queues()
			b.Close()
			c.Close()
			if ours != kernels {
				t.Errorf("%s: %d octets take %d here, %d in the kernel", k, n, ours, kernels)
			}
		}
	}
}

// TestOptionsAsLinux: the options' values, limits and errors.
func TestOptionsAsLinux(t *testing.T) {
	for _, k := range []sandbox.Kind{sandbox.Unix, sandbox.UnixDgram} {
		var space Namespace
		a, _ := space.Socket(k)
		b := open(t, k, "")
		defer b.Close()
		for o := range numbers {
			for _, v := range []int{0, 1, 5, 10_000, 100_000} {
				do := func(s sandbox.Socket) string {
					before, getErr := s.Getsockopt(o)
					err := s.Setsockopt(o, v)
					after, _ := s.Getsockopt(o)
					return fmt.Sprint(before, getErr, " set ", err, " ", after)
				}
				if ours, kernels := do(a), do(b); ours != kernels {
					t.Errorf("%s %s %d: %s here, %s in the kernel", k, o, v, ours, kernels)
				}
			}
		}
	}
}
