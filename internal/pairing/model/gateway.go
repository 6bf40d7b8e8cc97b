// Package model simulates gateways that issue QR codes, to measure what a person in front of the screen sees. It uses
// the clock of package time, which should be virtual. Durations count from the start of the simulation.
package model

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Kind is a kind of gateway. A zero field disables its behavior.
type Kind struct {
	Name string
	// First and Next are the lifetimes of the first code of a session and of each later one.
	First, Next time.Duration
	// OwnClock rotates codes on a schedule, in a session that began at a random earlier time. Otherwise a code is made
	// when one is requested and none is valid.
	OwnClock bool
	// Pause is the time without a code between two codes of an OwnClock gateway.
	Pause time.Duration
	// NewPerRequest makes a new code for each request, which invalidates the previous one.
	NewPerRequest bool
	// Redrawn draws the same code differently in each response.
	Redrawn bool
	// ShowsExpired reports status EXPIRED while no code is valid.
	ShowsExpired bool
	// StaysExpired reports status EXPIRED at all times.
	StaysExpired bool
	// EarlyEndShare is the share of codes that become invalid early.
	EarlyEndShare float64
	// LostShare is the share of responses to code requests that are lost or replaced by a 504 after the work is done,
	// HangShare the share that never arrive.
	LostShare, HangShare float64
	// RequestDelay and ResponseDelay are the network delays of a code request and its response.
	RequestDelay, ResponseDelay time.Duration
	// StatusLag is the age of the status that a poll returns.
	StatusLag time.Duration
	// RestartAt is about when the gateway starts a new session, after DownFor without any response.
	RestartAt, DownFor time.Duration
	// JumpAt is about when the gateway's clock jumps.
	JumpAt time.Duration

	// Bounds are the limits that Pair guarantees.
	Bounds Bounds
}

// period is the time in which a code is valid, or in which the gateway is down.
type period struct {
	code     int
	from, to time.Duration
}

// Gateway is one simulated gateway. It is safe for concurrent use.
type Gateway struct {
	kind  Kind
	start time.Time

	mu       sync.Mutex
	rand     *rand.Rand
	valid    []period // of each code, in order of time
	down     period
	pairedAt time.Duration
	requests int
}

// never is later than any simulation.
const never = 1000 * time.Hour

// New returns a gateway whose random events are determined by the seed.
func New(kind Kind, seed uint64) *Gateway {
	g := &Gateway{
		kind:     kind,
		start:    time.Now(),
		rand:     rand.New(rand.NewPCG(seed, 0)), //nolint:gosec // must be repeatable
		pairedAt: never,
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
	g.pairedAt = g.Now()
}

// horizon is the time up to which codes are scheduled.
const horizon = time.Hour

// rotate schedules the codes of an OwnClock gateway.
func (g *Gateway) rotate() {
	restart, jump := g.randomAround(g.kind.RestartAt), g.randomAround(g.kind.JumpAt)
	sessionLength := g.kind.First + 5*g.kind.Next
	at := -randomBelow(g.rand, sessionLength)
	for code := 0; at < horizon; code++ {
		lifetime := g.kind.Next
		if code == 0 {
			lifetime = g.kind.First
		}
		to := at + g.actualLifetime(lifetime)
		if at < jump && jump < to {
			to = jump + randomBelow(g.rand, g.kind.Next)
		}
		if at < restart && restart < to {
			g.valid = append(g.valid, period{len(g.valid) + 1, at, restart})
			at, code, restart = restart+g.kind.DownFor, -1, never
			g.down = period{from: at - g.kind.DownFor, to: at}
			continue
		}
		g.valid = append(g.valid, period{len(g.valid) + 1, at, to})
		at = to + g.kind.Pause
	}
}

// randomAround returns a random time from half to one and a half of middle; never if middle is 0.
func (g *Gateway) randomAround(middle time.Duration) time.Duration {
	if middle == 0 {
		return never
	}
	return middle/2 + randomBelow(g.rand, middle)
}

// actualLifetime shortens some lifetimes.
func (g *Gateway) actualLifetime(lifetime time.Duration) time.Duration {
	if g.rand.Float64() < g.kind.EarlyEndShare {
		return randomBelow(g.rand, lifetime)
	}
	return lifetime
}

// randomBelow returns a random duration below the limit; 0 if the limit is not positive.
func randomBelow(r *rand.Rand, limit time.Duration) time.Duration {
	if limit <= 0 {
		return 0
	}
	return time.Duration(r.Int64N(int64(limit)))
}

// validCode returns the code that is valid at a time; 0 if there is none.
func (g *Gateway) validCode(at time.Duration) int {
	for _, p := range slices.Backward(g.valid) {
		if p.includes(at) {
			return p.code
		}
	}
	return 0
}

func (p period) includes(at time.Duration) bool { return at >= p.from && at < p.to }

// Response is the outcome of a request.
type Response int

// The responses.
const (
	HasCode   Response = iota
	Connected          // a phone is connected
	NoCode             // there is no code yet
	Lost               // the response is lost or replaced by a 504
	Hangs              // the response never arrives
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
	case now >= g.pairedAt:
		return 0, Connected
	}
	code = g.currentCode(now)
	switch {
	case chance < g.kind.LostShare:
		return 0, Lost
	case chance < g.kind.LostShare+g.kind.HangShare:
		return 0, Hangs
	case code == 0:
		return 0, NoCode
	default:
		return code, HasCode
	}
}

// currentCode returns the valid code, and makes one if necessary.
func (g *Gateway) currentCode(now time.Duration) int {
	valid := g.validCode(now)
	if g.kind.OwnClock || valid != 0 && !g.kind.NewPerRequest {
		return valid
	}
	lifetime := g.kind.Next
	if len(g.valid) == 0 {
		lifetime = g.kind.First
	}
	if valid != 0 {
		g.valid[len(g.valid)-1].to = now
	}
	g.valid = append(g.valid, period{len(g.valid) + 1, now, now + g.actualLifetime(lifetime)})
	return len(g.valid)
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
	case at >= g.pairedAt:
		return "PAIRED"
	case g.kind.StaysExpired:
		return "EXPIRED"
	case g.kind.ShowsExpired && len(g.valid) > 0 && at > g.valid[0].from && g.validCode(at) == 0:
		return "EXPIRED"
	default:
		return "UNPAIRED"
	}
}
