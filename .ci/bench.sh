#!/bin/sh
# Measures the figures of docs/performance.md and prints each beside its target.
# A missed target is no failure; a benchmark that finds something wrong is.
# ROUNDS is how often each call is measured, RUNS how often each program is run,
# MB how much is sent, MINUTES how long clients come to serve chat (10). What the benchmarks print is kept in .build/bench.txt.
set -eu
out=.build/bench.txt
: >"$out"

bench() { # PACKAGE BENCHMARK BENCHTIME
	echo "measuring: $1 $2" >&2
	if ! $GO test "./$1" -run '^$' -bench "^($2)\$" -benchtime "$3" -timeout 30m >>"$out" 2>&1; then
		cat "$out"
		exit 1
	fi
}

SOCKPLAY_BENCH=$PWD/.build/sockplay
export SOCKPLAY_BENCH
bench sandbox/netstack BenchmarkSandboxes "${SANDBOXES:-5000}x"
bench sandbox/netstack BenchmarkBackoff 1s
bench sandbox/netstack BenchmarkHandshakes 20000x
bench sandbox/netstack BenchmarkBulk 5x
bench sandbox/netstack BenchmarkStep "${ROUNDS:-2000}x"
bench sandbox/netstack BenchmarkStepBack 31x
bench sandbox/netstack BenchmarkRough 1x
bench sandbox/peer/files BenchmarkFiles 3x
bench sandbox/peer/chat BenchmarkChat 1x
if [ "$($GO env GOOS)" = linux ]; then
	bench cmd/sockplay BenchmarkSession "${RUNS:-31}x"
	bench cmd/sockplay BenchmarkStart "${RUNS:-31}x"
	bench cmd/sockplay BenchmarkLessonCheck 3x
	bench cmd/sockplay BenchmarkKeystroke 4x
	bench cmd/sockplay BenchmarkIdle 1x
	bench cmd/sockplay BenchmarkFlood 10x
	bench cmd/sockplay BenchmarkServe 1x
fi
if [ "$($GO env GOOS)" != linux ]; then
	echo "not Linux: nothing of the kernel stack is measured"
elif refusal=$(.build/sockplay run --stack kernel - 2>&1 </dev/null); then
	bench sandbox/kernel BenchmarkCall "${ROUNDS:-2000}x"
	bench sandbox/kernel BenchmarkBulk "${MB:-100}x"
	bench sandbox/kernel BenchmarkStep "${ROUNDS:-2000}x"
	bench sandbox/kernel BenchmarkRough 1x
	bench sandbox/kernel BenchmarkFiles 3x
	bench cmd/sockplay BenchmarkTransfer 1x
else
	echo "nothing of the kernel stack is measured: $refusal"
fi
bench lessons/versus BenchmarkVersus 3x
bench cmd/sockplay BenchmarkScenes 3x
bench tracer 'BenchmarkLogAdd|BenchmarkJSON' 1s
bench tracer/packet BenchmarkDecode 1s
bench tracer/tcpstate BenchmarkSegment 1s
bench tracer/ladder 'BenchmarkRows|BenchmarkBulk|BenchmarkRedraw' 1s

