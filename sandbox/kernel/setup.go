//go:build linux

package kernel

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// The wire's devices.
const (
	mtu        = 1500 // as Ethernet's, so that segments have the sizes that books show
	tunName    = "wire"
	txQueueLen = 10000 // packets that the TUN keeps for us; more are lost
)

// sysctl is a setting of the namespace, under /proc/sys/net.
type sysctl struct {
	name, value string
	needed      bool // without it the wire does not work
}

// before is set while lo is down, and after once the wire is there.
var before = []sysctl{
	{"ipv4/conf/lo/route_localnet", "1", true}, // what comes back in on lo has 127/8 addresses
	{"ipv4/conf/lo/accept_local", "1", true},   // ... and sources that are our own
	{"ipv6/conf/all/disable_ipv6", "0", false},
	{"ipv6/conf/lo/disable_ipv6", "0", false},
	{"ipv6/conf/default/disable_ipv6", "1", false}, // or the TUN solicits routers ahead of the first SYN
}

var after = []sysctl{
	{"ipv4/tcp_congestion_control", "reno", false}, // RFC 5681, as books show it
	{"ipv4/tcp_invalid_ratelimit", "0", false},     // each wrong segment gets its answer
	{"ipv4/ip_unprivileged_port_start", "0", false},
	{"ipv4/tcp_no_metrics_save", "1", false}, // one connection does not change the next
	{"ipv4/tcp_early_retrans", "0", false},   // no tail loss probes
	{"ipv4/tcp_fastopen", "0", false},
	{"ipv4/tcp_challenge_ack_limit", "2147483647", false}, // as newer kernels have it: none (RFC 5961 7)
	{"ipv4/tcp_syncookies", "0", false},                   // a SYN beyond the backlog is dropped: nothing happens without a state
	{"ipv4/tcp_max_syn_backlog", "65536", false},          // listen's backlog alone counts
	{"ipv4/icmp_ratelimit", "0", false},
	{"ipv6/icmp/ratelimit", "0", false},
}

func set(list []sysctl) error {
	for _, s := range list {
		err := os.WriteFile("/proc/sys/net/"+s.name, []byte(s.value), 0)
		if err != nil && s.needed {
			return &Refusal{
				What:  "/proc/sys/net/" + s.name + ": " + errnoName(err),
				Means: "the new network namespace cannot be configured: /proc/sys is read-only or protected here, as in many containers",
				Try:   "run it outside the container",
			}
		}
	}
	return nil
}

// setup makes the wire of this network namespace: what leaves on lo comes out
// of the TUN. It returns the TUN and lo's index.
func setup() (tun, lo int, err error) {
	link, err := netlink.LinkByName("lo")
	if err != nil {
		return 0, 0, refuseNetlink("reading lo", err)
	}
	if link.Attrs().Flags&net.FlagUp != 0 {
		return 0, 0, errors.New("lo is up: this is no new network namespace")
	}
	if err := set(before); err != nil {
		return 0, 0, err
	}
	if err := netlink.LinkSetMTU(link, mtu); err != nil {
		return 0, 0, refuseNetlink("setting the MTU of lo", err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return 0, 0, refuseNetlink("switching lo on", err)
	}
	tun, err = openTUN()
	if err != nil {
		return 0, 0, err
	}
	if err := redirect(link); err != nil {
		unix.Close(tun)
		return 0, 0, err
	}
	if err := set(after); err != nil {
		unix.Close(tun)
		return 0, 0, err
	}
	gid := os.Getegid()
	_ = os.WriteFile("/proc/sys/net/ipv4/ping_group_range", fmt.Appendf(nil, "%d %d", gid, gid), 0)
	return tun, link.Attrs().Index, nil
}

// openTUN makes the TUN device. It is persistent because closing it is then
// cheap; it goes with its namespace.
func openTUN() (int, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, refuseTUN(err)
	}
	ifr, err := unix.NewIfreq(tunName)
	if err != nil {
		return 0, err
	}
	ifr.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, ifr); err != nil {
		unix.Close(fd)
		return 0, &Refusal{
			What:  "a TUN device (TUNSETIFF): " + errnoName(err),
			Means: "the namespace was made, but the system gives it no rights: AppArmor does so on Ubuntu 24.04",
			Try:   "ask the administrator for: sysctl kernel.apparmor_restrict_unprivileged_userns=0",
		}
	}
	if err := unix.IoctlSetInt(fd, unix.TUNSETPERSIST, 1); err != nil {
		unix.Close(fd)
		return 0, fmt.Errorf("TUNSETPERSIST: %w", err)
	}
	return fd, nil
}

func refuseTUN(err error) error {
	r := &Refusal{What: "/dev/net/tun: " + errnoName(err)}
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		r.Means = "this system has no TUN device: its module is not loaded, or the container was given none"
		r.Try = "as root: modprobe tun; for a container: --device /dev/net/tun"
	default:
		r.Means = "the TUN device is there, but you may not open it"
		r.Try = "as root: chmod 0666 /dev/net/tun (most systems ship it so, and it gives no rights outside a namespace)"
	}
	return r
}

func refuseNetlink(doing string, err error) error {
	r := &Refusal{What: doing + " over netlink: " + errnoName(err)}
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		r.Means = "the namespace was made, but the system gives it no rights: AppArmor does so on Ubuntu 24.04"
		r.Try = "ask the administrator for: sysctl kernel.apparmor_restrict_unprivileged_userns=0"
	default:
		r.Means = "this kernel lacks a part that the wire needs (clsact, u32 and mirred: CONFIG_NET_SCH_INGRESS, CONFIG_NET_CLS_U32, CONFIG_NET_ACT_MIRRED)"
		r.Try = "as root: modprobe -a sch_ingress cls_u32 act_mirred"
	}
	return r
}

