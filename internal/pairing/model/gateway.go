// Package model simulates gateways that issue QR codes, to measure what a person in front of the screen experiences. It
// uses the clock of package time, which should be virtual. Durations count from the start of the simulation.
package model

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Kind is a kind of gateway. A zero field disables its behaviour.
type Kind struct {
	Name string
	// First and Next are the lifetimes of the first code of a session and of each later one.
	First, Next time.Duration
	// OwnClock rotates codes on a schedule, in a session that began at a random earlier time. Otherwise a code is made
	// when one is requested and none is valid.
	OwnClock bool
	// Pause is the time without a code between two codes of an OwnClock gateway.
	Pause time.Duration
	// Each makes a new code for each request, which invalidates the previous one.
	Each bool
	// Redrawn draws the same code differently in each response.
	Redrawn bool
	// ShowsExpired reports status EXPIRED while no code is valid.
	ShowsExpired bool
	// StaysExpired reports status EXPIRED at all times.
	StaysExpired bool
	// VoidShare is the share of codes that become invalid early.
	VoidShare float64
	// LostShare is the share of responses to code requests that are lost or replaced by a 504 after the work is done,
	// HangShare the share that never arrive.
	LostShare, HangShare float64
	// There and Back are the network delays of a code request and its response.
	There, Back time.Duration
	// StatusLag is the age of the status that a poll returns.
	StatusLag time.Duration
	// RestartAt starts a new session around this time, after DownFor without any response.
	RestartAt, DownFor time.Duration
	// JumpAt moves the gateway's clock around this time.
	JumpAt time.Duration

	// Bounds are the limits that the rule guarantees.
	Bounds Bounds
}

// life is the period in which a code is valid.
type life struct {
	code     int
	from, to time.Duration
}

// Gateway is one simulated gateway. It is safe for concurrent use.
type Gateway struct {
	kind  Kind
	start time.Time

	mu       sync.Mutex
	rand     *rand.Rand
	lives    []life // in order of time
	down     life
	paired   time.Duration
	requests int
}

// never is later than any simulation.
const never = 1000 * time.Hour

// New returns a gateway whose random events are determined by the seed.
func New(kind Kind, seed uint64) *Gateway {
	g := &Gateway{
		kind:   kind,
		start:  time.Now(),
		rand:   rand.New(rand.NewPCG(seed, 0)), //nolint:gosec // must be repeatable
		paired: never,
	}
	if kind.OwnClock {
		g.rotate()
	}
	return g
}

// Now returns how long the simulation has run.
func (g *Gateway) Now() time.Duration { return time.Since(g.start) }

// Scan connects a phone.
func (g *Gateway) Scan() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.paired = g.Now()
}

// horizon is the time up to which codes are scheduled.
const horizon = time.Hour

// rotate schedules the codes of an OwnClock gateway.
func (g *Gateway) rotate() {
	restart, jump := g.around(g.kind.RestartAt), g.around(g.kind.JumpAt)
	session := g.kind.First + 5*g.kind.Next
	at := -upTo(g.rand, session)
	for code := 0; at < horizon; code++ {
		lifetime := g.kind.Next
		if code == 0 {
			lifetime = g.kind.First
		}
		to := at + g.void(lifetime)
		if at < jump && jump < to {
			to = jump + upTo(g.rand, g.kind.Next)
		}
		if at < restart && restart < to {
			g.lives = append(g.lives, life{len(g.lives) + 1, at, restart})
			at, code, restart = restart+g.kind.DownFor, -1, never
			g.down = life{from: at - g.kind.DownFor, to: at}
			continue
		}
		g.lives = append(g.lives, life{len(g.lives) + 1, at, to})
		at = to + g.kind.Pause
	}
}

func (g *Gateway) around(middle time.Duration) time.Duration {
	if middle == 0 {
		return never
	}
	return middle/2 + upTo(g.rand, middle)
}

// void shortens some lifetimes.
func (g *Gateway) void(lifetime time.Duration) time.Duration {
	if g.rand.Float64() < g.kind.VoidShare {
		return upTo(g.rand, lifetime)
	}
	return lifetime
}

func upTo(r *rand.Rand, below time.Duration) time.Duration {
	if below <= 0 {
		return 0
	}
	return time.Duration(r.Int64N(int64(below)))
}

// living returns the code that is valid at a time; 0 if there is none.
func (g *Gateway) living(at time.Duration) int {
	for _, l := range slices.Backward(g.lives) {
		if l.includes(at) {
			return l.code
		}
	}
	return 0
}

func (l life) includes(at time.Duration) bool { return at >= l.from && at < l.to }

// Response is the outcome of a request.
type Response int

// The responses.
const (
	Arrives   Response = iota
	Connected          // a phone is connected
	None               // there is no code yet
	Lost
	Hangs
)

// Code handles a request for the code, without network delays.
func (g *Gateway) Code() (code int, response Response) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.Now()
	g.requests++
	chance := g.rand.Float64()
	switch {
	case g.down.includes(now):
		return 0, Lost
	case now >= g.paired:
		return 0, Connected
	}
	code = g.made(now)
	switch {
	case chance < g.kind.LostShare:
		return 0, Lost
	case chance < g.kind.LostShare+g.kind.HangShare:
		return 0, Hangs
	case code == 0:
		return 0, None
	default:
		return code, Arrives
	}
}

// made returns the valid code, and makes one if necessary.
func (g *Gateway) made(now time.Duration) int {
	living := g.living(now)
	if g.kind.OwnClock || living != 0 && !g.kind.Each {
		return living
	}
	lifetime := g.kind.Next
	if len(g.lives) == 0 {
		lifetime = g.kind.First
	}
	if living != 0 {
		g.lives[len(g.lives)-1].to = now
	}
	g.lives = append(g.lives, life{len(g.lives) + 1, now, now + g.void(lifetime)})
	return len(g.lives)
}

// Status returns the status that a poll shows: UNPAIRED, EXPIRED or PAIRED; empty if there is no response.
func (g *Gateway) Status() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.Now()
	at := now - g.kind.StatusLag
	switch {
	case g.down.includes(now):
		return ""
	case at >= g.paired:
		return "PAIRED"
	case g.kind.StaysExpired:
		return "EXPIRED"
	case g.kind.ShowsExpired && len(g.lives) > 0 && at > g.lives[0].from && g.living(at) == 0:
		return "EXPIRED"
	default:
		return "UNPAIRED"
	}
}