grep -h '^ *bench.*: no python3' "$out" || true
awk '
/^pkg:/ { pkg = $2 ~ /(netstack|files)$/ ? "User" : "" }
/^Benchmark/ {
	name = pkg $1
	sub(/Benchmark/, "", name)
	sub(/-[0-9]+$/, "", name)
	for (i = 3; i < NF; i += 2) m[name " " $(i + 1)] = $i
}
function row(figure, target, measured, verdict) {
	line = sprintf("%-41s %-10s %-46s %s", figure, target, measured, verdict)
	sub(/ +$/, "", line)
	print gap line
	gap = ""
}
function has(key) { return key in m }
function below(value, limit) { return value <= limit ? "met" : "missed" }
function call(name,   k) {
	k = "Call/" name " "
	if (has(k "p50-us"))
		row(name ", from call to last event", "< 1 ms", \
			sprintf("%.3f ms (min %.3f, p99 %.3f; %d events)", m[k "p50-us"] / 1e3, m[k "min-us"] / 1e3, m[k "p99-us"] / 1e3, m[k "events"]), \
			m[k "p50-us"] < 1000 ? "met" : "missed")
}
function session(figure, a, b, limit,   r) {
	a = "Session " a; b = "Session " b
	if (!has(b "-p50-ms")) return
	r = m[a "-p50-ms"] / m[b "-p50-ms"]
	row(figure, limit ? "<= " limit : "", sprintf("%.2f (%.1f ms / %.1f ms)", r, m[a "-p50-ms"], m[b "-p50-ms"]), limit ? below(r, limit) : "")
}
function wall(figure, a) {
	a = "Session " a
	if (has(a "-p50-ms"))
		row(figure, "", sprintf("%.1f ms (%.1f to %.1f; processor %.1f)", m[a "-p50-ms"], m[a "-min-ms"], m[a "-max-ms"], m[a "-cpu-ms"]), "")
}
function start(figure, a, limit,   k) {
	k = "Start " a
	if (has(k "-p50-ms"))
		row(figure, limit ? "< " limit " ms" : "", sprintf("%.1f ms (%.1f to %.1f)", m[k "-p50-ms"], m[k "-min-ms"], m[k "-max-ms"]), limit ? below(m[k "-p50-ms"], limit) : "")
}
function lesson(figure, a,   k) {
	k = "Start " a "-p50-ms"
	if (has(k))
		row(figure, "< 50 ms", sprintf("%.1f ms (%.1f, bare %.1f)", m[k] - m["Start user-p50-ms"], m[k], m["Start user-p50-ms"]), below(m[k] - m["Start user-p50-ms"], 50))
}
function curriculum(figure, k) {
	if (has(k "p50-s"))
		row(figure, "< 60 s", sprintf("%.1f s (%.1f to %.1f; %d lessons)", m[k "p50-s"], m[k "min-s"], m[k "max-s"], m[k "lessons"]), below(m[k "p50-s"], 60))
}
function keys(figure, k, of, limit) {
	if (has(k of "p50-ms"))
		row(figure, limit ? "< " limit " ms" : "", sprintf("%.1f ms (min %.1f, p90 %.1f, p99 %.1f; %d keys)", m[k of "p50-ms"], m[k of "min-ms"], m[k of "p90-ms"], m[k of "p99-ms"], m[k of "keys"]), limit ? below(m[k of "p99-ms"], limit) : "")
}
function idle(figure, k) {
	if (has(k "%core"))
		row(figure, "< 3 %", sprintf("%.1f %% of a core (%.1f at a half-typed line)", m[k "%core"], m[k "half-typed-%core"]), below(m[k "%core"], 3))
}
function step(figure, k, limit) {
	if (has(k "p50-us"))
		row(figure, "< " limit " us", sprintf("%.1f us (p99 %.0f; %d steps)", m[k "p50-us"], m[k "p99-us"], m[k "steps"]), m[k "p50-us"] < limit ? "met" : "missed")
}
function rough(figure, k, took) {
	if (has(k "packets"))
		row(figure, "all there", sprintf("%d packets (%d dropped, %d copies), %.0f MB whole; %s", m[k "packets"], m[k "dropped"], m[k "copied"], m[k "MB"], took), "met")
}
function cost(figure, key, unit) {
	if (has(key)) row(figure, "", sprintf("%.2f us%s", m[key] / 1e3, unit), "")
}
END {
	row("figure", "target", "measured", "verdict")
	k = "UserSandboxes "
	if (has(k "MB")) {
		row("user stack: sandboxes with a connection", "< 1 GB", sprintf("%d MB for all (%.0f kB each), heap and stacks", m[k "MB"], m[k "kB/sandbox"]), below(m[k "MB"], 1000))
		row("  making one", "< 1 ms", sprintf("%.3f ms (p99 %.3f)", m[k "p50-us"] / 1e3, m[k "p99-us"] / 1e3), below(m[k "p50-us"], 1000))
	}
	k = "UserBackoff "
	if (has(k "ns/op")) row("  a SYN that nobody answers, to ETIMEDOUT", "< 50 ms", sprintf("%.2f ms for 127 s", m[k "ns/op"] / 1e6), below(m[k "ns/op"], 50e6))
	k = "UserHandshakes "
	if (has(k "handshakes/s")) row("  traced handshakes, one processor", ">= 5000/s", sprintf("%.0f/s (%d events each)", m[k "handshakes/s"], m[k "events"]), below(5000, m[k "handshakes/s"]))
	k = "UserBulk "
	if (has(k "MB/s")) row("  10 MB through the wire", "none again", sprintf("%d segments, none sent again; %.1f MB/s", m[k "segments"], m[k "MB/s"]), "met")
	session("  session, ladder / python", "user", "python", "0.5")
	session("  session, json / python", "userjson", "python", "0.5")
	session("  session, ladder / python -S", "user", "bare", "")
	gap = "\n"
	step("a step on a held wire, user stack", "UserStep ", 200)
	step("  kernel stack", "Step ", 500)
	if (has("UserStepBack p50-ms"))
		row("step back in " m["UserStepBack packets"] " packets", "< 100 ms", \
			sprintf("%.1f ms (max %.1f)", m["UserStepBack p50-ms"], m["UserStepBack max-ms"]), below(m["UserStepBack p50-ms"], 100))
	rough("loss, copies, delay, overtaking: user", "UserRough ", sprintf("the same again; %.0f packets/s", m["UserRough packets/s"]))
	rough("  kernel stack", "Rough ", sprintf("in %.0f s", m["Rough s"]))
	gap = "\n"
	for (i = 1; i <= 2; i++) {
		k = "Chat/" (i == 1 ? "traced" : "unkept") " "
		if (has(k "lines/s"))
			row(i == 1 ? "chat room, 1,000 clients, user stack" : "  with a log that keeps nothing", i == 1 ? "none lost" : "", sprintf("%.0f lines/s delivered, in order (%d packets)", m[k "lines/s"], m[k "packets"]), i == 1 ? "met" : "")
	}
	if (has("Chat/loopback lines/s")) row("  the same room on plain loopback sockets", "", sprintf("%.0f lines/s", m["Chat/loopback lines/s"]), "")
	if (has("Serve connects/min"))
		row("serve chat: clients that come and vanish", ">= 10000", sprintf("%.0f a minute; %d lines heard by 20 others, %d wrong or dropped", m["Serve connects/min"], m["Serve lines"], m["Serve wrong"]), m["Serve connects/min"] >= 9990 && m["Serve wrong"] == 0 ? "met" : "missed")
	if (has("Serve rss10-MB"))
		row("  its memory after a tenth, and at the end", "flat", sprintf("%.0f MB, %.0f MB", m["Serve rss1-MB"], m["Serve rss10-MB"]), below(m["Serve rss10-MB"], 1.25 * m["Serve rss1-MB"]))
	gap = "\n"
	if (has("Versus packets")) row("tcp-vs-udp, 10,000 messages, 10 % lost", "< 5 s", sprintf("%.2f s (%.0f packets, which add up)", m["Versus ns/op"] / 1e9, m["Versus packets"]), below(m["Versus ns/op"] / 1e9, 5))
	if (has("Scenes scenes")) row("all scenes of the user stack, one by one", "< 5 s", sprintf("%.2f s (%.0f scenes)", m["Scenes ns/op"] / 1e9, m["Scenes scenes"]), below(m["Scenes ns/op"] / 1e9, 5))
	gap = "\n"
	call("connect"); call("write"); call("close")
	gap = "\n"
	session("session, ladder / python", "ladder", "python", "1.5")
	session("session, json / python", "json", "python", "1.5")
	session("session, ladder / python -S", "ladder", "bare", "1.5")
	session("session, json / python -S", "json", "bare", "1.5")
	wall("  sockplay run --stack user", "user"); wall("  sockplay run", "ladder"); wall("  sockplay run --format json", "json")
	wall("  python3 session.py", "python"); wall("  python3 -S session.py", "bare")
	wall("  python3 -c pass", "pass"); wall("  sockplay --version", "version")
	gap = "\n"
	start("start to prompt, user stack", "user", 100); start("  kernel stack", "kernel", 150)
	lesson("  lesson NAME, more than that", "lesson"); lesson("  resumed at its last step", "resumed")
	start("  python3 -c pass, to its end", "python", ""); start("  python3 -S -c pass", "bare", "")
	curriculum("lesson check of the curriculum", "LessonCheck ")
	keys("10,000 packets behind: key to screen, user", "Keystroke/user ", "", 20)
	keys("  with a menu", "Keystroke/user ", "menu-", 20)
	keys("  kernel stack", "Keystroke/kernel ", "", 20)
	keys("  with a menu", "Keystroke/kernel ", "menu-", 20)
	idle("idle at the prompt, user stack", "Idle/user "); idle("  kernel stack", "Idle/kernel ")
	keys("a program sends 8 MB: key to screen", "Flood ", "", "")
	gap = "\n"
	k = "Bulk "
	if (has(k "MB/s")) {
		row("bulk through the wire, in a sandbox", "none lost", sprintf("%d packets, none lost, all recorded", m[k "packets"]), "met")
		row("  rate", "", sprintf("%.1f MB/s (%.1f a processor second)", m[k "MB/s"], m[k "MB/cpu-s"]), "")
		row("  packets", "", sprintf("%d packets/s (%d sent again by a timer)", m[k "packets/s"], m[k "again"]), "")
		row("  events that have left the window", "> 0", sprintf("%d of %d", m[k "events-left"], m[k "events"]), m[k "events-left"] > 0 ? "met" : "missed")
		row("  heap at the end, of a window of 67 MB", "<= 134 MB", sprintf("%.0f MB", m[k "heap-MB"]), below(m[k "heap-MB"], 134))
		row("  peak RSS", "", sprintf("%.0f MB (%.0f MB halfway)", m[k "rss-MB"], m[k "rss-half-MB"]), "")
	}
	for (i = 1; i <= 2; i++) {
		f = i == 1 ? "ladder" : "json"
		k = "Transfer/" f " "
		if (has(k "MB/s"))
			row("100 MB by sockplay run --format " f, "", sprintf("%.1f MB/s (%.1f a processor second), RSS %.0f MB", m[k "MB/s"], m[k "MB/cpu-s"], m[k "rss-MB"]), "")
	}
	gap = "\n"
	k = "UserFiles "
	if (has(k "MB/s")) {
		row("a file from peer to peer, user stack", ">= 20 MB/s", sprintf("%.1f MB/s, whole (%.1f a processor second)", m[k "MB/s"], m[k "MB/cpu-s"]), below(20, m[k "MB/s"]))
		row("  beside plain sockets, untraced", "", sprintf("1 : %.1f (%.0f MB/s)", m[k "plain-MB/s"] / m[k "MB/s"], m[k "plain-MB/s"]), "")
		row("  with 5 % of the packets lost", "whole", sprintf("whole, %d lost; %.1f MB/s, %.0f s of virtual time", m[k "lost"], m[k "lossy-MB/s"], m[k "lossy-virtual-s"]), "met")
	}
	k = "Files "
	if (has(k "MB/s")) row("  kernel stack", "", sprintf("%.1f MB/s, whole (%.1f a processor second)", m[k "MB/s"], m[k "MB/cpu-s"]), "")
	gap = "\n"
	cost("decode a packet", "Decode ns/op", "")
	cost("follow a segment at both ends (tcpstate)", "Segment ns/segment", "")
	cost("keep an event in a full log", "LogAdd ns/op", "")
	cost("draw a packet on a row of its own", "Rows/plain ns/packet", "")
	cost("  in colour", "Rows/colour ns/packet", "")
	cost("draw a packet of 100,000, folded", "Bulk/100000 ns/packet", "")
	cost("an event as JSON, 1448 bytes of data", "JSON/data ns/op", "")
	cost("  an ACK", "JSON/ack ns/op", "")
}' "$out"