// redirect sends what leaves on lo into the TUN, and asks for immediate
// acknowledgements on all that the sandbox routes.
func redirect(lo netlink.Link) error {
	tun, err := netlink.LinkByName(tunName)
	if err != nil {
		return refuseNetlink("reading the TUN", err)
	}
	for _, step := range []struct {
		doing string
		do    func() error
	}{
		{"setting the TUN's MTU", func() error { return netlink.LinkSetMTU(tun, mtu) }},
		{"setting the TUN's queue", func() error { return netlink.LinkSetTxQLen(tun, txQueueLen) }},
		{"switching the TUN on", func() error { return netlink.LinkSetUp(tun) }},
		{"adding clsact to lo", func() error {
			return netlink.QdiscAdd(clsact(lo))
		}},
		{"redirecting lo", func() error {
			// Without a selector a u32 filter matches everything.
			return netlink.FilterAdd(&netlink.U32{
				FilterAttrs: netlink.FilterAttrs{
					LinkIndex: lo.Attrs().Index,
					Parent:    netlink.HANDLE_MIN_EGRESS,
					Priority:  1,
					Protocol:  unix.ETH_P_ALL,
				},
				Actions: []netlink.Action{netlink.NewMirredAction(tun.Attrs().Index)},
			})
		}},
		{"routing 127.0.0.0/8 and 127.0.0.1", func() error { return quickack4(lo, true) }},
		{"routing the multicast groups", func() error {
			_, groups, _ := net.ParseCIDR("224.0.0.0/4")
			return netlink.RouteAdd(&netlink.Route{LinkIndex: lo.Attrs().Index, Dst: groups, Scope: netlink.SCOPE_LINK, Src: net.IPv4(127, 0, 0, 1)})
		}},
	} {
		if err := step.do(); err != nil {
			return refuseNetlink(step.doing, err)
		}
	}
	_ = quickack6(lo, true) // a kernel without IPv6 has none to route
	return nil
}

// DelayAcks lets the kernel delay acknowledgements (RFC 9293 3.8.6.3), as it does
// outside, or has it send each at once, as at first. A connection follows with
// the next segment that it sends.
func (s *Stack) DelayAcks(on bool) (err error) {
	s.home.do(func() { err = delayAcks(on) })
	return err
}

// delayAcks is DelayAcks in this thread's namespace.
func delayAcks(on bool) error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return refuseNetlink("reading lo", err)
	}
	if err := quickack4(lo, !on); err != nil {
		return refuseNetlink("routing 127.0.0.0/8", err)
	}
	_ = quickack6(lo, !on)
	return nil
}

// quickack4 has every ACK on the sandbox's routes sent at once, or not: delayed
// ones make the number of packets that a learner sees depend on the moment.
func quickack4(lo netlink.Link, on bool) error {
	for _, prefix := range []string{"127.0.0.0/8", "127.0.0.1/32"} {
		dst, err := netlink.ParseIPNet(prefix)
		if err != nil {
			return err
		}
		err = netlink.RouteReplace(&netlink.Route{
			LinkIndex: lo.Attrs().Index, Dst: dst, Table: unix.RT_TABLE_LOCAL,
			Type: unix.RTN_LOCAL, Scope: netlink.SCOPE_HOST, Protocol: unix.RTPROT_KERNEL,
			Src: net.IPv4(127, 0, 0, 1), QuickACK: metric(on),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// quickack6 is quickack4 for ::1. It adds a second route, of another metric, and
// takes the first one away: replacing that of metric 0 silently becomes one of a
// worse metric.
func quickack6(lo netlink.Link, on bool) error {
	route := func(priority int) *netlink.Route {
		return &netlink.Route{
			LinkIndex: lo.Attrs().Index, Dst: &net.IPNet{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)}, Table: unix.RT_TABLE_LOCAL,
			Type: unix.RTN_LOCAL, Protocol: unix.RTPROT_KERNEL, Family: netlink.FAMILY_V6, Priority: priority,
		}
	}
	fresh, old := route(2-metric(on)), route(1+metric(on))
	fresh.QuickACK = metric(on)
	if err := netlink.RouteAdd(fresh); err != nil {
		return err
	}
	if netlink.RouteDel(old) != nil {
		_ = netlink.RouteDel(route(0)) // the kernel's own, at first
	}
	return nil
}

func metric(on bool) int {
	if on {
		return 1
	}
	return 0
}

// openDelivery opens the socket through which packets go back in on lo.
func openDelivery() (int, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, refuseNetlink("opening a packet socket", err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1); err != nil {
		unix.Close(fd)
		return 0, fmt.Errorf("PACKET_QDISC_BYPASS: %w", err)
	}
	return fd, nil
}

// quiet takes the redirection away, so that sockets which live on for a while
// after us do not send into a device that is gone, which the kernel would log.
func quiet() {
	if lo, err := netlink.LinkByName("lo"); err == nil {
		_ = netlink.QdiscDel(clsact(lo))
	}
}

// clsact is where the redirection of a link hangs.
func clsact(link netlink.Link) *netlink.GenericQdisc {
	return &netlink.GenericQdisc{
		QdiscAttrs: netlink.QdiscAttrs{
			LinkIndex: link.Attrs().Index,
			Handle:    netlink.MakeHandle(0xffff, 0),
			Parent:    netlink.HANDLE_CLSACT,
		},
		QdiscType: "clsact",
	}
}
